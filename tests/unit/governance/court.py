"""A collection with portraits, people with keys, and the parts of review over one database."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

import numpy as np

from recognizance.gallery.gallery import Gallery
from recognizance.governance.cases import Cases
from recognizance.governance.opening import Found, Opener, Opening
from recognizance.governance.portraits import Portraits
from recognizance.governance.reviewers import Reviewers
from recognizance.governance.seeds import Seeds
from recognizance.storage.database import Database
from recognizance.testing.ledger import FakeLedger
from recognizance.values import AccessKey, Embedding, NewFace, Role
from recognizance.vault import Vault

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DAY = timedelta(days=1)
LATER = NOW + 365 * DAY
SPACE = "test/1"


def key(name, role=Role.REVIEWER, number=1):
    return AccessKey(f"RK-{name}-{number}", role, "", NOW, None, person=name)


CHIEF = key("chief", Role.ADMINISTRATOR)
SAM = key("sam", Role.OPERATOR)
AUDITOR = key("audrey", Role.AUDITOR)
ANN, BO, CY, DI = (key(name) for name in ("ann", "bo", "cy", "di"))


@dataclass
class Court:
    database: Database
    gallery: Gallery
    ledger: FakeLedger
    portraits: Portraits
    reviewers: Reviewers
    seeds: Seeds
    opener: Opener
    cases: Cases
    deadlines: dict = field(default_factory=dict)

    @classmethod
    def sit(cls, database, *, vault=None):
        vault, ledger, dice = vault or Vault(bytes(32)), FakeLedger(), random.Random(1)
        gallery = Gallery.open(database, vault)
        portraits = Portraits(database, vault)
        reviewers = Reviewers(database, ledger)
        seeds = Seeds(database, partial(alike, gallery), dice)
        opener = Opener(database, vault, ledger, seeds)
        court = cls(
            database, gallery, ledger, portraits, reviewers, seeds, opener,
            Cases(
                database, vault, ledger, reviewers=reviewers, portraits=portraits,
                overdue=lambda case_id, now: now >= court.deadlines.get(case_id, LATER),
            ),
        )  # fmt: skip
        gallery.create_collection("people", space=SPACE, model_version="1.0", tags={}, now=NOW)
        return court

    def register(self, *keys, trained_at=NOW - DAY, expires_at=LATER):
        for one in keys:
            self.reviewers.register(one, by=CHIEF, trained_at=trained_at, expires_at=expires_at, now=NOW)

    def enrol(self, name, *, user=None, portrait=True):
        """A face of that name; its id."""
        vector = np.random.default_rng(abs(hash_of(name))).standard_normal(16).astype(np.float32)
        face = NewFace(Embedding(vector / np.linalg.norm(vector), SPACE), (0.1, 0.1, 0.5, 0.5), 0.99)
        face_id = self.gallery.enrol("people", [face], image_id=name, external_image_id=None, now=NOW)[0].face_id
        if user is not None:
            if user not in {one.user_id for one in self.gallery.users("people", after=None, limit=100)}:
                self.gallery.create_user("people", user, now=NOW)
            self.gallery.associate("people", user, [face_id], min_score=-1.0)
        if portrait:
            self.portraits.keep("people", face_id, f"portrait of {name}".encode())
        return face_id

    def open(self, *face_ids, now=NOW, **changes):
        found = [Found(99.0 - rank, face_id=face_id) for rank, face_id in enumerate(face_ids)]
        standard = {"found": found, "needed": 2, "picture": b"probe", "seed_share": 0.0}
        return self.opener.open(Opening("people", SAM, **(standard | changes)), now=now)

    def id_of(self, case_id, face_id):
        """The id that a face has in a case."""
        (told,) = [
            fields["candidates"]
            for kind, fields, _ in self.ledger.entries
            if kind == "case" and fields["case"] == case_id
        ]
        return next(one["candidate"] for one in told if one.get("face_id") == face_id)

    def told(self, kind):
        """The entries of a kind."""
        return [fields for one, fields, _ in self.ledger.entries if one == kind]


def alike(gallery, collection_id, face_id, limit):
    found = gallery.search_by_face(collection_id, face_id, limit=limit, min_score=-1.0)
    return [(match.face.face_id, 50 + 50 * match.score) for match in found]


def hash_of(name):
    return int.from_bytes(name.encode().ljust(8, b"\0")[:8], "little")
