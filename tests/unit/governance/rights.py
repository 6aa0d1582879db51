"""A data folder with a gallery, a real ledger, and the parts that answer for people's rights; the clock is the test's."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import numpy as np

from recognizance.consent.record import Source
from recognizance.gallery.gallery import Gallery
from recognizance.governance import proofs
from recognizance.governance.book import Book
from recognizance.governance.cases import Cases
from recognizance.governance.consents import Consents, Statement
from recognizance.governance.portraits import Portraits
from recognizance.governance.receipts import Receipts
from recognizance.governance.retentions import Retentions
from recognizance.governance.reviewers import Reviewers
from recognizance.governance.subjects import Subjects
from recognizance.governance.traces import Tracer
from recognizance.ledger.verifier import verify_document
from recognizance.policy.document import plain_policy
from recognizance.storage import faces as face_rows
from recognizance.storage.database import Database
from recognizance.storage.folder import DataFolder
from recognizance.storage.halves import FILE, HalvesFile
from recognizance.storage.marks import open_vault
from recognizance.values import AccessKey, Embedding, NewFace, Role

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SPACE = "test/1"
STAFF = AccessKey("RKSTAFF", Role.ADMINISTRATOR, "", NOW, None, person="staff")
LIBRARY = plain_policy(0.001).model_copy(
    update={"name": "library", "purpose": "photo-library", "consent": "required", "consent_sources": ("in-person",)}
)
STATEMENT = Statement(
    "We keep your face to sort photos.", "photo-library", Source.IN_PERSON, NOW + 30 * DAY, "signed: Ann"
)


class Rights:
    """Everything over one folder."""

    def __init__(self, folder):
        self.now = NOW
        self.purposes = {}
        with ExitStack() as stack:
            self.folder = stack.enter_context(DataFolder.open(folder))
            self.database = stack.enter_context(Database.open(self.folder.sqlite_url))
            self.halves = stack.enter_context(HalvesFile(self.folder.path / FILE))
            self.vault = open_vault(self.database, self.folder.master_key, self.halves)
            self.gallery = stack.enter_context(Gallery.open(self.database, self.vault, clock=lambda: self.now))
            self.book = Book.open(self.folder, self.database, self.vault)
            self._stack = stack.pop_all()
        self.receipts = Receipts(self.database, self.gallery, self.book, partial(proofs.receipt, self.book))
        self.retentions = Retentions(self.database, self.gallery, self.book, self.receipts)
        self.consents = Consents(self.database, self.gallery, self.book)
        self.portraits = Portraits(self.database, self.vault)
        self.cases = Cases(
            self.database,
            self.vault,
            self.book,
            reviewers=Reviewers(self.database, self.book),
            portraits=self.portraits,
            overdue=lambda *_: False,
        )
        tracer = Tracer(self.database, self.book, self.purposes.get)
        self.subjects = Subjects(self.database, self.gallery, self.book, self.cases, self.receipts, tracer)

    def close(self):
        self._stack.close()

    def collect(self, name):
        self.gallery.create_collection(name, space=SPACE, model_version="1.0", tags={}, now=self.now)

    def enrol(self, seed, *, collection="people", user=None, consent=None, policy=LIBRARY):
        """A face; its id. With a consent its terms are the policy's."""
        terms = self.consents.terms(policy, consent, now=self.now) if consent else None
        face = NewFace(Embedding(vector(seed), SPACE), (0.1, 0.1, 0.5, 0.5), 0.99)
        face_id = self.gallery.enrol(
            collection, [face], image_id=f"image {seed}", external_image_id=None, now=self.now, terms=terms
        )[0].face_id
        if user is not None:
            if user not in {one.user_id for one in self.gallery.users(collection, after=None, limit=100)}:
                self.gallery.create_user(collection, user, now=self.now)
            self.gallery.associate(collection, user, [face_id], min_score=-1.0)
        return face_id

    def found(self, seed, collection="people"):
        matches = self.gallery.search(collection, Embedding(vector(seed), SPACE), limit=9, min_score=0.9)
        return [match.face.face_id for match in matches]

    def users_found(self, seed, collection="people"):
        matches = self.gallery.search_users(collection, Embedding(vector(seed), SPACE), limit=9, min_score=0.3)
        return [match.user.user_id for match in matches]

    def stored(self, collection_number=1):
        """Ids of all rows of faces, whatever their term."""
        with_all = partial(face_rows.page, collection_number=collection_number, after=None, limit=999)
        return [face.face_id for face in self.database.read(with_all)]

    def told(self, kind):
        """The entries of a kind."""
        return list(self.book.entries(kinds=[kind]))

    def verified(self, receipt):
        """The entry that a receipt proves, checked offline, as from a file."""
        _, (entry,) = verify_document(json.dumps(receipt).encode(), self.book.anchor.key)
        return entry


def vector(seed):
    drawn = np.random.default_rng(seed).standard_normal(64).astype(np.float32)
    return drawn / np.linalg.norm(drawn)


def ending(days):
    """The statement, with a term of so many days."""
    return replace(STATEMENT, expires_at=NOW + days * DAY)
