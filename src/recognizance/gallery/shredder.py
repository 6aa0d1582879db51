"""Shredding: the sealed keys of erased faces in, keys out that no copy of the database can put together again.

The transaction that erases faces writes down which keys are doomed; right after its commit they are destroyed. What a
crash in between left over is destroyed at the next start.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from sqlalchemy import Connection

from recognizance.storage import collections as collection_rows
from recognizance.storage import doomed as doomed_rows
from recognizance.storage import faces as face_rows
from recognizance.storage.collections import CollectionRow
from recognizance.storage.database import Database
from recognizance.vault import Vault, slots_of

log = logging.getLogger(__name__)


class Shredder:
    """Destroys keys of faces. Safe to call from several threads."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def shred(self, connection: Connection, sealed_keys: Iterable[bytes]) -> None:
        """Destroy keys once the transaction in progress, which erases their faces, is durable."""
        slots = slots_of(sealed_keys)
        doomed_rows.add(connection, slots)
        self._database.after_commit(lambda: self._vault.destroy(slots))

    def finish(self) -> None:
        """Destroy what a crash left over, and forget what has been destroyed."""

        def work(connection: Connection) -> None:
            self._vault.destroy(doomed_rows.page(connection))
            doomed_rows.clear(connection)

        self._database.write(work)

    def erase_unreadable(self) -> None:
        """Erase rows whose keys are destroyed: deleted faces that an older copy of the database brought back."""

        def work(connection: Connection) -> int:
            return sum(self._erase(connection, row) for row in collection_rows.page(connection, after=None))

        erased = self._database.write(work)
        log.warning("an older copy of the database brought %d deleted faces back: erased", erased)

    def _erase(self, connection: Connection, row: CollectionRow) -> int:
        key = self._vault.collection_key(row.sealed_key, row.collection.id, row.collection.space)
        numbers = [
            number
            for batch in face_rows.all_templates(connection, row.number)
            for number, _, _, sealed_key, _ in batch
            if key.is_destroyed(sealed_key)
        ]
        face_rows.remove(connection, numbers)
        collection_rows.count(connection, row.number, faces=-len(numbers))
        return len(numbers)
