"""Rulebook: what a call asks in, what the rules permit out; and the record of each search, before its answer leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from recognizance.errors import AccessDeniedError, RuleError
from recognizance.governance.authorisations import Authorisations
from recognizance.governance.limits import Limits
from recognizance.governance.opening import Found, Opener, Opening
from recognizance.governance.policies import Policies
from recognizance.governance.stops import Stops
from recognizance.ledger.entry import write_moment
from recognizance.ledger.kinds import Json
from recognizance.ledger.port import Ledger
from recognizance.policy.authorisation import Clock, Standing
from recognizance.policy.decision import Ask, Obligation, Permit, Refusal, decide
from recognizance.policy.document import Policy
from recognizance.policy.operation import OPERATIONS, SEARCHES, Use
from recognizance.storage.database import Database
from recognizance.values import AccessKey, Collection, FaceMatch, UserMatch

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for what, and why: of every call."""

    operation: str
    key: AccessKey
    request_id: str
    said: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Probe:
    """What is searched for: a picture's bytes, an enrolled face or a user, one of the three."""

    image: bytes | None = None
    face_id: str | None = None
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """A 1:N search that was made: all that its record says."""

    asker: Asker
    permit: Permit
    collection: Collection
    probe: Probe
    enrolled: int
    """How many faces or users were searched."""
    model_digests: Mapping[str, str]
    asked: float
    threshold: float
    reason: str
    fpir_target: float | None
    found: Sequence[tuple[FaceMatch | UserMatch, float]]
    """Candidates with their similarity, best first."""
    started: datetime
    ended: datetime
    picture: Callable[[], bytes] | None = None
    """Makes the crop (JPEG) of the face that was searched for, which reviewers are shown."""


@dataclass(frozen=True, slots=True)
class Place:
    """The collection that a call is about, as rules see it."""

    collection: Collection
    tags: Mapping[str, str]


AuditedAt = Callable[[Place, datetime], datetime | None]
"""When the newest audit was made that counts for a collection now; None if none does."""


