"""Where a box is between its sightings."""

from __future__ import annotations

import pytest

from recognizance.values import Box
from recognizance.video.course import Course, Point

COURSE = Course([Point(1000, Box(0, 0, 10, 10)), Point(2000, Box(100, 50, 20, 30)), Point(9000, Box(0, 0, 10, 10))])


@pytest.mark.parametrize(
    ("time_ms", "box"),
    [
        pytest.param(1000, Box(0, 0, 10, 10), id="at a sighting"),
        pytest.param(1500, Box(50, 25, 15, 20), id="half way"),
        pytest.param(500, Box(0, 0, 10, 10), id="a little before the first"),
        pytest.param(399, None, id="long before it"),
        pytest.param(9600, Box(0, 0, 10, 10), id="a little after the last"),
        pytest.param(5000, None, id="in a long gap"),
    ],
)
def test_box_at_a_time(time_ms, box):
    assert COURSE.at(time_ms, patience_ms=600) == box
