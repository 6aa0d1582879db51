"""Scene: where a clip cuts from one picture to another, told by how much frames differ."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 32
"""Px of the thumbnails that are compared."""

CHANGE = 0.25
"""Mean change of brightness, of the full range, that a movement does not make and a cut mostly does."""


class CutFinder:
    """Says of each frame of a clip whether it begins a new scene."""

    def __init__(self) -> None:
        self._before: NDArray[np.float32] | None = None

    def cuts(self, pixels: NDArray[np.uint8]) -> bool:
        """Whether a frame RGB uint8 (h, w, 3) is of another scene than the one before."""
        small = cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        grey = cv2.cvtColor(small.astype(np.uint8), cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
        before, self._before = self._before, grey
        return before is not None and float(np.abs(grey - before).mean()) >= CHANGE
