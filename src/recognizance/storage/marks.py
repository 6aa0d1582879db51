"""The mark that ties a database to its master key: the way from both to a vault."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from recognizance.errors import SealError, StartError
from recognizance.storage.database import Database
from recognizance.storage.schema import marks as table
from recognizance.vault import Halves, Vault

NAME = "master key"


def open_vault(database: Database, master_key: bytes, halves: Halves | None = None) -> Vault:
    """The vault of a database, with the `halves` of its face keys.

    The first one to open it leaves a mark; later ones must be able to read it.

    Raises StartError if another master key sealed this database: nothing in it would open, and what this key
    sealed beside it would be lost as soon as the right key is put back.
    """
    vault = Vault(master_key, halves)

    def work(connection: Connection) -> None:
        sealed = connection.scalar(select(table.c.sealed).where(table.c.name == NAME))
        if sealed is None:
            connection.execute(insert(table).values(name=NAME, sealed=vault.seal_secret(NAME, NAME)))
            return
        try:
            vault.open_secret(NAME, sealed)
        except SealError as error:
            raise StartError("master.key is not the key of this database: put your backup back") from error

    database.write(work)
    return vault
