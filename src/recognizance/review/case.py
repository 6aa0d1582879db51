"""Cases: a case and an event in, the case afterwards out, or a refusal with its reason code. The clock is an argument.

A search under a policy that asks for reviewers opens a case. Reviewers vote apart: for a candidate, for none of them,
or that they cannot tell. As many equal votes as the policy asks for decide; two that differ bring in a third, and
three that differ leave the case unresolved. A contest freezes a case until people who have not voted on it decide anew.

    open, frozen                    --votes-->    confirmed | rejected | unresolved
    open, frozen                    --close-->    unresolved
    any but frozen and the last two --contest-->  frozen, with the next round of votes
    any but the last two            --seal-->     sealed
    any but destroyed               --destroy-->  destroyed
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from recognizance.errors import RuleError
from recognizance.review.choice import CANNOT_TELL, ESCAPES, NONE_OF_THESE
from recognizance.review.reviewer import Reviewer

WORDING = "investigative lead, not identification"
"""What every answer says of its candidates, before and after any review."""

STATUS = "UNVERIFIED"
"""What every candidate is: two people who agree make a better lead, not a fact."""


class State(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNRESOLVED = "unresolved"
    FROZEN = "frozen"
    SEALED = "sealed"
    DESTROYED = "destroyed"


VOTING = frozenset({State.OPEN, State.FROZEN})
"""The states in which a case waits for votes."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An enrolled face or user that a search returned. `id` is random and means something in its case alone.

    `similarity` (0..100) and `rank` (1 is the best) are for the record: no reviewer sees them before the decision.
    """

    id: str
    rank: int
    similarity: float
    face_id: str | None = None
    user_number: int | None = None

    def __post_init__(self) -> None:
        if (self.face_id is None) == (self.user_number is None):
            raise ValueError("a candidate is either a face or a user")


@dataclass(frozen=True, slots=True)
class Vote:
    """What somebody chose: a candidate's id, `none_of_these` or `cannot_tell`; `round` rises with each contest."""

    key_id: str
    person: str
    round: int
    choice: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """A search's candidates and what people make of them.

    `needed` people must agree (1 or 2). `truth` is None, but in a seeded case the right choice: it looks like any other
    case, and measures those who vote on it.
    """

    id: str
    collection_id: str
    searcher_key: str
    searcher: str
    needed: int
    candidates: tuple[Candidate, ...]
    opened_at: datetime
    changed_at: datetime
    state: State = State.OPEN
    round: int = 1
    votes: tuple[Vote, ...] = ()
    truth: str | None = None
    error_limit: float = 0.05
    """The share of false accepts over which the policy suspends a reviewer."""
    hidden: bool = False
    """Whether the policy hides the candidates from whoever searched until they are reviewed."""

    def __post_init__(self) -> None:
        if self.needed not in (1, 2):
            raise ValueError(f"a case is decided by 1 or 2 people, not {self.needed}")

    @property
    def decided(self) -> bool:
        """Whether the votes are in."""
        return self.state in (State.CONFIRMED, State.REJECTED, State.UNRESOLVED)

    @property
    def confirmed(self) -> Candidate | None:
        """The candidate that a confirmed case names."""
        chosen = named(self, self.round) if self.state is State.CONFIRMED else None
        return next((candidate for candidate in self.candidates if candidate.id == chosen), None)

    def cast_in(self, number: int) -> tuple[Vote, ...]:
        """The votes of a round; those of the present one are all that count."""
        return tuple(vote for vote in self.votes if vote.round == number)


def admit(case: Case, reviewer: Reviewer, key_id: str, *, now: datetime) -> None:
    """Refuse whoever may not see and vote on a case; `reviewer` holds the key. Raises RuleError."""
    reviewer.require_qualified(at=max(now, case.changed_at))
    if reviewer.person == case.searcher or key_id == case.searcher_key:
        raise RuleError("REVIEWER_SEARCHED", "whoever made a search does not review what it found")
    _require_usable(case)
    for vote in case.votes:
        if reviewer.person == vote.person or key_id == vote.key_id:
            raise RuleError("VOTED_ALREADY", f"a person votes once on a case, and voted on {case.id}")
    if case.state not in VOTING:
        raise RuleError("CASE_DECIDED", f"case {case.id} is decided; a contest opens it again")


