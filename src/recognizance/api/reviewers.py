"""Reviewers: who may vote, and how often they err where the right answer is known."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import Field

from recognizance.api.endpoint import Ask, Id, Moment, Record
from recognizance.errors import NotFoundError
from recognizance.evaluation.intervals import Rate
from recognizance.governance.reviewers import Measured


class RateView(Record):
    """A measured rate, counts and the 95 % interval."""

    events: int
    trials: int
    low: float
    high: float

    @classmethod
    def of(cls, rate: Rate | None) -> Self | None:
        """The view of a rate; None where there is not enough data."""
        return None if rate is None else cls(events=rate.events, trials=rate.trials, low=rate.low, high=rate.high)


class ReviewerView(Record):
    """A reviewer, the qualification, and the errors on cases with a known answer since the last training."""

    person: str
    trained_at: datetime
    expires_at: datetime
    suspended_at: datetime | None
    false_accepts: RateView | None
    misses: RateView | None
    cannot_tell: int

    @classmethod
    def of(cls, measured: Measured) -> Self:
        """The view of a reviewer."""
        reviewer = measured.reviewer
        return cls(
            person=reviewer.person,
            trained_at=reviewer.trained_at,
            expires_at=reviewer.expires_at,
            suspended_at=reviewer.suspended_at,
            false_accepts=RateView.of(measured.false_accepts),
            misses=RateView.of(measured.misses),
            cannot_tell=measured.cannot_tell,
        )


class ReviewerList(Record):
    """Reviewers, by name."""

    reviewers: list[ReviewerView]


class Training(Record):
    """The training of the person who holds a key."""

    key: Id = Field(description="Id of a key of the role reviewer.")
    trained_at: Moment
    expires_at: Moment


class Qualification(Record):
    """Until when a person may vote."""

    person: str
    trained_at: datetime
    expires_at: datetime


def list_reviewers(ask: Ask) -> ReviewerList:
    """Give all reviewers with their error rates and intervals."""
    return ReviewerList(reviewers=[ReviewerView.of(one) for one in ask.parts.governance.reviewers.measured()])


def register_reviewer(ask: Ask) -> Qualification:
    """Write down the training of a reviewer; a later training ends a suspension."""
    key = ask.parts.find_key(ask.body.key)
    if key is None:
        raise NotFoundError(f"The key id: {ask.body.key} does not exist")
    reviewer = ask.parts.governance.reviewers.register(
        key, by=ask.signer, trained_at=ask.body.trained_at, expires_at=ask.body.expires_at, now=ask.now
    )
    return Qualification(person=reviewer.person, trained_at=reviewer.trained_at, expires_at=reviewer.expires_at)
