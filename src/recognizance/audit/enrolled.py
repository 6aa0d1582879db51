"""Enrolled: a collection in, its faces with their templates out, opened in this process and never written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from recognizance.storage import collections as collection_rows
from recognizance.storage import faces as face_rows
from recognizance.storage.database import Database
from recognizance.values import EnrolledFace, FloatArray
from recognizance.vault import Vault


@dataclass(frozen=True, slots=True, eq=False)
class Enrolled:
    """Faces of a collection in the order of enrolment, and their `vectors`, float32 (n, d), in the space `space`."""

    space: str
    faces: tuple[EnrolledFace, ...]
    vectors: FloatArray


def read_enrolled(database: Database, vault: Vault, collection_id: str) -> Enrolled:
    """Open every template of a collection. Raises CollectionNotFoundError, or SealError for rows that do not open."""

    def work(connection: Connection) -> Enrolled:
        row = collection_rows.find(connection, collection_id)
        key = vault.collection_key(row.sealed_key, collection_id, row.collection.space)
        opened = {
            number: key.open(face_id, *sealed).astype(np.float32)
            for batch in face_rows.all_templates(connection, row.number)
            for number, face_id, _, *sealed in batch
        }
        faces = tuple(face_rows.page(connection, row.number, after=None, limit=len(opened)))
        vectors = np.array([opened[face.number] for face in faces], np.float32)
        return Enrolled(row.collection.space, faces, vectors)

    return database.read(work)
