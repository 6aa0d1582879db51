"""People in a picture by a single shot detector: pixels in, boxes of bodies out, from whatever side.

The network was made for squares of 300 px, so a picture is searched in squares as high as it is (or as wide, where it
is higher), which lie over each other.
"""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizance.models.catalog import PEOPLE
from recognizance.models.fetch import pull
from recognizance.models.frozen import OUTPUTS
from recognizance.values import Box, FloatArray
from recognizance.vision.geometry import suppress
from recognizance.vision.runtime import Network

SIDE = 300
"""Px of a square as the network sees it."""

CONFIDENCE = 0.4
"""Score from which a box is a person."""

_OVERLAP = 0.5  # intersection over union from which two boxes are one person
_INSIDE = 0.8  # share of a box that lies in a larger one from which it is a part of that person
_SCALES = (0.2, 0.35, 0.5, 0.65, 0.8, 0.95, 1.0)  # of the square: sizes that a level looks for, and those of the next
_RATIOS = (1.0, 2.0, 0.5, 3.0, 1 / 3)
_FINEST = ((0.1, 1.0), (0.2, 2.0), (0.2, 0.5))  # size and ratio of the first level's boxes
_VARIANCES = (10.0, 10.0, 5.0, 5.0)  # by which the network divides what it says of a box


def open_people(folder: Path) -> PeopleFinder:
    """The detector, its network brought into the folder of weights if it is not there. Raises WeightsError."""
    pull(PEOPLE, folder)
    return PeopleFinder(Network(PEOPLE.card, folder))


class PeopleFinder:
    """Finds people; safe to call from several threads."""

    def __init__(self, network: Network) -> None:
        """The network has the outputs `frozen.OUTPUTS`."""
        self._network = network

    def __call__(self, pixels: NDArray[np.uint8]) -> list[Box]:
        """Bodies in a picture RGB uint8 (h, w, 3), the surest first."""
        found = [self._search(pixels, top, left) for top, left in squares(*pixels.shape[:2])]
        boxes, scores = np.concatenate([one for one, _ in found]), np.concatenate([other for _, other in found])
        kept = boxes[suppress(boxes, scores, iou=_OVERLAP, inside=_INSIDE)].tolist()
        return [Box(left, top, right - left, bottom - top) for left, top, right, bottom in kept]

    def _search(self, pixels: NDArray[np.uint8], top: int, left: int) -> tuple[FloatArray, FloatArray]:
        """Corners float32 (n, 4) and scores (n,) of what a square shows."""
        side = min(pixels.shape[:2])
        square = cv2.resize(pixels[top : top + side, left : left + side], (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        outputs = self._network.run_pictures([square.astype(np.uint8)])
        levels = [
            _read_level(level, outputs[boxes], outputs[classes])
            for level, (boxes, classes) in enumerate(zip(OUTPUTS[::2], OUTPUTS[1::2], strict=True))
        ]
        corners = np.concatenate([boxes for boxes, _ in levels]) * side + np.array([left, top, left, top])
        return corners.astype(np.float32), np.concatenate([scores for _, scores in levels])


def squares(height: int, width: int) -> list[tuple[int, int]]:
    """Top and left edge of the squares that cover a picture: as few as it takes, evenly over its longer side."""
    side, longer = min(height, width), max(height, width)
    starts = np.linspace(0, longer - side, math.ceil(longer / side)).round().astype(int).tolist()
    return [(0, start) if width >= height else (start, 0) for start in starts]


def _read_level(level: int, boxes: FloatArray, classes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Corners (n, 4) as ratios of the square, and scores, of a level's maps (1, 4 k, h, w) and (1, 2 k, h, w)."""
    rows, columns = boxes.shape[2:]
    anchors = _anchors(level, rows, columns)
    scores = 1 / (1 + np.exp(-classes[0].transpose(1, 2, 0).reshape(-1, 2)[:, 1]))  # of a person; the other is nothing
    told = np.flatnonzero(scores >= CONFIDENCE)
    y, x, height, width = (boxes[0].transpose(1, 2, 0).reshape(-1, 4)[told] / _VARIANCES).T
    middle_y, middle_x, high, wide = anchors[told].T
    middle_y, middle_x = middle_y + y * high, middle_x + x * wide
    high, wide = high * np.exp(height) / 2, wide * np.exp(width) / 2
    corners = np.stack([middle_x - wide, middle_y - high, middle_x + wide, middle_y + high], axis=1)
    return corners.astype(np.float32), scores[told]


def _anchors(level: int, rows: int, columns: int) -> NDArray[np.float64]:
    """Middle (y, x), height and width (n, 4) of the boxes that a level starts from, as ratios of the square."""
    scale = _SCALES[level]
    between = math.sqrt(scale * _SCALES[level + 1])
    kinds = _FINEST if level == 0 else (*((scale, ratio) for ratio in _RATIOS), (between, 1.0))
    sizes = np.array([(size / math.sqrt(ratio), size * math.sqrt(ratio)) for size, ratio in kinds])
    y, x = np.meshgrid((np.arange(rows) + 0.5) / rows, (np.arange(columns) + 0.5) / columns, indexing="ij")
    middles = np.stack([y, x], axis=2).reshape(-1, 1, 2)
    count = len(kinds)
    anchors = np.concatenate([np.repeat(middles, count, axis=1), np.broadcast_to(sizes, (rows * columns, count, 2))], 2)
    return anchors.reshape(-1, 4)
