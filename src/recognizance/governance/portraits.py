"""Portraits: the pictures of enrolled faces that a policy keeps for reviewers, sealed with each face's own key.

A portrait goes with its face: whoever destroys the key of the face has shredded both template and portrait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection

from recognizance.errors import CollectionNotFoundError, DestroyedKeyError, FaceNotFoundError
from recognizance.storage import collections as collection_rows
from recognizance.storage import faces as face_rows
from recognizance.storage import portraits as rows
from recognizance.storage.collections import CollectionRow
from recognizance.storage.database import Database
from recognizance.vault import CollectionKey, Vault

MOST_OF_A_USER = 3
"""Portraits shown of one user: as many as a reviewer looks at."""


class Portraits:
    """Keeps and opens portraits. Safe to call from several threads."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def keep(self, collection_id: str, face_id: str, picture: bytes) -> None:
        """Keep the picture (JPEG) of an enrolled face. Raises CollectionNotFoundError, FaceNotFoundError."""

        def work(connection: Connection) -> None:
            row = collection_rows.find(connection, collection_id)
            found = face_rows.templates(connection, row.number, face_ids=[face_id])
            if not found:
                raise FaceNotFoundError(face_id)
            number, _, _, sealed_key, _ = found[0]
            rows.put(connection, number, self._key(row).seal_portrait(face_id, sealed_key, picture))

        self._database.write(work)

    def of_faces(self, collection_id: str, face_ids: Iterable[str], *, now: datetime) -> dict[str, bytes]:
        """The portraits (JPEG) of those of the faces that have one, by face id; none of a collection that is gone."""

        def work(connection: Connection, row: CollectionRow) -> dict[str, bytes]:
            return self._open(row, rows.of_faces(connection, row.number, face_ids, now=now))

        return self._read(collection_id, work)

    def of_user(self, collection_id: str, user_number: int, *, now: datetime) -> dict[str, bytes]:
        """Some portraits (JPEG) of a user, by face id; none of a user or a collection that is gone."""

        def work(connection: Connection, row: CollectionRow) -> dict[str, bytes]:
            found = rows.of_user(connection, row.number, user_number, limit=MOST_OF_A_USER, now=now)
            return self._open(row, found)

        return self._read(collection_id, work)

    def _read(
        self, collection_id: str, work: Callable[[Connection, CollectionRow], dict[str, bytes]]
    ) -> dict[str, bytes]:
        def read(connection: Connection) -> dict[str, bytes]:
            try:
                row = collection_rows.find(connection, collection_id)
            except CollectionNotFoundError:  # a case may outlive its collection; its faces have gone
                return {}
            return work(connection, row)

        return self._database.read(read)

    def _open(self, row: CollectionRow, found: Iterable[rows.Portrait]) -> dict[str, bytes]:
        key, opened = self._key(row), {}
        for face_id, sealed_key, sealed in found:
            with suppress(DestroyedKeyError):  # a row of an older copy of the database: the face was deleted
                opened[face_id] = key.open_portrait(face_id, sealed_key, sealed)
        return opened

    def _key(self, row: CollectionRow) -> CollectionKey:
        return self._vault.collection_key(row.sealed_key, row.collection.id, row.collection.space)
