"""The eyes by MediaPipe's iris network: a mesh in; lids and pupils of both eyes out."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from recognizance.values import FloatArray
from recognizance.vision.align import cut
from recognizance.vision.decode import DecodedPhoto
from recognizance.vision.geometry import Square, inverse, lean_of, transformed
from recognizance.vision.mesh import LEFT_EYE_CORNERS, RIGHT_EYE_CORNERS, Mesh
from recognizance.vision.runtime import Network

_SIDE = 64  # px of the network's input
_MARGIN = 2.3  # side of the square over the width of the eye, as MediaPipe cuts it
# Points of the eye's contour in the network's first output, on the eye at the image's right.
_INNER, _OUTER = 0, 8
_LOWER, _UPPER = (3, 4, 5), (11, 12, 13)
_PUPIL = 0  # in the second output


@dataclass(frozen=True, slots=True)
class Eye:
    """`openness`: gap between the lids over the width of the eye; `pupil` float32 (2,) in px of the photo; `glance`
    float32 (2,): the pupil's distance from the middle between the eye's corners in widths of the eye, along the line
    through them to the image's right and across it downwards on an upright face.
    """

    openness: float
    pupil: FloatArray
    glance: FloatArray


class EyeReader:
    """Reads eyes with a MediaPipe iris network."""

    def __init__(self, network: Network) -> None:
        """The network's outputs are 71 points of lids and brow, and 5 of the iris, three numbers each."""
        self._network = network

    def read(self, photo: DecodedPhoto, mesh: Mesh) -> tuple[Eye, Eye]:
        """The eyes at the image's left and right."""
        transforms = [_around(mesh, corners).transform(_SIDE) for corners in (LEFT_EYE_CORNERS, RIGHT_EYE_CORNERS)]
        left, right = (cut(photo, transform, _SIDE, enlarge=2) for transform in transforms)
        # The network knows the eye at the image's right; the other one is shown to it in a mirror.
        contours, irises = (
            output.reshape(2, -1, 3)[:, :, :2]
            for output in self._network.run_pictures([cv2.flip(left, 1), right]).values()
        )
        for points in (contours, irises):
            points[0, :, 0] = _SIDE - points[0, :, 0]
        return (
            _measure(contours[0], irises[0, _PUPIL], transforms[0], (_OUTER, _INNER)),
            _measure(contours[1], irises[1, _PUPIL], transforms[1], (_INNER, _OUTER)),
        )


def _measure(contour: FloatArray, pupil: FloatArray, transform: FloatArray, corners: tuple[int, int]) -> Eye:
    left, right = contour[list(corners)]
    width = float(np.linalg.norm(right - left))
    along = (right - left) / width
    off = (pupil - (left + right) / 2) / width
    gap = np.linalg.norm(contour[list(_LOWER)] - contour[list(_UPPER)], axis=1).mean()
    return Eye(
        openness=float(gap) / width,
        pupil=transformed(pupil[None], inverse(transform))[0],
        glance=np.array([off @ along, off @ np.array([-along[1], along[0]])], dtype=np.float32),
    )


def _around(mesh: Mesh, corners: tuple[int, int]) -> Square:
    left, right = mesh.points[list(corners), :2]
    return Square((left + right) / 2, _MARGIN * float(np.linalg.norm(right - left)), lean_of(left, right))
