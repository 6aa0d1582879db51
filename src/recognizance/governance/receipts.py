"""Deletion with proof: faces and collections in, an entry of the ledger and a receipt out that anyone can check.

Rows, sealed templates, portraits and the entry go in one transaction; right after it the keys are destroyed and the
index forgets. Only then is there a receipt. An entry names a key by the SHA-256 of its sealed form: that opens nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from recognizance.errors import FaceNotFoundError
from recognizance.gallery.gallery import Gallery
from recognizance.ledger.kinds import Json
from recognizance.ledger.port import Ledger
from recognizance.storage import collections as collection_rows
from recognizance.storage import faces as face_rows
from recognizance.storage import receipts as rows
from recognizance.storage.database import Database
from recognizance.values import EnrolledFace, FaceRefusal

Receipt = dict[str, Any]
"""A document that `ledger/verifier.py --receipt` checks: an entry, its proof, and the signed checkpoint."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something is deleted: a reason code, and who asked (the id of a key; None: nobody, a term ran out)."""

    code: str
    operator: str | None = None
    request: str | None = None
    """Id of the subject request, where there is one."""


class Receipts:
    """Deletes, and proves it. Safe to call from several threads."""

    def __init__(self, database: Database, gallery: Gallery, ledger: Ledger, prove: Callable[[int], Receipt]) -> None:
        """`prove` gives the receipt of an entry, by its index."""
        self._database = database
        self._gallery = gallery
        self._ledger = ledger
        self.prove = prove

    def delete_faces(
        self, collection_id: str, face_ids: Sequence[str], cause: Cause, *, now: datetime
    ) -> tuple[list[str], list[FaceRefusal], int | None]:
        """As `Gallery.delete_faces`, with the index of the entry that records it; None if nothing was deleted."""

        def work(connection: Connection) -> tuple[list[str], list[FaceRefusal], int | None]:
            number = collection_rows.find(connection, collection_id).number
            keys = {row.id: row.sealed_key for row in face_rows.templates(connection, number, face_ids=face_ids)}
            erased, refusals = self._gallery.delete_faces(collection_id, face_ids)
            if not erased:
                return erased, refusals, None
            digests = [_digest(keys[face_id]) for face_id in erased]
            fields: dict[str, Json] = {"faces": erased, "count": len(erased), "keys": digests}
            entry = self._record(collection_id, cause, fields, now)
            rows.add(connection, erased, entry)
            return erased, refusals, entry

        return self._database.write(work)

    def erase(
        self, collection_id: str, face_ids: Sequence[str], cause: Cause, *, now: datetime
    ) -> tuple[list[str], int | None]:
        """As `delete_faces`, faces that belong to users too; a user is left without the face, or without any."""

        def work(connection: Connection) -> tuple[list[str], int | None]:
            number = collection_rows.find(connection, collection_id).number
            known = face_rows.by_id(connection, number, face_ids).values()
            face_rows.tie(connection, [face.number for face in known], None)
            self._gallery.refresh_users(collection_id, users_of(known))
            erased, _, entry = self.delete_faces(collection_id, face_ids, cause, now=now)
            return erased, entry

        return self._database.write(work)

    def delete_collection(self, collection_id: str, cause: Cause, *, now: datetime) -> int:
        """Delete a collection with all of its faces; the index of the entry. Raises CollectionNotFoundError.

        The entry counts the faces and does not name them: there may be millions.
        """

        def work(connection: Connection) -> int:
            row = collection_rows.find(connection, collection_id)
            self._gallery.delete_collection(collection_id)
            fields: dict[str, Json] = {
                "faces": [],
                "count": row.collection.face_count,
                "keys": [_digest(row.sealed_key)],
            }
            return self._record(collection_id, cause, fields, now)

        entry = self._database.write(work)
        self._gallery.erase_doomed()
        return entry

    def entries(self, face_ids: Iterable[str]) -> dict[str, int]:
        """The entries of those of the faces that were erased, by face id."""
        return self._database.read(lambda connection: rows.find(connection, face_ids))

    def of_faces(self, face_ids: Iterable[str]) -> list[Receipt]:
        """The receipts of faces that were erased, each once. Raises FaceNotFoundError for one that was not."""
        asked = list(face_ids)
        entries = self.entries(asked)
        if missing := [face_id for face_id in asked if face_id not in entries]:
            raise FaceNotFoundError(missing[0])
        return [self.prove(entry) for entry in sorted(set(entries.values()))]

    def _record(self, collection_id: str, cause: Cause, fields: dict[str, Json], now: datetime) -> int:
        said: dict[str, Json] = {
            "collection": collection_id,
            "code": cause.code,
            "request": cause.request,
            "operator": cause.operator,
        }
        return self._ledger.append("deletion", {**said, **fields}, at=now)


def users_of(faces: Iterable[EnrolledFace]) -> set[str]:
    """The ids of the users that faces are tied to."""
    return {face.user_id for face in faces if face.user_id is not None}


def _digest(sealed_key: bytes) -> str:
    return hashlib.sha256(sealed_key).hexdigest()
