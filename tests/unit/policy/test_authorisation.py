"""The clock of a case: open to the last moment, then sealed; and what a permission on record is worth."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from recognizance.policy.authorisation import Authorisation, CaseClock, Clock, Standing

from .samples import DAY, HOUR, NOW

MOMENT = timedelta(milliseconds=1)
LAST = NOW + 48 * HOUR


@pytest.mark.parametrize(
    ("name", "authorised", "rejected", "now", "state"),
    [
        ("at once", None, None, NOW, Clock.OPEN),
        ("47:59", None, None, NOW + 47 * HOUR + timedelta(minutes=59), Clock.OPEN),
        ("the last moment", None, None, LAST - MOMENT, Clock.OPEN),
        ("48:00", None, None, LAST, Clock.SEALED),
        ("a year later", None, None, NOW + 365 * DAY, Clock.SEALED),
        ("authorised in the last moment", LAST - MOMENT, None, NOW + 365 * DAY, Clock.OPEN),
        ("authorised before the first search", NOW - DAY, None, LAST, Clock.OPEN),
        ("authorised at 48:00", LAST, None, LAST, Clock.SEALED),
        ("authorised too late", LAST + HOUR, None, LAST + DAY, Clock.SEALED),
        ("rejected", None, NOW + HOUR, NOW + HOUR, Clock.DESTROYED),
        ("rejected after it was sealed", None, LAST + HOUR, LAST + HOUR, Clock.DESTROYED),
        ("authorised and then rejected", NOW, NOW + HOUR, NOW + HOUR, Clock.DESTROYED),
    ],
)
def test_where_the_clock_stands(name, authorised, rejected, now, state):
    assert CaseClock(NOW, 48, authorised, rejected).state(now) is state


GRANTED = Authorisation("a-1", "ref", "C-1", "people", "a court", "ada", NOW, NOW + DAY)


@pytest.mark.parametrize(
    ("name", "changes", "case", "collection", "person", "now", "standing"),
    [
        ("as granted", {}, "C-1", "people", "olga", NOW, Standing.VALID),
        ("to the last moment", {}, "C-1", "people", "olga", NOW + DAY - MOMENT, Standing.VALID),
        ("at its end", {}, "C-1", "people", "olga", NOW + DAY, Standing.EXPIRED),
        ("another case", {}, "C-2", "people", "olga", NOW, Standing.OTHER_SCOPE),
        ("another collection", {}, "C-1", "others", "olga", NOW, Standing.OTHER_SCOPE),
        ("any collection", {"collection": None}, "C-1", "others", "olga", NOW, Standing.VALID),
        ("taken back", {"rejected_at": NOW}, "C-1", "people", "olga", NOW, Standing.REJECTED),
        ("by whoever searches", {}, "C-1", "people", "ada", NOW, Standing.OWN),
    ],
)
def test_what_an_authorisation_is_worth(name, changes, *, case, collection, person, now, standing):
    found = replace(GRANTED, **changes)
    assert found.standing(case=case, collection=collection, person=person, now=now) is standing
