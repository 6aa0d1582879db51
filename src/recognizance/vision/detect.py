"""Faces in a picture by YuNet: a view in, boxes, scores and five points out.

YuNet knows faces of about 10 to 300 px, so a picture is searched twice: wide, as large as the smallest face that is
asked for needs it, and near, shrunk and with its border repeated outwards, for faces that fill the picture or are cut
by its edge. When neither finds a face that surely stands upright, the picture may lie on its side: the other three
orientations are tried.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizance.values import FloatArray
from recognizance.vision.decode import halved
from recognizance.vision.geometry import decode_cells, suppress, turn_back
from recognizance.vision.runtime import Network, lay_out

Pixels = NDArray[np.uint8]

WIDE_SIDE = 1280
"""Longer side in px of the wide search, at most: a face of 40 px in 1920 x 1080 measures 27 px in it."""
_LEAST_WIDE_SIDE = 384  # a picture smaller than that is searched as it is, and nothing in it is too near
_NEAR_SIDE = 256  # longer side in px of the near search, border included
_BORDER = 0.25  # of the longer side, on each side of the near search
_STRIDES = (8, 16, 32)
_CONFIDENCE = 0.6
_OVERLAP = 0.3  # intersection over union from which two boxes are one face
_INSIDE = 0.7  # share of a box that lies in a larger one from which it is a part of that face
_MOST_FACES = 100
_OTHER_TURNS = (3, 1, 2)  # quarter turns counter-clockwise, in the order in which they are tried
_UPRIGHT = 0.91  # a face that lies on its side or head is seen too, with points in wrong places, but scores less


@dataclass(frozen=True, slots=True)
class Detections:
    """Faces found: boxes float32 (N, 4) as left, top, right, bottom, not clamped; scores (N,) 0..1; points (N, 5, 2) in
    the order of `values.Face.points_px`. All in px of the searched picture.
    """

    boxes: FloatArray
    scores: FloatArray
    points: FloatArray

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def conviction(self) -> float:
        """The best score, 0 without faces."""
        return float(self.scores.max(initial=0))

    def pick(self, indices: NDArray[np.intp]) -> Detections:
        """Those at the indices, in their order."""
        return Detections(self.boxes[indices], self.scores[indices], self.points[indices])

    def moved(self, factor: FloatArray | NDArray[np.float64] | float, shift: float = 0.0) -> Detections:
        """Coordinates multiplied by `factor` (a number, or (2,) for x and y) and then shifted by `shift`."""
        boxes = (self.boxes.reshape(-1, 2, 2) * factor + shift).reshape(-1, 4)
        return Detections(boxes.astype(np.float32), self.scores, (self.points * factor + shift).astype(np.float32))


class Detector:
    """Finds faces with a YuNet network."""

    def __init__(self, network: Network) -> None:
        """The network has outputs cls, obj, bbox and kps for each stride 8, 16, 32."""
        self._network = network

    def find(self, picture: Pixels, side: int) -> Detections:
        """At most 100 candidates, largest first, in a picture RGB uint8 (h, w, 3); `side` is its `wide_side`."""
        height, width = picture.shape[:2]
        best, best_turns = self._search(picture, side), 0
        for turns in _OTHER_TURNS:
            if best.conviction >= _UPRIGHT:
                break
            found = self._search(np.ascontiguousarray(np.rot90(picture, turns)), side)
            if found.conviction > best.conviction:
                best, best_turns = found, turns
        return _turned_back(best, best_turns, width, height)

    def _search(self, picture: Pixels, side: int) -> Detections:
        smaller, scale = shrunk(picture, side)
        found = self._run(smaller)
        if side > _LEAST_WIDE_SIDE or found.conviction < _UPRIGHT:
            found = _joined([found, self._near(smaller)])
        kept = found.pick(suppress(found.boxes, found.scores, iou=_OVERLAP, inside=_INSIDE)).moved(1 / scale)
        sizes = np.prod(kept.boxes[:, 2:] - kept.boxes[:, :2], axis=1)
        return kept.pick(np.argsort(-sizes, kind="stable")[:_MOST_FACES])

    def _near(self, picture: Pixels) -> Detections:
        smaller, scale = shrunk(picture, round(_NEAR_SIDE / (1 + 2 * _BORDER)))
        border = round(max(smaller.shape) * _BORDER)
        framed = cv2.copyMakeBorder(smaller, border, border, border, border, cv2.BORDER_REPLICATE)
        return self._run(framed).moved(1, -border).moved(1 / scale)

    def _run(self, picture: Pixels) -> Detections:
        """Every cell that shows a face, before suppression."""
        height, width = picture.shape[:2]
        # Sides that the network can halve five times; what is added on the right and below stays black.
        blob = np.zeros((1, 3, _multiple(height), _multiple(width)), np.float32)
        lay_out(picture, self._network.contract, blob[0, :, :height, :width])
        outputs = self._network.run(blob)
        return _joined([_read_head(outputs, stride, blob.shape[3] // stride) for stride in _STRIDES])


def wide_side(width: int, height: int) -> int:
    """Longer side in px of the wide search of a photo: two thirds of its own, within limits."""
    longer = max(width, height)
    return min(longer, max(_LEAST_WIDE_SIDE, min(WIDE_SIDE, round(longer * 2 / 3))))


def shrunk(picture: Pixels, side: int) -> tuple[Pixels, FloatArray]:
    """The picture with its longer side at most `side` px, and its scale float32 (2,) for x and y; never enlarged."""
    height, width = picture.shape[:2]
    scale = np.ones(2, np.float32)
    if max(height, width) <= side:
        return picture, scale
    while max(height, width) >= 2 * side and min(height, width) > 1:
        picture = halved(picture)
        height, width = picture.shape[:2]
        scale /= 2
    factor = side / max(height, width)
    size = np.maximum(np.round(np.multiply((width, height), factor)), 1).astype(int)
    smaller = cv2.resize(picture, size.tolist(), interpolation=cv2.INTER_LINEAR)
    return smaller, (scale * size / (width, height)).astype(np.float32)


def _read_head(outputs: dict[str, FloatArray], stride: int, columns: int) -> Detections:
    # A cell's score is the geometric mean of "a face" and "here is its centre", as in OpenCV's implementation.
    squares = (outputs[f"cls_{stride}"] * outputs[f"obj_{stride}"])[0, :, 0]
    cells = np.flatnonzero(squares > _CONFIDENCE**2)
    boxes, points = decode_cells(
        outputs[f"bbox_{stride}"][0, cells], outputs[f"kps_{stride}"][0, cells], cells, stride=stride, columns=columns
    )
    return Detections(boxes, np.sqrt(np.minimum(squares[cells], 1)), points)


def _joined(parts: Sequence[Detections]) -> Detections:
    return Detections(
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.points for part in parts]),
    )


def _turned_back(found: Detections, turns: int, width: int, height: int) -> Detections:
    """Faces of a turned picture in the unturned one. Points stay with the part of the face that they mark."""
    corners = turn_back(found.boxes.reshape(-1, 2, 2), turns, width, height)
    boxes = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)
    return Detections(boxes, found.scores, turn_back(found.points, turns, width, height))


def _multiple(length: int) -> int:
    return 32 * math.ceil(length / 32)
