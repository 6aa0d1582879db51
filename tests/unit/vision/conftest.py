"""Vision on real weights, and pictures made from one portrait."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from recognizance.models.catalog import DEFAULT_PACK
from recognizance.values import Box
from recognizance.vision.decode import DecodedPhoto, open_photo
from recognizance.vision.pipeline import OnnxVision, build_vision

Encode = Callable[[NDArray[np.uint8]], bytes]


@pytest.fixture(scope="session")
def vision(weights_dir: Path) -> OnnxVision:
    return build_vision(DEFAULT_PACK, weights_dir)


@pytest.fixture(scope="session")
def portrait_pixels(portrait: bytes) -> NDArray[np.uint8]:
    """RGB uint8 (512, 512, 3)."""
    return open_photo(portrait).view(1).pixels


@pytest.fixture(scope="session")
def as_photo() -> Callable[[NDArray[np.uint8]], DecodedPhoto]:
    """Pixels RGB as a photo, without loss."""

    def wrap(pixels: NDArray[np.uint8]) -> DecodedPhoto:
        kept = np.ascontiguousarray(pixels)
        return DecodedPhoto(kept.shape[1], kept.shape[0], lambda _: kept)

    return wrap


@pytest.fixture(scope="session")
def as_png() -> Encode:
    def encode(pixels: NDArray[np.uint8]) -> bytes:
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "PNG", compress_level=1)
        return file.getvalue()

    return encode


@pytest.fixture(scope="session")
def overlap() -> Callable[[Box, Box], float]:
    """Intersection over union of two boxes."""

    def measure(a: Box, b: Box) -> float:
        width = min(a.left + a.width, b.left + b.width) - max(a.left, b.left)
        height = min(a.top + a.height, b.top + b.height) - max(a.top, b.top)
        shared = max(width, 0) * max(height, 0)
        return shared / (a.area + b.area - shared)

    return measure
