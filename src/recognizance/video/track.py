"""Track: a person followed through a clip, as a list of sightings, and who that is taken to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizance.values import Box, Face, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """A person seen in one frame: a body, a face, or both, in px of the upright frame.

    `vector` float32 (d,) is the face's embedding, None where there is no face or it was not looked at closely.
    `colours` float32 (k,) describes the body, of length 1; None without a body.
    """

    time_ms: int
    face: Face | None
    body: Box | None
    vector: FloatArray | None = field(default=None, repr=False)
    colours: FloatArray | None = field(default=None, repr=False)

    @property
    def place(self) -> Box:
        """Where the person is: the body, or as much of one as a face tells of."""
        if self.body is not None:
            return self.body
        assert self.face is not None  # one of the two is there
        return body_of(self.face.box)

    @property
    def worth(self) -> float:
        """How much the embedding helps to recognise somebody, 0 or more."""
        return 0.0 if self.vector is None else self.promise

    @property
    def promise(self) -> float:
        """How much an embedding of the face would help, 0 or more: large, sharp, and turned to the camera."""
        if self.face is None:
            return 0.0
        turned = max(abs(self.face.pose.yaw), abs(self.face.pose.pitch)) / 90
        size = min(self.face.box.width, LARGE_PX) / LARGE_PX
        return max(size * (1 - turned), 0.0) * (0.5 + self.face.quality.sharpness / 200)


LARGE_PX = 112.0
"""Width of a face in px from which a larger one is recognised no better: it is what the embedder sees."""


@dataclass(frozen=True, slots=True)
class Match:
    """An enrolled face that a track is taken for, as the API shows it, with the similarity (0..100) of the decision."""

    face: Mapping[str, Any]
    similarity: float


@dataclass(frozen=True, slots=True)
class Track:
    """All sightings of one person, in order of time. `index` counts people from 0 by their first appearance."""

    index: int
    sightings: tuple[Sighting, ...]
    matches: tuple[Match, ...] = ()
    evidence_ms: tuple[int, ...] = ()
    """Times of the frames on which the decision rests."""


def body_of(face: Box) -> Box:
    """About where the body of a standing person is, given the face: three faces wide and seven high."""
    return Box(face.left - face.width, face.top - 0.25 * face.height, 3 * face.width, 7 * face.height)


def corners(boxes: list[Box]) -> NDArray[np.float64]:
    """Boxes as float64 (n, 4): left, top, right, bottom."""
    return np.array([(b.left, b.top, b.left + b.width, b.top + b.height) for b in boxes], np.float64).reshape(-1, 4)


def overlaps(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union of each two boxes, corners (n, 4) and (m, 4), float64 (n, m)."""
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum(one[:, None, 2:], other[None, :, 2:])
    both = np.prod(np.clip(high - low, 0, None), axis=2)
    areas = [np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (one, other)]
    shared: NDArray[np.float64] = both / (areas[0][:, None] + areas[1][None] - both)
    return shared
