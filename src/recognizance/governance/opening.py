"""Opening: what a search found in, a case for reviewers out, and now and then a seeded case beside it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from recognizance.governance.minutes import Minutes
from recognizance.governance.seeds import Seed, Seeds
from recognizance.ledger.port import Ledger
from recognizance.review.case import Candidate, Case
from recognizance.review.choice import NONE_OF_THESE
from recognizance.storage import cases as rows
from recognizance.storage.database import Database
from recognizance.values import AccessKey, User
from recognizance.vault import Vault


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: an enrolled face, by its id, or a user; similarity 0..100."""

    similarity: float
    face_id: str | None = None
    user: User | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """A search that people have to decide on; `found` is not empty, best first.

    `picture` is the crop (JPEG) of the face that was searched for, `probe_face_id` the enrolled face, whichever it was.
    """

    collection_id: str
    searcher: AccessKey
    found: Sequence[Found]
    needed: int
    picture: bytes | None = None
    probe_face_id: str | None = None
    hidden: bool = False
    error_limit: float = 0.05
    seed_share: float = 0.1


class Opener:
    """Opens cases. Safe to call from several threads."""

    def __init__(self, database: Database, vault: Vault, ledger: Ledger, seeds: Seeds) -> None:
        self._database = database
        self._vault = vault
        self._minutes = Minutes(ledger)
        self._seeds = seeds

    def open(self, opening: Opening, *, now: datetime) -> str:
        """Store a case, in the transaction of the search's own entry where there is one; the case's id."""
        seed = None
        if self._seeds.due(opening.seed_share):
            seed = self._seeds.find(opening.collection_id, len(opening.found), now=now)

        def work(connection: Connection) -> str:
            case = self._store_real(connection, opening, now)
            if seed is not None:
                self._store_seed(connection, opening, seed, now)
            return case.id

        return self._database.write(work)

    def _store_real(self, connection: Connection, opening: Opening, now: datetime) -> Case:
        candidates = [
            Candidate(_new_id(), rank, one.similarity, one.face_id, one.user.number if one.user else None)
            for rank, one in enumerate(opening.found, 1)
        ]
        user_ids = {
            candidate.id: one.user.user_id for candidate, one in zip(candidates, opening.found, strict=True) if one.user
        }
        case = _case(opening, candidates, now, searcher=opening.searcher)
        sealed_key = self._vault.new_case_key(case.id)
        number = rows.create(connection, case, sealed_key=sealed_key, probe_face_id=opening.probe_face_id)
        if opening.picture is not None:
            rows.put_picture(connection, number, self._vault.seal_picture(case.id, sealed_key, opening.picture))
        self._minutes.opened(connection, number, case, user_ids)
        return case

    def _store_seed(self, connection: Connection, opening: Opening, seed: Seed, now: datetime) -> None:
        candidates = [
            Candidate(_new_id(), rank, similarity, face_id=face_id)
            for rank, (face_id, similarity) in enumerate(seed.candidates, 1)
        ]
        truth = next((one.id for one in candidates if one.face_id == seed.mate), NONE_OF_THESE)
        case = _case(opening, candidates, now, truth=truth)
        sealed_key = self._vault.new_case_key(case.id)
        number = rows.create(connection, case, sealed_key=sealed_key, probe_face_id=seed.probe)
        self._minutes.opened(connection, number, case, {})


def _case(
    opening: Opening,
    candidates: Sequence[Candidate],
    now: datetime,
    *,
    searcher: AccessKey | None = None,
    truth: str | None = None,
) -> Case:
    return Case(
        id=_new_id(),
        collection_id=opening.collection_id,
        searcher_key=searcher.id if searcher else "",
        searcher=searcher.holder if searcher else "",
        needed=opening.needed,
        candidates=tuple(candidates),
        opened_at=now,
        changed_at=now,
        truth=truth,
        error_limit=opening.error_limit,
        hidden=opening.hidden,
    )


def _new_id() -> str:
    return str(uuid.uuid4())
