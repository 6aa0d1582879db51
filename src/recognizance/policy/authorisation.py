"""Authorisation: who permitted a case, and the clock that seals a case which nobody permitted in time.

    first search --hours--> sealed          authorised before that: open for good        rejected: destroyed

The clock is an argument. Callers pass the latest time they have ever seen: a clock that is set back opens nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Clock(StrEnum):
    """Where the clock of a case stands."""

    OPEN = "open"
    SEALED = "sealed"
    DESTROYED = "destroyed"


class Standing(StrEnum):
    """What the authorisation that a search states is worth."""

    ABSENT = "absent"
    PENDING = "pending"
    """Not on record yet, while the case's clock runs."""
    UNKNOWN = "unknown"
    VALID = "valid"
    EXPIRED = "expired"
    REJECTED = "rejected"
    OTHER_SCOPE = "other scope"
    OWN = "own"
    """Registered by the very person who searches."""


@dataclass(frozen=True, slots=True)
class CaseClock:
    """The clock of a case in a collection: `hours` from the first search to the deadline."""

    opened_at: datetime
    hours: int
    authorised_at: datetime | None = None
    rejected_at: datetime | None = None

    def state(self, now: datetime) -> Clock:
        """Open, sealed or destroyed. An authorisation that came at the deadline or later came too late."""
        if self.rejected_at is not None:
            return Clock.DESTROYED
        deadline = self.opened_at + timedelta(hours=self.hours)
        return Clock.OPEN if (self.authorised_at or now) < deadline else Clock.SEALED


@dataclass(frozen=True, slots=True)
class Authorisation:
    """A permission on record. `reference` and `case` are keyed digests of what people call them."""

    id: str
    reference: str
    case: str
    collection: str | None
    """The one collection that may be searched; None for any."""
    issuer: str
    """The court or office that gave it."""
    registered_by: str
    """The person who registered it."""
    registered_at: datetime
    expires_at: datetime
    rejected_at: datetime | None = None

    def standing(self, *, case: str, collection: str, person: str, now: datetime) -> Standing:
        """What it is worth to a person who searches a collection in a case."""
        tests = (
            (self.case != case or self.collection not in (None, collection), Standing.OTHER_SCOPE),
            (self.rejected_at is not None, Standing.REJECTED),
            (now >= self.expires_at, Standing.EXPIRED),
            (self.registered_by == person, Standing.OWN),
        )
        return next((standing for fails, standing in tests if fails), Standing.VALID)
