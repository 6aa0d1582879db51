"""The gatekeeper: bytes of an untrusted picture in, a photo out that is known to be of a bearable size.

Format and size come from the header; no decoder runs before the limits are checked. Pixels are decoded when a step asks
for them, and only as large as it needs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizance.errors import ImageFormatError, ImageTooLargeError, ImageTooSmallError
from recognizance.values import FloatArray
from recognizance.vision import jpeg, png

MAX_PIXELS = 100_000_000
"""Pixels of the largest picture that is decoded, unless the caller says otherwise."""
_SMALLEST_SIDE = 80  # px; Rekognition's limit


@dataclass(frozen=True, slots=True)
class View:
    """The upright picture at some scale: `pixels` RGB uint8 (h, w, 3); `scale` float32 (2,), for x and y, is the size
    of the view over that of the photo.
    """

    pixels: NDArray[np.uint8]
    scale: FloatArray


class DecodedPhoto:
    """A photo that passed the door (`ports.Photo`). It keeps the largest view that was asked of it, and halves of it.

    Two threads may share one; at worst both decode.
    """

    def __init__(self, width: int, height: int, decode: Callable[[float], NDArray[np.uint8]]) -> None:
        """Width and height in px of the upright picture; `decode` gives its pixels at a scale or larger."""
        self.width = width
        self.height = height
        self._decode = decode
        self._levels: tuple[View, ...] = ()  # the view that was decoded, then each half as large as the one before

    def view(self, scale: float) -> View:
        """The picture at `scale` (0..1) or larger, as is cheapest. Raises ImageFormatError if it does not decode."""
        scale = min(scale, 1.0)
        if not self._levels or self._levels[0].scale.max() < scale:
            pixels = self._decode(scale)
            ratios = pixels.shape[1] / self.width, pixels.shape[0] / self.height
            self._levels = (View(pixels, np.array(ratios, dtype=np.float32)),)
        return self._levels[0]

    def sampled(self, scale: float, *, enlarge: float = 1) -> View:
        """The picture to sample at `scale`: as large or larger, but less than twice, for skipped pixels would alias.

        Pixels at hand serve when they need be enlarged by no more than `enlarge`. Raises as `view` does.
        """
        self.view(scale / enlarge)
        levels = self._levels
        place = 0
        while levels[place].scale.max() >= 2 * scale and min(levels[place].pixels.shape[:2]) > 1:
            place += 1
            if place == len(levels):
                levels = (*levels, _halved(levels[-1]))
        self._levels = levels
        return levels[place]


def open_photo(data: bytes, *, max_pixels: int = MAX_PIXELS) -> DecodedPhoto:
    """Check format and size of a picture. Raises ImageFormatError, ImageTooLargeError, ImageTooSmallError."""
    if data.startswith(jpeg.MAGIC):
        width, height = jpeg.read_size(data)
        orientation = jpeg.read_orientation(data)
        if orientation > 4:  # the stored picture lies on its side
            width, height = height, width

        def decode(scale: float) -> NDArray[np.uint8]:
            return upright(jpeg.decode(data, scale), orientation)

    elif data.startswith(png.MAGIC):
        width, height = png.read_size(data)

        def decode(scale: float) -> NDArray[np.uint8]:  # noqa: ARG001 - PNG has no cheap smaller size
            return png.decode(data)

    else:
        raise ImageFormatError("Request has invalid image format: the bytes are neither JPEG nor PNG.")
    check_size(width, height, max_pixels)
    return DecodedPhoto(width, height, decode)


def upright(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Pixels (h, w, 3) as they are meant to be seen, given the Exif orientation 1..8 of the stored ones."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.transpose(1, 0, 2)  # mirrored on the main diagonal
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def halved(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pixels (h, w, 3) averaged two by two; a last odd row or column is left off.

    Halving again and again averages every pixel many times faster than one large step does.
    """
    height, width = pixels.shape[0] // 2, pixels.shape[1] // 2
    half: NDArray[np.uint8] = cv2.resize(
        pixels[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA
    )
    return half


def _halved(view: View) -> View:
    return View(halved(view.pixels), view.scale * np.float32(0.5))


def check_size(width: int, height: int, max_pixels: int) -> None:
    """Raise ImageTooSmallError or ImageTooLargeError for a picture whose size is not taken."""
    if min(width, height) < _SMALLEST_SIDE:
        raise ImageTooSmallError(
            f"Request has invalid parameters. The picture is {width} x {height} px; "
            f"each side needs at least {_SMALLEST_SIDE} px."
        )
    if width * height > max_pixels:
        raise ImageTooLargeError(
            f"The picture has {width * height / 1e6:.0f} megapixels ({width} x {height}); "
            f"at most {max_pixels / 1e6:g} are decoded. Make it smaller."
        )
