"""The shape of a face by MediaPipe's face mesh: a detected face in, 468 points in three dimensions out.

The network wants an upright face in the middle of its square. The detector's five points say which way is up only
roughly (they lag behind a leaning head), so a face that turns out to lean differently, or is hard to see, is looked at
again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from recognizance.values import FloatArray
from recognizance.vision.align import cut
from recognizance.vision.decode import DecodedPhoto
from recognizance.vision.geometry import Square, inverse, lean_of, scale_of, transformed
from recognizance.vision.runtime import Network

LEFT_EYE_CORNERS = (33, 133)
RIGHT_EYE_CORNERS = (362, 263)
"""Outer and inner corner, then inner and outer: the image's left and right on an upright face, as everywhere."""

_SIDE = 192  # px of the network's input
_MARGIN = 1.5  # side of the square over the longer side of the face, as MediaPipe cuts it
_LOOKS = 3
_SURE = 0.9  # presence from which another look changes nothing
_LEVEL = math.radians(8)  # and a lean within which it does not


@dataclass(frozen=True, slots=True)
class Mesh:
    """`points` float32 (468, 3): x, y in px of the photo, z in px too, growing away from the camera; `presence` 0..1 is
    how sure the network is that it saw a face.
    """

    points: FloatArray
    presence: float

    @property
    def lean(self) -> float:
        """Radians by which the face leans clockwise in the picture, from eye corner to eye corner."""
        return lean_of(self.points[LEFT_EYE_CORNERS[0]], self.points[RIGHT_EYE_CORNERS[1]])


class Mesher:
    """Fits meshes with a MediaPipe face mesh network."""

    def __init__(self, network: Network) -> None:
        """The network's outputs are the points (1404 numbers a face) and a logit of the face's presence."""
        self._network = network

    def fit(self, photo: DecodedPhoto, box: FloatArray, points: FloatArray) -> Mesh:
        """The mesh of the face with this box (4,) as left, top, right, bottom and these five points (5, 2)."""
        side = _MARGIN * float(max(box[2:] - box[:2]))
        square = Square((box[:2] + box[2:]) / np.float32(2), side, lean_of(points[0], points[1]))
        mesh = self._look(photo, square)
        for _ in range(_LOOKS - 1):
            level = abs(math.remainder(mesh.lean - square.lean, math.tau)) < _LEVEL
            if level and mesh.presence > _SURE:
                break
            square = _around(mesh)
            mesh = self._look(photo, square)
        return mesh

    def _look(self, photo: DecodedPhoto, square: Square) -> Mesh:
        transform = square.transform(_SIDE)
        # The network does well on faces of half its size, so they are enlarged rather than decoded anew.
        points, logit = self._network.run_pictures([cut(photo, transform, _SIDE, enlarge=2)]).values()
        points = points.reshape(-1, 3)
        flat = transformed(points[:, :2], inverse(transform))
        depth = points[:, 2:] / scale_of(transform)
        return Mesh(np.hstack([flat, depth]).astype(np.float32), float(1 / (1 + np.exp(-logit.item()))))


def _around(mesh: Mesh) -> Square:
    """The square that MediaPipe puts around a mesh to look at the same face again."""
    level = Square(np.zeros(2, np.float32), 1, mesh.lean).transform(1)
    level[:, 2] = 0
    upright = transformed(mesh.points[:, :2], level)
    low, high = upright.min(axis=0), upright.max(axis=0)
    centre = transformed((low + high)[None] / 2, inverse(level))[0]
    return Square(centre, _MARGIN * float(max(high - low)), mesh.lean)
