"""Boxes, points and transforms as pure array functions.

Everywhere: pixels, origin top-left, x to the right, y down; boxes are float32 (N, 4): left, top, right, bottom; points
are float32 (N, 2) as x, y; a transform is float32 (2, 3) and maps (x, y) to `matrix @ (x, y, 1)`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recognizance.values import FloatArray

Indices = NDArray[np.intp]


def areas(boxes: FloatArray) -> FloatArray:
    """Areas float32 (N,) of boxes (N, 4)."""
    areas: FloatArray = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return areas


def intersections(box: FloatArray, boxes: FloatArray) -> FloatArray:
    """Areas float32 (N,) that one box (4,) shares with each of boxes (N, 4).

    >>> intersections(np.float32([0, 0, 4, 4]), np.float32([[2, 2, 6, 6], [4, 0, 8, 4]])).tolist()
    [4.0, 0.0]
    """
    sides = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])
    shared: FloatArray = np.prod(np.maximum(sides, 0), axis=1, dtype=np.float32)
    return shared


def suppress(boxes: FloatArray, scores: FloatArray, *, iou: float, inside: float) -> Indices:
    """Indices, best score first, of the boxes that stay when each object may be found once.

    A box gives way to a better-scored one that overlaps it by more than `iou` (intersection over union), and to any
    larger one of those kept that holds more than `inside` of its area: parts of a big face are not faces.
    """
    area = areas(boxes)
    kept: list[int] = []
    rest = np.argsort(-scores, kind="stable")
    while rest.size:
        best, rest = int(rest[0]), rest[1:]
        kept.append(best)
        shared = intersections(boxes[best], boxes[rest])
        rest = rest[shared <= iou * (area[best] + area[rest] - shared)]
    return np.array([i for i in kept if not _is_part(i, kept, boxes, area, inside)], dtype=np.intp)


def _is_part(i: int, kept: list[int], boxes: FloatArray, area: FloatArray, inside: float) -> bool:
    larger = [j for j in kept if area[j] > area[i]]
    return bool((intersections(boxes[i], boxes[larger]) > inside * area[i]).any())


def decode_cells(
    offsets: FloatArray, point_offsets: FloatArray, cells: Indices, *, stride: int, columns: int
) -> tuple[FloatArray, FloatArray]:
    """Boxes (N, 4) and points (N, 5, 2) in pixels of the network's input, from what an anchor-free head says of cells.

    `offsets` float32 (N, 4): centre x and y in cells from the cell's corner, logarithms of width and height in cells;
    `point_offsets` float32 (N, 10): five times x, y in cells from that corner; `cells` (N,): row * columns + column.
    The convention is YuNet's (OpenCV, modules/objdetect/src/face_detect.cpp).
    """
    corner = np.stack([cells % columns, cells // columns], axis=1).astype(np.float32)
    centre = (corner + offsets[:, :2]) * stride
    half = np.exp(offsets[:, 2:]) * (stride / 2)
    points = (corner[:, None] + point_offsets.reshape(-1, 5, 2)) * stride
    return np.concatenate([centre - half, centre + half], axis=1), points


def turn_back(points: FloatArray, turns: int, width: float, height: float) -> FloatArray:
    """Points (..., 2) of a picture turned by `turns` quarter turns counter-clockwise, as `numpy.rot90` turns it, in the
    unturned picture, which measures width x height.

    >>> turn_back(np.float32([[0, 10]]), 1, 10, 20).tolist()  # bottom-left of the turned picture
    [[0.0, 0.0]]
    """
    x, y = points[..., 0], points[..., 1]
    unturned = ((x, y), (width - y, x), (width - x, height - y), (y, height - x))[turns % 4]
    return np.stack(unturned, axis=-1)


def similarity(source: FloatArray, target: FloatArray) -> FloatArray:
    """The transform (2, 3) of rotation, uniform scale and shift that takes points (N, 2) nearest to others (N, 2).

    Least squares; Umeyama, "Least-squares estimation of transformation parameters between two point patterns" (1991),
    which in the plane, without reflection, is a single complex factor.
    """
    from_centre, to_centre = source.mean(axis=0), target.mean(axis=0)
    a = (source - from_centre) @ np.array([1, 1j])
    b = (target - to_centre) @ np.array([1, 1j])
    factor = np.vdot(a, b) / np.vdot(a, a).real
    linear = np.array([[factor.real, -factor.imag], [factor.imag, factor.real]])
    shift = to_centre - linear @ from_centre
    return np.hstack([linear, shift[:, None]]).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Square:
    """A square part of a picture: `centre` float32 (2,) and `side` in px, leaning clockwise by `lean` radians."""

    centre: FloatArray
    side: float
    lean: float

    def transform(self, size: int) -> FloatArray:
        """The transform (2, 3) of the square into an upright picture of size x size px."""
        cos, sin = math.cos(self.lean) * size / self.side, math.sin(self.lean) * size / self.side
        linear = np.array([[cos, sin], [-sin, cos]])
        shift = size / 2 - linear @ self.centre
        return np.hstack([linear, shift[:, None]]).astype(np.float32)


def lean_of(left: FloatArray, right: FloatArray) -> float:
    """By how many radians, clockwise, -pi..pi, the line from one point (2,) to another departs from pointing right."""
    x, y = (right - left)[:2]
    return math.atan2(y, x)


def scale_of(transform: FloatArray) -> float:
    """The length that one pixel gets under a similarity transform (2, 3)."""
    return float(np.hypot(transform[0, 0], transform[1, 0]))


def scaled_source(transform: FloatArray, factor: FloatArray | float) -> FloatArray:
    """The same transform (2, 3) from a source that is `factor` as large: a number, or (2,) for x and y."""
    result = transform.copy()
    result[:, :2] /= factor
    return result


def inverse(transform: FloatArray) -> FloatArray:
    """The transform (2, 3) that undoes another."""
    linear = np.linalg.inv(transform[:, :2])
    return np.hstack([linear, -linear @ transform[:, 2:]]).astype(np.float32)


def transformed(points: FloatArray, transform: FloatArray) -> FloatArray:
    """Points (N, 2) under a transform (2, 3)."""
    result: FloatArray = points @ transform[:, :2].T + transform[:, 2]
    return result
