"""Scene: how much a clip's picture changes from frame to frame, which tells where it cuts to another."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 32
"""Px of the thumbnails that are compared."""

CUT = 0.25
"""Mean change of brightness, of the full range, that a movement does not make and a cut mostly does."""

STIR = 0.08
"""Mean change below which the scene is surely the same."""


class ChangeMeter:
    """Says of each frame of a clip how much it differs from the one before."""

    def __init__(self) -> None:
        self._before: NDArray[np.float32] | None = None

    def change(self, pixels: NDArray[np.uint8]) -> float:
        """Mean change of brightness, 0..1, of a frame RGB uint8 (h, w, 3); 0 for the first."""
        small = cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        grey = cv2.cvtColor(small.astype(np.uint8), cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
        before, self._before = self._before, grey
        return 0.0 if before is None else float(np.abs(grey - before).mean())
