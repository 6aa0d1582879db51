"""The shortest limit holds, and a further one never makes the term longer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance.retention.term import Grounds, limit_at

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def day(year, month=1, day=1):
    return datetime(year, month, day, 9, 30, tzinfo=UTC)


CASES = [
    ("nothing known", Grounds("EU"), None),
    ("the consent's term", Grounds("EU", consent_expires=day(2027)), day(2027)),
    ("the purpose before the consent's term", Grounds("EU", day(2028), day(2027)), day(2027)),
    ("the consent's term before the purpose", Grounds("EU", day(2027), day(2028)), day(2027)),
    ("contact counts in Illinois", Grounds("US-IL", last_contact=day(2026)), day(2029)),
    ("contact counts in Illinois alone", Grounds("EU", last_contact=day(2026)), None),
    ("Illinois: the purpose, if it ends first", Grounds("US-IL", None, day(2028), day(2026)), day(2028)),
    ("Illinois: the contact, if that is first", Grounds("US-IL", None, day(2030), day(2026)), day(2029)),
    ("Texas leaves a year after the purpose", Grounds("US-TX", purpose_end=day(2027)), day(2028)),
    ("Texas, a shorter consent", Grounds("US-TX", day(2027, 6), day(2027)), day(2027, 6)),
    ("from a leap day, not a day more", Grounds("US-IL", last_contact=day(2028, 2, 29)), day(2031, 2, 28)),
]


@pytest.mark.parametrize(("grounds", "limit"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_shortest_limit_holds(grounds, limit):
    assert limit_at(grounds) == limit


moments = st.none() | st.integers(-20_000, 20_000).map(lambda days: NEW_YEAR + timedelta(days=days))
grounds = st.builds(Grounds, st.sampled_from(["EU", "US-IL", "US-TX"]), moments, moments, moments)


@given(grounds, st.sampled_from(["consent_expires", "purpose_end", "last_contact"]))
def test_a_limit_more_never_makes_the_term_longer(some, limit):
    without, with_it = limit_at(replace(some, **{limit: None})), limit_at(some)
    assert with_it is None or without is None or with_it <= without
    assert with_it is not None or without is None
