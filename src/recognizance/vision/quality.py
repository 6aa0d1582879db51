"""Brightness and sharpness of an aligned face, as the embedder sees it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizance.values import Quality

_INSET = 14  # px left off around the aligned face: hair, background, the black beyond the photo's edge
_NOISE = 0.8  # px, standard deviation of the smoothing that takes away grain before fine detail is measured
_HALF_SHARP = 0.006
"""The ratio that gives a sharpness of 50: about that of a face blurred by 2.5 % of its width."""


def quality_of(chip: NDArray[np.uint8]) -> Quality:
    """Quality of an aligned face RGB uint8 (112, 112, 3).

    Brightness is the mean luma, of 100. Sharpness is 100 r^2 / (r^2 + 0.006^2), where r is the variance of the
    Laplacian over that of the luma: how much of what there is to see is fine detail, whatever the light and the skin.
    """
    luma = cv2.cvtColor(chip, cv2.COLOR_RGB2GRAY)[_INSET:-_INSET, _INSET:-_INSET].astype(np.float32)
    contrast = float(luma.var())
    edges = cv2.Laplacian(cv2.GaussianBlur(luma, (0, 0), _NOISE), cv2.CV_32F)
    ratio = float(edges.var()) / contrast if contrast else 0.0
    return Quality(brightness=float(luma.mean()) / 2.55, sharpness=100 * ratio**2 / (ratio**2 + _HALF_SHARP**2))
