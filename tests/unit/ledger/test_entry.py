"""An entry's bytes, its link to the one before, and its time when the clock misbehaves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from recognizance.ledger.entry import Draft, compose, write_moment
from recognizance.ledger.kinds import ENVELOPE
from recognizance.ledger.verifier import FIRST, parse

NOW = datetime(2026, 11, 25, 1, 2, 3, 456_789, tzinfo=UTC)
DRAFT = Draft("erasure", {"refs": ["b", "a"], "operator": "RK1"}, NOW)


def test_the_bytes_of_an_entry():
    entry = compose(DRAFT, index=0, previous=FIRST, last=None)
    assert entry.body.decode() == (
        '{"at":"2026-11-25T01:02:03.456Z","index":0,"kind":"erasure","operator":"RK1",'
        f'"previous":"{"0" * 64}","refs":["b","a"],"v":1}}'
    )
    assert entry.at == NOW.replace(microsecond=456_000)


@pytest.mark.parametrize(
    ("last", "at", "back"),
    [
        (NOW - timedelta(hours=1), NOW, None),
        (NOW.replace(microsecond=456_000), NOW, None),
        (NOW + timedelta(days=365), NOW + timedelta(days=365), True),
    ],
    ids=["an hour later", "the same millisecond", "the clock was set back a year"],
)
def test_time_never_runs_back(last, at, back):
    entry = parse(compose(DRAFT, index=5, previous="a" * 64, last=last).body)
    assert entry["at"] == write_moment(at)
    assert entry.get("clock_back") is back
    assert entry.keys() - {"refs", "operator"} <= ENVELOPE


def test_times_of_other_zones_are_written_in_utc():
    assert write_moment(NOW.astimezone(timezone(timedelta(hours=5)))) == "2026-11-25T01:02:03.456Z"
