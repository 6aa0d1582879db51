"""Cases: listed, shown and voted on blind, contested, closed, sealed and destroyed, each with its entry in the ledger.

Every change reads the case, applies a rule of `review.case`, and writes rows and entry in one transaction: of two votes
at the same moment the second sees the first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from recognizance.errors import CaseNotFoundError, RuleError
from recognizance.governance.minutes import Lost, Minutes
from recognizance.governance.portraits import Portraits
from recognizance.governance.reviewers import Reviewers
from recognizance.governance.views import BlindView, Lead, lead_of
from recognizance.ledger.port import Ledger
from recognizance.review import case as review
from recognizance.review.case import Candidate, Case, State
from recognizance.review.reviewer import Reviewer
from recognizance.storage import cases as rows
from recognizance.storage import limits
from recognizance.storage.database import Database
from recognizance.values import AccessKey, Role
from recognizance.vault import Vault

Overdue = Callable[[str, datetime], bool]
"""Whether at a time the case with an id is to be shut: nobody permitted it while there was time, or it was refused."""


class Cases:
    """The cases of an installation. Safe to call from several threads and beside other processes."""

    def __init__(  # noqa: PLR0913 - the parts that it brings together
        self,
        database: Database,
        vault: Vault,
        ledger: Ledger,
        *,
        reviewers: Reviewers,
        portraits: Portraits,
        overdue: Overdue,
    ) -> None:
        """A case that is `overdue` counts as sealed from that moment, whether or not `seal` was called."""
        self._database = database
        self._vault = vault
        self._minutes = Minutes(ledger)
        self._reviewers = reviewers
        self._portraits = portraits
        self._overdue = overdue

    # --- reviewers ------------------------------------------------------------------------------

    def waiting(self, key: AccessKey, *, now: datetime) -> list[str]:
        """Ids of the cases on which the holder of a key may vote, in an order of their own. Raises RuleError.

        Neither order nor age tells a seeded case from the one that it was opened beside.
        """

        def work(connection: Connection) -> list[str]:
            reviewer = self._reviewers.require(connection, key)
            at = _no_earlier(connection, now)
            reviewer.require_qualified(at=at)
            cases = (self._as_of(case, at) for case in rows.waiting(connection))
            return [case.id for case in cases if _admits(case, reviewer, key, at)]

        return sorted(self._database.read(work), key=lambda case_id: _place(key.holder, case_id))

    def show(self, case_id: str, key: AccessKey, *, now: datetime) -> BlindView:
        """A case as one who may vote on it sees it. Raises CaseNotFoundError, RuleError."""

        def work(connection: Connection) -> BlindView:
            at = _no_earlier(connection, now)
            number, case = rows.find(connection, case_id)
            reviewer, case = self._reviewers.require(connection, key), self._as_of(case, at)
            review.admit(case, reviewer, key.id, now=at)
            return BlindView(
                case.id,
                self._probe(connection, number, case, at),
                tuple((one.id, self._pictures(case, one, at)) for one in review.shuffled(case, reviewer.person)),
            )

        return self._database.read(work)

    def vote(self, case_id: str, key: AccessKey, choice: str, *, now: datetime) -> int:
        """Count a vote, and decide if it was the last; its entry's index. Raises CaseNotFoundError, RuleError."""

        def work(connection: Connection) -> int:
            at = _no_earlier(connection, now)
            number, case = rows.find(connection, case_id)
            reviewer, case = self._reviewers.require(connection, key), self._as_of(case, at)
            voted = review.vote(case, reviewer, key.id, choice, now=at)
            rows.save(connection, number, case, voted)
            entry = self._minutes.voted(connection, number, voted)
            if voted.decided:
                self._minutes.decided(connection, number, voted)
            if voted.truth is not None:
                self._reviewers.judge(connection, reviewer, case.id, limit=case.error_limit, now=voted.changed_at)
            return entry

        return self._database.write(work)

    # --- those who answer for a search ----------------------------------------------------------

    def leads(self, key: AccessKey, *, after: str | None, limit: int, now: datetime) -> list[Lead]:
        """A page of cases, oldest first, those opened after the case `after`: an operator's own, or everybody's."""
        own = None if key.role in (Role.ADMINISTRATOR, Role.AUDITOR) else key.holder

        def work(connection: Connection) -> list[Lead]:
            at = _no_earlier(connection, now)
            found = rows.real(connection, searcher=own, after=after, limit=limit)
            return [lead_of(self._as_of(case, at), key) for case in found]

        return self._database.read(work)

    def lead(self, case_id: str, key: AccessKey, *, now: datetime) -> Lead:
        """A case as far as the holder of the key may know it. Raises CaseNotFoundError, RuleError."""

        def work(connection: Connection) -> Lead:
            case = self._as_of(_real(connection, case_id)[1], _no_earlier(connection, now))
            if key.holder != case.searcher and key.role not in (Role.ADMINISTRATOR, Role.AUDITOR):
                raise RuleError("CASE_OF_ANOTHER", f"case {case_id} comes from a search that somebody else made")
            return lead_of(case, key)

        return self._database.read(work)

    def naming(self, face_ids: list[str]) -> list[str]:
        """Ids of the cases among whose candidates, or as whose probe, one of the faces is."""
        return [case.id for case in self._database.read(lambda connection: rows.naming(connection, face_ids))]

    def entries(self, case_id: str) -> list[tuple[int, str]]:
        """Index and kind of each entry of the ledger that tells of a case, in order. Raises CaseNotFoundError."""
        return self._database.read(lambda connection: list(rows.entries(connection, _real(connection, case_id)[0])))

    def contest(self, case_id: str, key: AccessKey, reason: str, *, now: datetime) -> int:
        """Freeze a case for whoever disputes it, and have others review it; the entry's index. Raises RuleError."""

        def record(connection: Connection, number: int, case: Case) -> int:
            return self._minutes.contested(connection, number, case, operator=key.id, reason=reason)

        return self._change(case_id, lambda case: review.contest(self._as_of(case, now), now=now), record)

    def close(self, case_id: str, key: AccessKey, *, now: datetime) -> int:
        """End the wait for votes without a confirmation; the entry's index. Raises CaseNotFoundError, RuleError."""
        return self._change(
            case_id,
            lambda case: review.close(self._as_of(case, now), now=now),
            lambda connection, number, case: self._minutes.decided(connection, number, case, closed_by=key.id),
        )

    def seal(self, case_id: str, code: str, *, now: datetime, operator: str | None = None) -> int:
        """Shut a case, for a reason (UPPER_SNAKE); the entry's index. Raises CaseNotFoundError, RuleError."""

        def record(connection: Connection, number: int, case: Case) -> int:
            return self._minutes.sealed(connection, number, case, code=code, operator=operator)

        return self._change(case_id, lambda case: review.seal(case, now=now), record)

    def destroy(self, case_id: str, code: str, *, now: datetime, operator: str | None = None) -> int:
        """Shred a case's picture and forget its candidates; the entry's index. Raises CaseNotFoundError, RuleError."""

        def work(connection: Connection) -> int:
            number, case = _real(connection, case_id)
            destroyed = review.destroy(case, now=now)
            rows.save(connection, number, case, destroyed)
            lost = Lost(candidates=len(case.candidates), pictures=rows.shred(connection, number))
            self._database.after_commit(self._database.scrub_log)
            return self._minutes.destroyed(connection, number, destroyed, lost, code=code, operator=operator)

        return self._database.write(work)

    # --- steps ----------------------------------------------------------------------------------

    def _as_of(self, case: Case, now: datetime) -> Case:
        return replace(case, state=State.SEALED) if review.usable(case) and self._overdue(case.id, now) else case

    def _change(
        self, case_id: str, event: Callable[[Case], Case], record: Callable[[Connection, int, Case], int]
    ) -> int:
        def work(connection: Connection) -> int:
            number, case = _real(connection, case_id)
            changed = event(case)
            rows.save(connection, number, case, changed)
            return record(connection, number, changed)

        return self._database.write(work)

    def _probe(self, connection: Connection, number: int, case: Case, now: datetime) -> tuple[bytes, ...]:
        kept = rows.picture(connection, number)
        if kept is not None:
            return (self._vault.open_picture(case.id, *kept),)
        return self._portrait(case, rows.probe_face(connection, number), now)

    def _pictures(self, case: Case, candidate: Candidate, now: datetime) -> tuple[bytes, ...]:
        if candidate.user_number is None:
            return self._portrait(case, candidate.face_id, now)
        return tuple(self._portraits.of_user(case.collection_id, candidate.user_number, now=now).values())

    def _portrait(self, case: Case, face_id: str | None, now: datetime) -> tuple[bytes, ...]:
        if face_id is None:
            return ()
        return tuple(self._portraits.of_faces(case.collection_id, [face_id], now=now).values())


def _real(connection: Connection, case_id: str) -> tuple[int, Case]:
    """A case that is no seed: to all but those who vote, seeds do not exist."""
    number, case = rows.find(connection, case_id)
    if case.truth is not None:
        raise CaseNotFoundError(case_id)
    return number, case


def _admits(case: Case, reviewer: Reviewer, key: AccessKey, at: datetime) -> bool:
    try:
        review.admit(case, reviewer, key.id, now=at)
    except RuleError:
        return False
    return True


def _no_earlier(connection: Connection, now: datetime) -> datetime:
    """The time, but never before the last change of any case: setting back a clock renews no qualification."""
    return limits.latest(connection, max(now, rows.last_change(connection) or now))


def _place(person: str, case_id: str) -> bytes:
    return hashlib.sha256(f"{person}\0{case_id}".encode()).digest()
