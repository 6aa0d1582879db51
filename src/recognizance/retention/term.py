"""The term of a face: the shortest of all limits that apply, as a time. A limit more never makes it longer.

| limit | from |
| --- | --- |
| the collection's days since enrolment | its policy; kept with the collection, see `storage.terms` |
| the end of the consent's term | the consent |
| the end of the purpose | GDPR 5(1)(e), BIPA 15(a); in Texas one year later at the latest (503.001(c)(3)) |
| three years after the last contact | BIPA 15(a): Illinois |
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

ILLINOIS = "US-IL"
TEXAS = "US-TX"


@dataclass(frozen=True, slots=True)
class Grounds:
    """What the term of a face follows from; None where nothing is known or agreed.

    `jurisdiction` is the policy's: an ISO 3166 code such as `EU`, `US-IL`, `US-TX`.
    """

    jurisdiction: str
    consent_expires: datetime | None = None
    purpose_end: datetime | None = None
    last_contact: datetime | None = None


def limit_at(grounds: Grounds) -> datetime | None:
    """When the face has to be gone; None if nothing says so."""
    limits = [grounds.consent_expires, _purpose_limit(grounds), _contact_limit(grounds)]
    return min((limit for limit in limits if limit is not None), default=None)


def _purpose_limit(grounds: Grounds) -> datetime | None:
    if grounds.purpose_end is None or grounds.jurisdiction != TEXAS:
        return grounds.purpose_end
    return _years_later(grounds.purpose_end, 1)


def _contact_limit(grounds: Grounds) -> datetime | None:
    if grounds.last_contact is None or grounds.jurisdiction != ILLINOIS:
        return None
    return _years_later(grounds.last_contact, 3)


def _years_later(time: datetime, years: int) -> datetime:
    """The same day and hour of a later year; of 29 February the day before, so that no limit grows."""
    day = 28 if (time.month, time.day) == (2, 29) else time.day
    return time.replace(year=time.year + years, day=day)
