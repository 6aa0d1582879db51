"""Draw: the people of a clip in, its frames with a box and a name for each out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from recognizance.values import Box
from recognizance.video.clip import Frame
from recognizance.video.course import Course, faces_of
from recognizance.video.track import Track

PATIENCE_MS = 600
"""How far from a sighting a box is drawn: analysis looks at some frames only."""

COLOURS = ((255, 196, 0), (0, 200, 255), (255, 105, 180), (120, 220, 80), (200, 140, 255), (255, 130, 60))
"""RGB; people take them in turn."""

_INK = (0, 0, 0)


class Drawing:
    """Draws tracks on the frames of their clip. `names`: what to call people, by the index of their tracks."""

    def __init__(self, tracks: Sequence[Track], names: Mapping[int, str]) -> None:
        courses = [(track.index, faces_of(track)) for track in tracks]
        self._courses: list[tuple[int, Course]] = [(index, course) for index, course in courses if course is not None]
        self._names = names

    def draw(self, frame: Frame) -> NDArray[np.uint8]:
        """The pixels of a frame with everybody marked who is there about then."""
        picture = Image.fromarray(frame.pixels)
        drawn = ImageDraw.Draw(picture)
        font = ImageFont.load_default(size=max(12, round(max(picture.size) / 60)))
        for index, course in self._courses:
            box = course.at(frame.time_ms, patience_ms=PATIENCE_MS)
            if box is not None:
                _mark(drawn, box, self._names[index], COLOURS[index % len(COLOURS)], font)
        return np.asarray(picture)


def _mark(
    drawn: ImageDraw.ImageDraw,
    box: Box,
    name: str,
    colour: tuple[int, int, int],
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> None:
    """A frame around a box, and the name on a plate below it, where a forehead hides no name and no name a face."""
    right, bottom = box.left + box.width, box.top + box.height
    drawn.rectangle((box.left, box.top, right, bottom), outline=colour, width=2)
    left, top, width, height = drawn.textbbox((box.left + 3, bottom + 3), name, font=font)
    drawn.rectangle((left - 3, top - 3, width + 3, height + 3), fill=colour)
    drawn.text((box.left + 3, bottom + 3), name, fill=_INK, font=font)
