"""Requests of the people whose faces these are: which collections hold mine, who searched it, freeze, contest, erase.

A person is known here by the ids of its faces: those it has on a paper, those of its consent, or those that staff
found with a picture of it. Every request is an entry of the ledger, in the transaction of what it changes.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from recognizance.errors import NotFoundError, RuleError
from recognizance.gallery.gallery import Gallery
from recognizance.governance.cases import Cases
from recognizance.governance.receipts import Cause, Receipt, Receipts
from recognizance.governance.traces import Tracer, Traces, require_places
from recognizance.ledger.kinds import Json
from recognizance.ledger.port import Ledger
from recognizance.storage import requests as rows
from recognizance.storage import terms as term_rows
from recognizance.storage.database import Database
from recognizance.values import AccessKey

OPEN = frozenset({"freeze", "contest"})
"""Requests that wait for somebody to settle them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person is told: the traces of its faces, and which of them were erased (see `Receipts.of_faces`)."""

    request_id: str
    traces: Traces
    erased: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subjects:
    """Answers people. Safe to call from several threads."""

    database: Database
    gallery: Gallery
    ledger: Ledger
    cases: Cases
    receipts: Receipts
    tracer: Tracer

    # --- whose faces ----------------------------------------------------------------------------

    def of_consent(self, consent_id: str) -> list[str]:
        """Ids of the faces that were stored with a consent."""
        return [face.face_id for face in self.database.read(partial(term_rows.of_consent, consent_id=consent_id))]

    # --- requests -------------------------------------------------------------------------------

    def access(self, face_ids: Iterable[str], key: AccessKey, *, subject: str | None = None, now: datetime) -> Answer:
        """Where these faces are, and who searched for them. `subject`: the person's name, kept apart."""
        asked = frozenset(face_ids)
        traces = self.tracer.trace(asked, now=now)
        told: dict[str, Json] = {
            "subject": self.ledger.keep_apart("subject", subject) if subject else None,
            "collections": len({one.collection_id for one in traces.held}),
            "searches": len(traces.searches),
            "withheld": traces.withheld,
        }

        def work(connection: Connection) -> Answer:
            request = self._open(connection, "access", asked, key, now, told)
            return Answer(request, traces, tuple(sorted(self.receipts.entries(asked))))

        return self.database.write(work)

    def freeze(self, face_ids: Iterable[str], key: AccessKey, *, now: datetime) -> str:
        """Keep faces out of every search from now on, until `resolve`; the request's id. Raises FaceNotFoundError."""
        asked = frozenset(face_ids)

        def work(connection: Connection) -> str:
            request = self._open(connection, "freeze", asked, key, now)
            self._freeze(connection, asked, request)
            return request

        return self.database.write(work)

    def contest(self, face_ids: Iterable[str], key: AccessKey, reason: str, *, now: datetime) -> str:
        """Freeze faces, and have others review each case that names one of them; the request's id.

        Cases about which nothing can be decided any more stay as they are. Raises FaceNotFoundError.
        """
        asked = frozenset(face_ids)

        def work(connection: Connection) -> str:
            cases: list[Json] = [
                case_id for case_id in self.cases.naming(sorted(asked)) if self._contest(case_id, key, reason, now)
            ]
            request = self._open(connection, "contest", asked, key, now, {"cases": cases})
            self._freeze(connection, asked, request)
            return request

        return self.database.write(work)

    def resolve(self, request_id: str, key: AccessKey, *, now: datetime) -> None:
        """Settle a freeze or a contest: its faces can be found again. Raises NotFoundError."""

        def work(connection: Connection) -> None:
            request = rows.find(connection, request_id)
            if request is None or request.resolved_at is not None:
                raise NotFoundError(f"The request id: {request_id} does not exist, or is settled")
            frozen = term_rows.frozen_by(connection, request_id)
            term_rows.thaw(connection, request_id)
            for face in frozen:
                self.gallery.refresh_users(face.collection_id, [] if face.user_id is None else [face.user_id])
            rows.resolve(connection, request_id, now)
            self._record(request_id, "resolve", {face.face_id for face in frozen}, key, now)

        self.database.write(work)

    def erase(self, face_ids: Iterable[str], key: AccessKey, *, now: datetime) -> list[Receipt]:
        """Delete faces wherever they are, from users too; a receipt for each collection. Raises FaceNotFoundError."""
        asked = frozenset(face_ids)

        def work(connection: Connection) -> list[int]:
            places = require_places(connection, asked)
            request = self._open(connection, "erase", asked, key, now, {"collections": len(places)})
            cause = Cause("SUBJECT_REQUEST", key.id, request)
            entries = [
                self.receipts.erase(place.collection_id, [face.face_id for face in place.faces], cause, now=now)[1]
                for place in places
            ]
            return [entry for entry in entries if entry is not None]

        return [self.receipts.prove(entry) for entry in self.database.write(work)]

    def unresolved(self) -> list[rows.SubjectRequest]:
        """Requests that wait for somebody, the oldest first."""
        return self.database.read(rows.unresolved)

    # --- steps ----------------------------------------------------------------------------------

    def _freeze(self, connection: Connection, face_ids: AbstractSet[str], request: str) -> None:
        for place in require_places(connection, face_ids):
            term_rows.freeze(connection, [face.number for face in place.faces], request)
            self.gallery.refresh_users(place.collection_id, place.user_ids)

    def _contest(self, case_id: str, key: AccessKey, reason: str, now: datetime) -> bool:
        """Contest a case, unless nothing can be decided about it any more."""
        try:
            self.cases.contest(case_id, key, reason, now=now)
        except RuleError:
            return False
        return True

    def _open(  # noqa: PLR0913, PLR0917 - what an entry says
        self,
        connection: Connection,
        action: str,
        face_ids: AbstractSet[str],
        key: AccessKey,
        now: datetime,
        more: dict[str, Json] | None = None,
    ) -> str:
        """Record a new request and store it; its id."""
        request = str(uuid.uuid4())
        entry = self._record(request, action, face_ids, key, now, more)
        rows.add(connection, rows.SubjectRequest(request, action, now, None if action in OPEN else now, entry))
        return request

    def _record(  # noqa: PLR0913, PLR0917
        self,
        request: str,
        action: str,
        face_ids: AbstractSet[str],
        key: AccessKey,
        now: datetime,
        more: dict[str, Json] | None = None,
    ) -> int:
        nothing: dict[str, Json] = {"subject": None, "collections": 0, "searches": 0, "withheld": 0, "cases": []}
        said: dict[str, Json] = {"request": request, "action": action, "operator": key.id, "faces": sorted(face_ids)}
        return self.ledger.append("subject_request", {**nothing, **said, **(more or {})}, at=now)
