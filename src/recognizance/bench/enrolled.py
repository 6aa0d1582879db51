"""A data folder full of synthetic people, written straight into its rows: enrolling a million one by one takes long."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, insert

from recognizance.bench import material
from recognizance.evaluation.cohort import Cohort
from recognizance.evaluation.curve import load_curve
from recognizance.gallery import Gallery
from recognizance.gallery.matching import PLAIN
from recognizance.models.card import Pack
from recognizance.storage import collections as collection_rows
from recognizance.storage.database import Database
from recognizance.storage.folder import DataFolder
from recognizance.storage.schema import faces
from recognizance.values import FloatArray
from recognizance.vault import Vault

COLLECTION = "people"


def write_gallery(folder: Path, pack: Pack, count: int) -> None:
    """Put `count` faces into a new data folder, all in the collection `people`, as enrolment would."""
    with open_gallery(folder, pack) as gallery:
        gallery.create_collection(
            COLLECTION, space=pack.space, model_version=pack.model_version, tags={}, now=datetime.now(UTC)
        )
    with DataFolder.open(folder) as opened, Database.open(opened.sqlite_url) as database:
        vault = Vault(opened.master_key)
        for vectors in material.templates(count):
            database.write(partial(_insert, vault=vault, vectors=vectors.astype(np.float32)))


@contextmanager
def open_gallery(folder: Path, pack: Pack, *, plain: bool = False) -> Iterator[Gallery]:
    """The gallery of a data folder, made if absent, as a server with `pack` has it; on SQLite whatever settings say.

    A `plain` one leaves scores as they are.
    """
    cohort = PLAIN if plain else Cohort(load_curve(pack.space).table)
    with (
        DataFolder.open(folder) as opened,
        Database.open(opened.sqlite_url) as database,
        Gallery.open(database, Vault(opened.master_key), cohort) as gallery,
    ):
        yield gallery


def _insert(connection: Connection, *, vault: Vault, vectors: FloatArray) -> None:
    """Store faces with embeddings float32 (n, d)."""
    collection, number, sealed_key = collection_rows.find(connection, COLLECTION)
    key = vault.collection_key(sealed_key, COLLECTION, collection.space)
    constant = {
        "collection_number": number,
        "external_image_id": "",
        "left": 0.1,
        "top": 0.1,
        "width": 0.5,
        "height": 0.5,
        "confidence": 1.0,
        "model_version": collection.model_version,
        "enrolled_at": collection.created_at,
        "user_number": None,
    }
    rows = []
    for vector in vectors:
        face_id = str(uuid.uuid4())
        sealed = key.seal(face_id, vector)
        own = {"id": face_id, "image_id": face_id, "sealed_key": sealed.key, "sealed_template": sealed.template}
        rows.append(constant | own)
    connection.execute(insert(faces), rows)
    collection_rows.count(connection, number, faces=len(rows))