@dataclass(frozen=True, slots=True)
class Filed:
    """A search on record: the index of its entry, and the case that it opened, if any."""

    index: int
    case_id: str | None = None
    sealed: bool = False
    """Whether the candidates are withheld until the case is decided."""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The rules of an installation. Safe to call from several threads."""

    database: Database
    ledger: Ledger
    policies: Policies
    stops: Stops
    authorisations: Authorisations
    limits: Limits
    opener: Opener
    audited_at: AuditedAt

    def permit(self, asker: Asker, place: Place | None, *, new_faces: int = 0, now: datetime) -> Permit:
        """What the policy of a collection permits; without one, what holds everywhere. Raises RuleError."""
        policy = self.policies.plain if place is None else self.policies.governing(asker.operation, place.tags)
        if policy is not self.policies.plain:
            now = self.limits.latest(now)
        decision = decide(policy, self._ask(asker, place, policy, new_faces, now), now=now)
        if isinstance(decision, Refusal):
            raise decision.error()
        return decision

    def _ask(self, asker: Asker, place: Place | None, policy: Policy, new_faces: int, now: datetime) -> Ask:
        searching = place is not None and OPERATIONS.get(asker.operation) in SEARCHES | {Use.RESULTS}
        standing, clock = Standing.ABSENT, Clock.OPEN
        if searching and place is not None and policy.authorisation_hours is not None:
            standing, clock = self.authorisations.look(asker.said, place.collection.id, asker.key.holder, now=now)
        return Ask(
            asker.operation,
            asker.key,
            asker.said,
            collection=None if place is None else place.collection.id,
            faces=0 if place is None else place.collection.face_count,
            new_faces=new_faces,
            searches=self.limits.searches(policy, asker.key, now=now) if policy.searches_per_day is not None else 0,
            audited_at=self.audited_at(place, now) if place is not None and policy.audit_days is not None else None,
            standing=standing,
            clock=clock,
            stops=self.stops.recent(),
        )

    def refuse(self, asker: Asker, collection_id: str | None, error: AccessDeniedError, *, now: datetime) -> int:
        """Record that a call was refused; the entry's index."""
        fields: dict[str, Json] = {
            "operation": asker.operation,
            "request_id": asker.request_id,
            "operator": asker.key.id,
            "collection": collection_id,
            "code": error.code if isinstance(error, RuleError) else "ROLE",
        }
        return self.ledger.append("refusal", fields, at=now)

    def change(
        self, kind: str, make: Callable[[], tuple[Result, Mapping[str, Json]]], *, now: datetime
    ) -> tuple[Result, int]:
        """Make a change and record it in one transaction; what it gives beside the fields, and the entry's index."""

        def work(_: Connection) -> tuple[Result, int]:
            result, fields = make()
            return result, self.ledger.append(kind, fields, at=now)

        return self.database.write(work)

    def file(self, search: Search) -> Filed:
        """Put a search on record, with all that its permit obliges to; it is durable when this returns.

        Raises RuleError where another search has meanwhile spent the last of the day.
        """
        self.stops.require_none(
            search.asker.operation,
            collection=search.collection.id,
            purpose=search.permit.policy.purpose,
            now=search.ended,
        )
        if search.permit.obligations <= {Obligation.RECORD}:  # nothing else changes: the record may share a commit
            return Filed(self.ledger.append("search", self._fields(search, None, "candidates"), at=search.ended))
        return self.database.write(lambda _: self._file(search))

    def _file(self, search: Search) -> Filed:
        duties, policy, now = search.permit.obligations, search.permit.policy, search.ended
        if Obligation.COUNT in duties:
            self.limits.spend(policy, search.asker.key, now=now)
        case_id = self._open_case(search) if Obligation.REVIEW in duties and search.found else None
        if Obligation.CLOCK in duties and policy.authorisation_hours:
            self.authorisations.start(
                search.asker.said, search.collection.id, hours=policy.authorisation_hours, found=case_id, now=now
            )
        if search.probe.image is not None:
            probe = self.ledger.image_digest(search.probe.image)
            self.limits.watch(probe, search.collection.id, search.asker.key, now=now)
        sealed = Obligation.SEAL in duties and case_id is not None
        fields = self._fields(search, case_id, "sealed" if sealed else "candidates")
        return Filed(self.ledger.append("search", fields, at=now), case_id, sealed)

    def _open_case(self, search: Search) -> str:
        policy = search.permit.policy
        found = [
            Found(similarity, face_id=match.face.face_id)
            if isinstance(match, FaceMatch)
            else Found(similarity, user=match.user)
            for match, similarity in search.found
        ]
        opening = Opening(
            collection_id=search.collection.id,
            searcher=search.asker.key,
            found=found,
            needed=policy.reviewers,
            picture=None if search.picture is None else search.picture(),
            probe_face_id=search.probe.face_id,
            hidden=policy.sealed,
            error_limit=policy.reviewer_error,
            seed_share=policy.seed_share,
        )
        return self.opener.open(opening, now=search.ended)

    def _fields(self, search: Search, case_id: str | None, outcome: str) -> dict[str, Json]:
        asker, policy = search.asker, search.permit.policy
        return {
            "started": write_moment(search.started),
            "ended": write_moment(search.ended),
            "operation": asker.operation,
            "request_id": asker.request_id,
            "collection": search.collection.id,
            "enrolled": search.enrolled,
            "space": search.collection.space,
            "model_digests": {name.replace(" ", "-"): digest for name, digest in search.model_digests.items()},
            "probe": self._probe(search),
            "operator": asker.key.id,
            "role": asker.key.role.value,
            "purpose": policy.purpose.value,
            "policy": policy.stamp,
            "case": case_id,
            "case_reference": self._apart("case", asker.said.get("case")),
            "authorisation": self._apart("authorisation", asker.said.get("authorisation")),
            "asked": search.asked,
            "threshold": search.threshold,
            "reason": search.reason,
            "fpir_target": search.fpir_target,
            "outcome": outcome if search.found else "none",
            "candidates": [self._candidate(search, match, similarity) for match, similarity in search.found],
        }

    def _probe(self, search: Search) -> Json:
        probe = search.probe
        if probe.image is not None:
            return {"image": self.ledger.image_digest(probe.image)}
        if probe.face_id is not None:
            return {"face_id": probe.face_id}
        return {"user": self._user(search.collection.id, probe.user_id or "")}

    def _candidate(self, search: Search, match: FaceMatch | UserMatch, similarity: float) -> Json:
        if isinstance(match, FaceMatch):
            return {"face_id": match.face.face_id, "similarity": similarity}
        return {"user": self._user(search.collection.id, match.user.user_id), "similarity": similarity}

    def _user(self, collection_id: str, user_id: str) -> Json:
        return self.ledger.keep_apart("user", f"{collection_id}/{user_id}")

    def _apart(self, what: str, text: str | None) -> Json:
        return None if text is None else self.ledger.keep_apart(what, text)
