"""Reviewers: registered by an administrator, measured on cases with a known answer, suspended for too many errors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from recognizance.errors import RuleError
from recognizance.evaluation.intervals import Rate, wilson
from recognizance.ledger.entry import write_moment
from recognizance.ledger.port import Ledger
from recognizance.review.reviewer import Errors, Measurement, Reviewer, too_many
from recognizance.storage import reviewers as rows
from recognizance.storage.database import Database
from recognizance.values import AccessKey, Role


@dataclass(frozen=True, slots=True)
class Measured:
    """A reviewer, and the error rates since the last training with their 95 % intervals; None: not enough data."""

    reviewer: Reviewer
    false_accepts: Rate | None
    misses: Rate | None
    cannot_tell: int


class Reviewers:
    """The register of reviewers. Safe to call from several threads."""

    def __init__(self, database: Database, ledger: Ledger) -> None:
        self._database = database
        self._ledger = ledger

    def register(
        self, key: AccessKey, *, by: AccessKey, trained_at: datetime, expires_at: datetime, now: datetime
    ) -> Reviewer:
        """Write down the training of the person who holds a key; a later one lifts a suspension. Raises RuleError."""
        if key.role is not Role.REVIEWER:
            raise RuleError("NOT_A_REVIEWER_KEY", f"{key.id} is the key of an {key.role}: make a reviewer's first")
        if key.holder == by.holder:
            raise RuleError("SELF_REGISTRATION", "nobody certifies their own training")

        def work(connection: Connection) -> Reviewer:
            known = rows.find(connection, key.holder)
            reviewer = (
                Reviewer(key.holder, trained_at, expires_at)
                if known is None
                else known.trained_again(trained_at=trained_at, expires_at=expires_at)
            )
            rows.save(connection, reviewer)
            self._ledger.append(
                "reviewer",
                {
                    "operator": by.id,
                    "person": self._ledger.keep_apart("reviewer", reviewer.person),
                    "key": key.id,
                    "trained": write_moment(trained_at),
                    "expires": write_moment(expires_at),
                },
                at=now,
            )
            return reviewer

        return self._database.write(work)

    def measured(self) -> list[Measured]:
        """All reviewers with what is known of their errors, by name."""
        return self._database.read(
            lambda connection: [self._measured(connection, reviewer) for reviewer in rows.every(connection)]
        )

    def require(self, connection: Connection, key: AccessKey) -> Reviewer:
        """The reviewer who holds a key. Raises RuleError for a person who is none."""
        reviewer = rows.find(connection, key.holder)
        if reviewer is None or key.role is not Role.REVIEWER:
            raise RuleError("REVIEWER_UNKNOWN", f"whoever holds {key.id} is not registered as a reviewer")
        return reviewer

    def judge(self, connection: Connection, reviewer: Reviewer, case_id: str, *, limit: float, now: datetime) -> None:
        """Suspend a reviewer who errs too often, after a vote on the seeded case."""
        errors = _measure(connection, reviewer).false_accepts
        rate = _rate(errors)
        if rate is None or not too_many(errors, low=rate.low, limit=limit):
            return
        rows.save(connection, replace(reviewer, suspended_at=now))
        self._ledger.append(
            "suspension",
            {
                "person": self._ledger.keep_apart("reviewer", reviewer.person),
                "case": case_id,
                "false_accepts": errors.events,
                "trials": errors.trials,
                "limit": limit,
            },
            at=now,
        )

    def _measured(self, connection: Connection, reviewer: Reviewer) -> Measured:
        found = _measure(connection, reviewer)
        return Measured(reviewer, _rate(found.false_accepts), _rate(found.misses), found.cannot_tell)


def _measure(connection: Connection, reviewer: Reviewer) -> Measurement:
    return Measurement.of(rows.marks(connection, reviewer.person, since=reviewer.trained_at))


def _rate(errors: Errors) -> Rate | None:
    return wilson(errors.events, errors.trials) if errors.trials else None
