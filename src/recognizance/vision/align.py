"""A face as the embedder and the quality measures want it: upright, 112 x 112 px, eyes and mouth at fixed places."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizance.values import Face, FloatArray
from recognizance.vision.decode import DecodedPhoto
from recognizance.vision.geometry import inverse, scale_of, scaled_source, similarity, transformed

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
    view = photo.view(scale_of(transform) / enlarge)
    pixels, transform = view.pixels, scaled_source(transform, view.scale)
    halvings = int(-math.log2(scale_of(transform)))
    if halvings > 0:
        pixels, transform = _coarser(pixels, transform, size, 2**halvings)
    square: NDArray[np.uint8] = cv2.warpAffine(pixels, transform, (size, size), flags=cv2.INTER_LINEAR)
    return square


def _coarser(
    pixels: NDArray[np.uint8], transform: FloatArray, size: int, factor: int
) -> tuple[NDArray[np.uint8], FloatArray]:
    """The pixels around the wanted square, `factor` times coarser by averaging, and the transform from them.

    `cut` interpolates between four pixels: without this it would skip the others and alias.
    """
    limits = np.array([pixels.shape[1], pixels.shape[0]])
    corners = transformed(np.array([[0, 0], [size, 0], [0, size], [size, size]], np.float32), inverse(transform))
    low = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, limits - factor)
    high = np.ceil(corners.max(axis=0)).astype(int)
    # Whole multiples of the factor: OpenCV averages those several times faster.
    columns, rows = np.minimum(np.maximum(high - low, 1) + factor - 1, limits - low) // factor
    left, top = low
    region = pixels[top : top + rows * factor, left : left + columns * factor]
    coarse = cv2.resize(region, (int(columns), int(rows)), interpolation=cv2.INTER_AREA)
    moved = transform.copy()
    moved[:, 2] += transform[:, :2] @ low
    return coarse, scaled_source(moved, 1 / factor)
