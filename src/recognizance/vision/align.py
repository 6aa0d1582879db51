"""A face as the embedder and the quality measures want it: upright, 112 x 112 px, eyes and mouth at fixed places."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizance.values import Face, FloatArray
from recognizance.vision.decode import DecodedPhoto
from recognizance.vision.geometry import scale_of, scaled_source, similarity

CHIP_SIDE = 112
"""Width and height in px of an aligned face."""

TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]],
    dtype=np.float32,
)
"""Where the five points of `values.Face.points_px` come to lie: the ArcFace template, which SFace was trained with too
(InsightFace, recognition/arcface; OpenCV, modules/objdetect/src/face_recognize.cpp)."""


def chip(photo: DecodedPhoto, face: Face) -> NDArray[np.uint8]:
    """The aligned face RGB uint8 (112, 112, 3)."""
    return chip_at(photo, face.points_px)


def chip_at(photo: DecodedPhoto, points: FloatArray) -> NDArray[np.uint8]:
    """The aligned face RGB uint8 (112, 112, 3) with these five points (5, 2) in px of the photo."""
    return cut(photo, similarity(points, TEMPLATE), CHIP_SIDE)


def cut(photo: DecodedPhoto, transform: FloatArray, size: int, *, enlarge: float = 1) -> NDArray[np.uint8]:
    """The part of a photo that a similarity transform (2, 3) takes to a square RGB uint8 (size, size, 3).

    The photo is decoded only as large as that needs; pixels at hand serve when they need be enlarged by no more than
    `enlarge`. What lies outside the photo is black.
    """
    view = photo.sampled(scale_of(transform), enlarge=enlarge)
    source = scaled_source(transform, view.scale)
    square: NDArray[np.uint8] = cv2.warpAffine(view.pixels, source, (size, size), flags=cv2.INTER_LINEAR)
    return square
