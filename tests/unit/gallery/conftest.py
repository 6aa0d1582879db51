"""An installation in a folder: database and key halves side by side, opened as the server does, and copied as a thief."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from datetime import UTC, datetime

import numpy as np
import pytest

from recognizance.gallery import Gallery
from recognizance.storage.database import Database
from recognizance.storage.halves import HalvesFile
from recognizance.values import Embedding, NewFace
from recognizance.vault import Vault

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SPACE = "test-128"


class Installation:
    """A data folder with a clock that the test sets."""

    def __init__(self, folder):
        self.folder = folder
        self.now = NOW

    @contextmanager
    def open(self, database_file="x.db"):
        """The gallery, over this folder's key halves and its database or an older copy of it."""
        with (
            Database.open(f"sqlite:///{self.folder / database_file}") as self.database,
            HalvesFile(self.folder / "face.keys") as self.halves,
        ):
            self.vault = Vault(bytes(32), self.halves)
            with Gallery.open(self.database, self.vault, clock=lambda: self.now) as gallery:
                yield gallery

    @contextmanager
    def opened_with_people(self):
        with self.open() as gallery:
            gallery.create_collection("people", space=SPACE, model_version="1.0", tags={}, now=NOW)
            yield gallery

    def copy_database(self):
        """What a backup takes: the database with all that is committed, and nothing beside it."""
        self.database.scrub_log()
        shutil.copy(self.folder / "x.db", self.folder / "old.db")


@pytest.fixture
def installation(tmp_path):
    return Installation(tmp_path)


def vector(seed):
    drawn = np.random.default_rng(seed).standard_normal(128).astype(np.float32)
    return drawn / np.linalg.norm(drawn)


def enrol(gallery, *seeds, collection="people", **more):
    """One picture a seed; the faces."""
    return [
        gallery.enrol(
            collection,
            [NewFace(Embedding(vector(seed), SPACE), (0.1, 0.2, 0.3, 0.4), 0.99)],
            image_id=f"image {seed}",
            external_image_id=None,
            now=more.pop("now", NOW),
            **more,
        )[0]
        for seed in seeds
    ]


def found(gallery, seed, collection="people"):
    matches = gallery.search(collection, Embedding(vector(seed), SPACE), limit=10, min_score=0.9)
    return [match.face.face_id for match in matches]
