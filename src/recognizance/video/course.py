"""Course: boxes seen at some times in, where that was at any time between out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from recognizance.values import Box
from recognizance.video.track import Track


@dataclass(frozen=True, slots=True)
class Point:
    """A box in px of the upright frame, and the ms of the clip at which it was seen."""

    time_ms: int
    box: Box


class Course:
    """The way of one thing through a clip: one point at least, in order of time."""

    def __init__(self, points: Sequence[Point]) -> None:
        self.points = tuple(points)
        self._times = [point.time_ms for point in points]

    def around(self, time_ms: int) -> tuple[Point, Point]:
        """The points before (or at) and after a time; the same one twice at a point and outside of the course."""
        place = bisect_right(self._times, time_ms)
        before = self.points[max(place - 1, 0)]
        after = self.points[min(place, len(self.points) - 1)]
        return (before, before) if before.time_ms == time_ms else (before, after)

    def at(self, time_ms: int, *, patience_ms: int) -> Box | None:
        """The box at a time, moving evenly between two points; None where neither is within `patience_ms`."""
        before, after = self.around(time_ms)
        if min(abs(time_ms - before.time_ms), abs(after.time_ms - time_ms)) > patience_ms:
            return None
        length = after.time_ms - before.time_ms
        return _mix(before.box, after.box, (time_ms - before.time_ms) / length) if length else before.box


def faces_of(track: Track) -> Course | None:
    """The way of a person's face; None for somebody whose face was never seen."""
    points = [Point(sighting.time_ms, sighting.face.box) for sighting in track.sightings if sighting.face is not None]
    return Course(points) if points else None


def _mix(one: Box, other: Box, share: float) -> Box:
    return Box(
        one.left + share * (other.left - one.left),
        one.top + share * (other.top - one.top),
        one.width + share * (other.width - one.width),
        one.height + share * (other.height - one.height),
    )
