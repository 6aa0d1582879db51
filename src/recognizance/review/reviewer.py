"""Reviewers: who is qualified to vote, and how often somebody is wrong where the right answer is known.

The clock is an argument.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Self

from recognizance.errors import RuleError
from recognizance.review.choice import Mark

FEWEST_TRIALS = 20
"""Trials from which on the plain share of errors suspends; below, only an interval that lies over the limit does."""

FEWEST_ERRORS = 2
"""One slip suspends nobody, though the interval of one error in one trial lies over any limit of use."""


@dataclass(frozen=True, slots=True)
class Reviewer:
    """A trained person. The qualification holds from `trained_at` until `expires_at`.

    A suspension ends with a later training, and what was counted before that training counts no more.
    """

    person: str
    trained_at: datetime
    expires_at: datetime
    suspended_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.expires_at <= self.trained_at:
            raise RuleError("QUALIFICATION_EMPTY", "a qualification ends after the training, not before")

    def require_qualified(self, *, at: datetime) -> None:
        """Raise RuleError for whoever may not vote at this time."""
        if self.suspended_at is not None:
            raise RuleError("REVIEWER_SUSPENDED", "too many errors on cases with a known answer: train anew first")
        if at < self.trained_at:
            raise RuleError("REVIEWER_UNTRAINED", f"the training is dated {self.trained_at.isoformat()}")
        if at >= self.expires_at:
            raise RuleError("REVIEWER_LAPSED", f"the qualification ended at {self.expires_at.isoformat()}")

    def trained_again(self, *, trained_at: datetime, expires_at: datetime) -> Reviewer:
        """The qualification after a later training. Raises RuleError for one that is not later."""
        if trained_at <= (self.suspended_at or self.trained_at):
            raise RuleError("TRAINING_NOT_LATER", "a new training is dated after the last one and after a suspension")
        return Reviewer(self.person, trained_at, expires_at)


class Errors(NamedTuple):
    """Counted errors, and the votes in which that error could be made."""

    events: int
    trials: int


@dataclass(frozen=True, slots=True)
class Measurement:
    """What votes on seeded cases say of whoever cast them."""

    false_accepts: Errors
    """Votes that name somebody who is not the person, among all that do not name the mate."""
    misses: Errors
    """Votes that say none of these, among those that could tell and had the mate before them and named nobody else."""
    cannot_tell: int

    @classmethod
    def of(cls, marks: Iterable[Mark]) -> Self:
        """Count marks."""
        counts = Counter(marks)
        named, missed = counts[Mark.NAMED_MATE], counts[Mark.MISS]
        return cls(
            false_accepts=Errors(counts[Mark.FALSE_ACCEPT], counts.total() - named),
            misses=Errors(missed, missed + named),
            cannot_tell=counts[Mark.CANNOT_TELL],
        )


def too_many(errors: Errors, *, low: float, limit: float) -> bool:
    """Whether errors suspend: their share is over the limit in enough trials, or its 95 % interval from `low` on is."""
    if errors.events < FEWEST_ERRORS:
        return False
    return low > limit or (errors.trials >= FEWEST_TRIALS and errors.events / errors.trials > limit)