def vote(case: Case, reviewer: Reviewer, key_id: str, choice: str, *, now: datetime) -> Case:
    """Count a vote, and decide if it was the last that is needed. Raises RuleError."""
    admit(case, reviewer, key_id, now=now)
    if choice not in ESCAPES and all(choice != candidate.id for candidate in case.candidates):
        raise RuleError("CHOICE_UNKNOWN", f"choose {', '.join(ESCAPES)}, or the id of a candidate of case {case.id}")
    at = max(now, case.changed_at)
    cast = Vote(key_id, reviewer.person, case.round, choice, at)
    voted = replace(case, votes=(*case.votes, cast), changed_at=at)
    return replace(voted, state=_outcome(voted))


def contest(case: Case, *, now: datetime) -> Case:
    """Freeze a case: nobody may act on it until others than those who voted decide anew. Raises RuleError."""
    _require_usable(case)
    if case.state is State.FROZEN:
        raise RuleError("CASE_FROZEN", f"case {case.id} is frozen already, and waits for others to review it")
    return replace(case, state=State.FROZEN, round=case.round + 1, changed_at=max(now, case.changed_at))


def close(case: Case, *, now: datetime) -> Case:
    """End the wait for votes: nothing is confirmed. Raises RuleError."""
    _require_usable(case)
    if case.state not in VOTING:
        raise RuleError("CASE_DECIDED", f"case {case.id} waits for no votes")
    return replace(case, state=State.UNRESOLVED, changed_at=max(now, case.changed_at))


def seal(case: Case, *, now: datetime) -> Case:
    """Shut a case that was not authorised in time: only destruction is left. Raises RuleError."""
    _require_usable(case)
    return replace(case, state=State.SEALED, changed_at=max(now, case.changed_at))


def destroy(case: Case, *, now: datetime) -> Case:
    """Forget the candidates; who voted when remains. Raises RuleError."""
    if case.state is State.DESTROYED:
        raise RuleError("CASE_DESTROYED", f"case {case.id} was destroyed")
    return replace(case, state=State.DESTROYED, candidates=(), changed_at=max(now, case.changed_at))


def shown(case: Case, *, to_searcher: bool) -> tuple[Candidate, ...]:
    """The candidates that may be told with their similarities.

    While votes are awaited nobody but the searcher, who may not vote, learns them, lest a reviewer does; and of a
    contested, sealed or destroyed case nobody. Of a hidden case the searcher learns no more than who was confirmed.
    """
    if case.hidden and to_searcher:
        return (case.confirmed,) if case.confirmed else ()
    return case.candidates if case.decided or (case.state is State.OPEN and to_searcher) else ()


def named(case: Case, number: int) -> str | None:
    """The id of the candidate whom a round of votes agreed on, None for a round that named nobody."""
    agreed = _agreed(case, number)
    return None if agreed in ESCAPES else agreed


def shuffled(case: Case, person: str) -> list[Candidate]:
    """The candidates in an order of this reviewer's own, the same at every look, that says nothing of their rank."""

    def place(candidate: Candidate) -> bytes:
        return hashlib.sha256(f"{case.id}\0{person}\0{candidate.id}".encode()).digest()

    return sorted(case.candidates, key=place)


def usable(case: Case) -> bool:
    """Whether anything but destruction is still to come of a case."""
    return case.state not in (State.SEALED, State.DESTROYED)


def _require_usable(case: Case) -> None:
    if case.state is State.SEALED:
        raise RuleError("CASE_SEALED", f"case {case.id} is sealed: it was not authorised in time")
    if case.state is State.DESTROYED:
        raise RuleError("CASE_DESTROYED", f"case {case.id} was destroyed")


def _outcome(case: Case) -> State:
    """Where the votes leave a case that waits for them."""
    agreed = _agreed(case, case.round)
    if agreed is None:
        # Of three votes no two are equal: who came third agreed with neither.
        return State.UNRESOLVED if len(case.cast_in(case.round)) > case.needed else case.state
    return {NONE_OF_THESE: State.REJECTED, CANNOT_TELL: State.UNRESOLVED}.get(agreed, State.CONFIRMED)


def _agreed(case: Case, number: int) -> str | None:
    """The choice that as many people share in a round as are needed."""
    counts = Counter(vote.choice for vote in case.cast_in(number))
    return next((choice for choice, count in counts.items() if count >= case.needed), None)
