"""Younger: a portrait and its eyes in, the same face with a small child's proportions out.

Pictures of children may hardly ever be used for measuring, yet to a network that saw few of them different children
look alike. Larger eyes, a shorter lower face and smooth skin are what the growth of a face undoes; drawn on adults'
portraits they move embeddings towards those of children. For fitting only: nobody is meant to recognise the result.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizance.values import FloatArray

SIDE = 256
"""Width and height in px of a drawing."""

EYE_DISTANCE = 62.0
"""Between the eyes of a drawing, px."""

_EYE_LEVEL = 0.42  # of the side, from the top
_EYE_REACH = 0.42  # eye distances around an eye that are enlarged
_EYE_GROWTH = 0.35
_SHORTENING = 0.25  # of the face below the eyes
_SMOOTHINGS = 2


def younger(picture: NDArray[np.uint8], eyes: FloatArray, amount: float) -> NDArray[np.uint8]:
    """The face RGB uint8 (256, 256, 3), upright, of a picture RGB uint8 (h, w, 3).

    `eyes`: the image's left and right one, px, float (2, 2). `amount`: 0 leaves the proportions, 1 is a small child's,
    at most 1.5.
    """
    source = _source(eyes.astype(np.float64), amount).astype(np.float32)
    face = cv2.remap(picture, source[..., 0], source[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    for _ in range(_SMOOTHINGS):
        face = cv2.bilateralFilter(face, 9, 25 + 30 * amount, 7)
    drawing: NDArray[np.uint8] = face.astype(np.uint8)
    return drawing


def _source(eyes: FloatArray, amount: float) -> FloatArray:
    """Where in the picture each pixel of the drawing comes from: x and y in px, (256, 256, 2).

    In between, a place in the face counts eye distances to the right of the middle between the eyes and below it.
    """
    x = (np.arange(SIDE) - SIDE / 2) / EYE_DISTANCE
    y = (np.arange(SIDE) - _EYE_LEVEL * SIDE) / EYE_DISTANCE
    place = np.stack(np.meshgrid(x, y), axis=-1)
    for eye in ((-0.5, 0.0), (0.5, 0.0)):
        offset = place - eye
        nearness = np.maximum(0, 1 - (offset**2).sum(axis=-1, keepdims=True) / _EYE_REACH**2) ** 2
        place = eye + offset * (1 - nearness * (1 - 1 / (1 + _EYE_GROWTH * amount)))
    below = place[..., 1] > 0
    place[below, 1] /= 1 - _SHORTENING * amount
    across = eyes[1] - eyes[0]
    down = np.array([-across[1], across[0]])
    source: FloatArray = eyes.mean(axis=0) + place[..., :1] * across + place[..., 1:] * down
    return source
