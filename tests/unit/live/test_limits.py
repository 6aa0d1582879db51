"""Zones and hours, as tags state them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from recognizance.errors import InvalidRequestError
from recognizance.live.limits import HOURS_TAG, ZONES_TAG, read_limits
from recognizance.values import Box

FACE = Box(40, 40, 20, 20)  # its middle is at half of a picture of 100 x 100 px


@pytest.mark.parametrize(
    ("tags", "seen"),
    [
        pytest.param({}, True, id="everywhere"),
        pytest.param({ZONES_TAG: "0 0 1 0.5"}, True, id="on the edge of a zone"),
        pytest.param({ZONES_TAG: "0.6 0 0.4 1"}, False, id="beside it"),
        pytest.param({ZONES_TAG: "0.6 0 0.4 1/0.4 0.4 0.2 0.2"}, True, id="in the second of two"),
    ],
)
def test_zones(tags, seen):
    assert read_limits(tags).holds(FACE, 100, 100) is seen


@pytest.mark.parametrize(
    ("hours", "hour", "watches"),
    [
        pytest.param("08:00-18:00", 8, True, id="at the start"),
        pytest.param("08:00-18:00", 18, False, id="at the end"),
        pytest.param("22:00-06:00", 23, True, id="before midnight"),
        pytest.param("22:00-06:00", 5, True, id="after midnight"),
        pytest.param("22:00-06:00", 12, False, id="at noon"),
        pytest.param("00:00-00:00", 12, True, id="always"),
        pytest.param("08:00-18:00 Europe/Berlin", 7, True, id="by another clock"),
    ],
)
def test_hours(hours, hour, watches):
    assert read_limits({HOURS_TAG: hours}).watches(datetime(2026, 1, 5, hour, tzinfo=UTC)) is watches


@pytest.mark.parametrize(
    ("tags", "complaint"),
    [
        pytest.param({ZONES_TAG: "0 0 1"}, "four ratios", id="three numbers"),
        pytest.param({ZONES_TAG: "0 0 1 nan"}, "four ratios", id="no number"),
        pytest.param({ZONES_TAG: "a b c d"}, "four ratios", id="words"),
        pytest.param({HOURS_TAG: "8-18"}, "08:00-18:00", id="hours without minutes"),
        pytest.param({HOURS_TAG: "08:00-18:00 Mars/Base"}, "Mars/Base", id="no such clock"),
        pytest.param({HOURS_TAG: "08:00-18:00 /etc/passwd"}, "/etc/passwd", id="a path"),
    ],
)
def test_tags_that_cannot_be_read(tags, complaint):
    with pytest.raises(InvalidRequestError, match=complaint):
        read_limits(tags)
