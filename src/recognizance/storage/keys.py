"""Access keys: made, listed, found and revoked. Secrets are sealed at rest.

Every call reads the rows, so a key that another process has revoked is refused from the next request on.
"""

from __future__ import annotations

import secrets
import string
from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, select, update

from recognizance.errors import InvalidRequestError, NotFoundError
from recognizance.storage.database import Database
from recognizance.storage.schema import access_keys as table
from recognizance.values import AccessKey, Role
from recognizance.vault import Vault

ID_PREFIX = "RK"
ID_LETTERS = string.ascii_uppercase + "234567"  # as AWS's ids: base32, which no one misreads
ID_RANDOM = 18
SECRET_BYTES = 30  # 40 letters in base64, as AWS's secrets


class KeyRing:
    """The access keys of a server. Safe to call from several threads and beside other processes."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def create(self, role: Role, label: str, now: datetime, *, person: str | None = None) -> AccessKey:
        """A new key, with its secret; `person` holds it."""
        key_id = ID_PREFIX + "".join(secrets.choice(ID_LETTERS) for _ in range(ID_RANDOM))
        sealed = self._vault.seal_secret(key_id, secrets.token_urlsafe(SECRET_BYTES))

        def work(connection: Connection) -> AccessKey:
            connection.execute(
                insert(table).values(
                    id=key_id,
                    role=role.value,
                    label=label,
                    created_at=now,
                    revoked_at=None,
                    sealed_secret=sealed,
                    person=person,
                )
            )
            return self._require(connection, key_id)

        return self._database.write(work)

    def all(self) -> list[AccessKey]:
        """All keys, revoked ones too, oldest first, without their secrets."""
        query = select(table).order_by(table.c.created_at, table.c.id)
        return self._database.read(
            lambda connection: [_key(row, secret=None) for row in connection.execute(query).mappings()]
        )

    def find(self, key_id: str) -> AccessKey | None:
        """The key with its secret, also when revoked (`revoked_at` says so); None for an unknown id."""
        return self._database.read(lambda connection: self._find(connection, key_id))

    def revoke(self, key_id: str, now: datetime) -> AccessKey:
        """Revoke a key; one already revoked stays as it is.

        Raises NotFoundError, or InvalidRequestError for the last administrator, who could not be replaced.
        """

        def work(connection: Connection) -> AccessKey:
            key = self._require(connection, key_id)
            if key.revoked_at is not None:
                return key
            standing = select(table.c.id).where(
                table.c.role == Role.ADMINISTRATOR.value, table.c.revoked_at.is_(None), table.c.id != key_id
            )
            if key.role is Role.ADMINISTRATOR and connection.scalar(standing.limit(1)) is None:
                raise InvalidRequestError(f"{key_id} is the last administrator key: create another one first")
            connection.execute(update(table).where(table.c.id == key_id).values(revoked_at=now))
            return self._require(connection, key_id)

        return self._database.write(work)

    def _require(self, connection: Connection, key_id: str) -> AccessKey:
        key = self._find(connection, key_id)
        if key is None:
            raise NotFoundError(f"there is no access key {key_id}")
        return key

    def _find(self, connection: Connection, key_id: str) -> AccessKey | None:
        row = connection.execute(select(table).where(table.c.id == key_id)).mappings().one_or_none()
        if row is None:
            return None
        return _key(row, secret=self._vault.open_secret(key_id, row["sealed_secret"]))


def _key(row: RowMapping, *, secret: str | None) -> AccessKey:
    return AccessKey(
        id=row["id"],
        role=Role(row["role"]),
        label=row["label"],
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
        secret=secret,
        person=row["person"],
    )
