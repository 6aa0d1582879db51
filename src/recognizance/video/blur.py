"""Blur: a clip in, what of it has to be hidden out, and the hiding.

Every frame is looked at. A face that is missed for some frames stays hidden between, before and after its sightings,
for a missed face is still there. Clear are only the faces that are like an enrolled person's; in doubt a face is
hidden, whoever it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizance.values import Box, FloatArray
from recognizance.video.analysis import watch
from recognizance.video.clip import Clip, Frame
from recognizance.video.copying import EVERY_FRAME
from recognizance.video.course import Course, Point
from recognizance.video.linking import mean_face
from recognizance.video.look import Looker
from recognizance.video.track import Sighting, Track
from recognizance.video.tracking import SAME_SCORE, Stretch, Tracker

REACH_MS = 1_000
"""How long a face stays hidden before its first sighting and after its last."""

CLEAR_SCORE = 0.5
"""Cosine with an enrolled person's face from which a stretch of the clip is taken for that person's."""

MARGIN = 0.3
"""Of a face's size, hidden around it on each side."""

BLOCKS = 4
"""Blocks in a row of what is shown instead of a face: too few to tell anybody by."""

_SPEED_MS = 200  # over which a face's movement is measured where its sightings end


@dataclass(frozen=True, slots=True)
class Cover:
    """Hides one face along its course, and beyond its ends by `REACH_MS`."""

    course: Course

    def at(self, time_ms: int) -> Box | None:
        """What to hide at a time: all places between which the face may be. None for nothing."""
        first, last = self.course.points[0], self.course.points[-1]
        if not first.time_ms - REACH_MS <= time_ms <= last.time_ms + REACH_MS:
            return None
        before, after = self.course.around(time_ms)
        if first.time_ms <= time_ms <= last.time_ms:
            return _hull(before.box, after.box)
        return _hull(before.box, _moved_on(self.course, before, time_ms))


def find_covers(
    clip: Clip, looker: Looker, known: Sequence[FloatArray], *, threads: int, progress: Callable[[int], None]
) -> list[Cover]:
    """A cover for every face of a clip that is not like one of the `known`, float32 (d,) of length 1 each.

    Raises VideoError where the clip breaks off.
    """
    tracker = Tracker()
    for seen in watch(clip, looker.look, rate=EVERY_FRAME, threads=threads):
        if seen.cut:
            tracker.cut()
        tracker.update(seen.time_ms, seen.sightings)
        progress(seen.time_ms)
    return [cover for stretch in tracker.finish() for cover in _covers(stretch, known)]


def known_faces(tracks: Sequence[Track]) -> list[FloatArray]:
    """Of each person who was found in a collection, the mean of the best faces, float32 (d,) of length 1."""
    found = [mean_face(list(track.sightings)) for track in tracks if track.matches]
    return [face for face in found if face is not None]


def hide(frame: Frame, covers: Sequence[Cover]) -> NDArray[np.uint8]:
    """The pixels of a frame, with nothing left under the covers."""
    pixels = frame.pixels.copy()
    for cover in covers:
        box = cover.at(frame.time_ms)
        if box is not None:
            _coarsen(pixels, box)
    return pixels


def _covers(stretch: Stretch, known: Sequence[FloatArray]) -> Iterator[Cover]:
    clear = _is_clear(stretch, known)
    for hidden, run in groupby(stretch.sightings, key=lambda sighting: not clear(sighting)):
        points = [Point(sighting.time_ms, sighting.face.box) for sighting in run if sighting.face is not None]
        if hidden and points:
            yield Cover(Course(points))


def _is_clear(stretch: Stretch, known: Sequence[FloatArray]) -> Callable[[Sighting], bool]:
    """Which sightings of a stretch need no hiding: the stretch as a whole and each face by itself look known."""
    face = mean_face(stretch.sightings)
    alike = [other for other in known if face is not None and float(face @ other) >= CLEAR_SCORE]

    def clear(sighting: Sighting) -> bool:
        vector = sighting.vector
        return vector is not None and any(
            float(vector @ other) >= SAME_SCORE * float(np.linalg.norm(vector)) for other in alike
        )

    return clear


def _moved_on(course: Course, end: Point, time_ms: int) -> Box:
    """Where a face would be if it moved on as it did at that end of its course."""
    early = time_ms < end.time_ms
    other = course.around(end.time_ms + _SPEED_MS)[1] if early else course.around(end.time_ms - _SPEED_MS)[0]
    if other.time_ms == end.time_ms:
        return end.box
    factor = (time_ms - end.time_ms) / (end.time_ms - other.time_ms)
    return Box(
        end.box.left + factor * (end.box.left - other.box.left),
        end.box.top + factor * (end.box.top - other.box.top),
        end.box.width,
        end.box.height,
    )


def _hull(one: Box, other: Box) -> Box:
    left, top = min(one.left, other.left), min(one.top, other.top)
    right = max(one.left + one.width, other.left + other.width)
    bottom = max(one.top + one.height, other.top + other.height)
    return Box(left, top, right - left, bottom - top)


def _coarsen(pixels: NDArray[np.uint8], box: Box) -> None:
    """Replace a box and its margin by a few blocks, in place."""
    height, width = pixels.shape[:2]
    rows = _stretch(box.top, box.height, height)
    columns = _stretch(box.left, box.width, width)
    part = pixels[rows, columns]
    if part.size:
        blocks = cv2.resize(part, (BLOCKS, BLOCKS), interpolation=cv2.INTER_AREA)
        part[:] = cv2.resize(blocks, (part.shape[1], part.shape[0]), interpolation=cv2.INTER_LINEAR)


def _stretch(start: float, length: float, most: int) -> slice:
    low, high = start - MARGIN * length, start + (1 + MARGIN) * length
    return slice(int(np.clip(np.floor(low), 0, most)), int(np.clip(np.ceil(high), 0, most)))
