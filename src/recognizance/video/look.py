"""Look: one frame in, the people seen in it out: faces with embeddings, bodies, and which face sits on which body."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from recognizance.ports import Vision
from recognizance.values import Box, Face, FloatArray
from recognizance.video.clip import Frame
from recognizance.video.track import Sighting

FindBodies = Callable[[NDArray[np.uint8]], Sequence[Box]]
"""Bodies of people in an upright frame RGB uint8 (h, w, 3)."""

LEAST_FACE_PX = 24.0
"""Width of a face below which it tells nobody from anybody."""

_BINS = (8, 4)  # of hue and of saturation, in each half of a body
_NEVER = 1e6
_HEAD = 0.35  # of a body's height, from the top: where its face is


@dataclass(frozen=True, slots=True)
class Looker:
    """Looks at frames; safe to call from several threads. `bodies` is None where only faces count."""

    vision: Vision
    bodies: FindBodies | None = None

    def look(self, frame: Frame) -> list[Sighting]:
        """Everybody in a frame, with embeddings of all faces that are large enough."""
        seen = self.glance(frame)
        return self.recognise(frame, seen, range(len(seen)))

    def glance(self, frame: Frame) -> list[Sighting]:
        """Everybody in a frame, without embeddings, which cost more than all the rest."""
        faces = self.vision.detect(self.vision.frame(frame.pixels))
        bodies = list(self.bodies(frame.pixels)) if self.bodies is not None else []
        return [
            Sighting(frame.time_ms, face, body, None, _colours(frame.pixels, body))
            for face, body in pair(faces, bodies)
        ]

    def recognise(self, frame: Frame, seen: Sequence[Sighting], places: Iterable[int]) -> list[Sighting]:
        """What was seen in a frame, with embeddings of the faces at these places of the list."""
        photo, known = self.vision.frame(frame.pixels), list(seen)
        for place in places:
            face = seen[place].face
            if face is not None and face.box.width >= LEAST_FACE_PX:
                [embedding] = self.vision.embed(photo, [face])
                known[place] = replace(seen[place], vector=embedding.vector)
        return known


def pair(faces: Sequence[Face], bodies: Sequence[Box]) -> list[tuple[Face | None, Box | None]]:
    """Each face with the body whose head it is, faces and bodies alone where there is none."""
    if not faces or not bodies:
        return [(face, None) for face in faces] + [(None, body) for body in bodies]
    cost = np.array([[_misfit(face.box, body) for body in bodies] for face in faces])
    rows, columns = linear_sum_assignment(cost)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    fitting = {row: column for row, column in pairs if cost[row, column] < _NEVER}
    alone = set(range(len(bodies))) - set(fitting.values())
    with_faces = [(face, bodies[fitting[row]] if row in fitting else None) for row, face in enumerate(faces)]
    return [*with_faces, *((None, bodies[column]) for column in sorted(alone))]


def _misfit(face: Box, body: Box) -> float:
    """How far a face is from where a body's face would be, in body widths; `_NEVER` where it is not its."""
    x, y = face.left + face.width / 2, face.top + face.height / 2
    beside = not body.left <= x <= body.left + body.width
    astray = not body.top - face.height / 2 <= y <= body.top + _HEAD * body.height
    if beside or astray or face.width > body.width:
        return _NEVER
    return float(np.hypot(x - body.left - body.width / 2, y - body.top - 0.1 * body.height)) / body.width


def _colours(pixels: NDArray[np.uint8], body: Box | None) -> FloatArray | None:
    """Root of the shares of hue and saturation in the upper and lower half of a body, float32 (64,), length 1."""
    if body is None:
        return None
    height, width = pixels.shape[:2]
    left, right = np.clip([body.left + 0.2 * body.width, body.left + 0.8 * body.width], 0, width).astype(int)
    top, bottom = np.clip([body.top, body.top + body.height], 0, height).astype(int)
    halves = [pixels[top : (top + bottom) // 2, left:right], pixels[(top + bottom) // 2 : bottom, left:right]]
    if min(half.size for half in halves) == 0:
        return None
    shares = []
    for half in halves:
        hsv = cv2.cvtColor(np.ascontiguousarray(half), cv2.COLOR_RGB2HSV)
        counted = cv2.calcHist([hsv], [0, 1], None, list(_BINS), [0, 180, 0, 256])
        shares.append(counted.ravel() / (2 * counted.sum()))
    roots: FloatArray = np.sqrt(np.concatenate(shares)).astype(np.float32)
    return roots
