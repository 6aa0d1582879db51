"""PNG: bytes in; size from the header, or RGB pixels.

Only the chunks that make the pixels reach the decoder, and only when the file is whole: compressed texts, colour
profiles and animation control (of which the first frame is the picture itself) are dropped unread.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizance.errors import ImageFormatError

MAGIC = b"\x89PNG\r\n\x1a\n"
_WANTED = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_STRIP_ROWS = 256
_PAPER = 255
"""Transparent parts show white, as on paper and in most viewers: what a person does not see is not searched."""


def read_size(data: bytes) -> tuple[int, int]:
    """Width and height in px, from the header alone. Raises ImageFormatError."""
    if len(data) < 33 or data[12:16] != b"IHDR":
        raise _refusal("no header")
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def decode(data: bytes) -> NDArray[np.uint8]:
    """RGB pixels uint8 (h, w, 3); 16 bits become 8, transparency shows white. Raises ImageFormatError."""
    chunks = list(_chunks(data))
    essence = MAGIC + b"".join(whole for kind, whole in chunks if kind in _WANTED)
    # Colour types 4 and 6 carry alpha; tRNS gives it to the others.
    has_alpha = data[25] in (4, 6) or any(kind == b"tRNS" for kind, _ in chunks)
    flags = cv2.IMREAD_UNCHANGED if has_alpha else cv2.IMREAD_COLOR_RGB
    pixels = cv2.imdecode(np.frombuffer(essence, np.uint8), flags)
    if pixels is None:
        raise _refusal("pixel data that does not unpack")
    if pixels.ndim == 2:  # OpenCV drops the transparency of a grey PNG whose only sign of it is tRNS
        return np.repeat(_eight_bits(pixels)[:, :, np.newaxis], 3, axis=2)
    return _on_paper(pixels) if has_alpha else pixels


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and whole bytes of each chunk up to IEND. Raises ImageFormatError when the file ends early or is altered."""
    at = len(MAGIC)
    kind = b""
    while kind != b"IEND":
        length = int.from_bytes(data[at : at + 4], "big")
        whole = data[at : at + 12 + length]
        if len(whole) < 12 + length:
            raise _refusal("the end is missing")
        kind = whole[4:8]
        if kind in _WANTED and zlib.crc32(whole[4:-4]) != int.from_bytes(whole[-4:], "big"):
            raise _refusal(f"the checksum of {kind.decode()} is wrong")
        yield kind, whole
        at += len(whole)


def _on_paper(pixels: NDArray[np.uint8] | NDArray[np.uint16]) -> NDArray[np.uint8]:
    """RGB (h, w, 3) of BGRA (h, w, 4) with 8 or 16 bits, laid over white; in strips, for the sums need more bits."""
    rgb = np.empty((*pixels.shape[:2], 3), np.uint8)
    for top in range(0, len(pixels), _STRIP_ROWS):
        strip = _eight_bits(pixels[top : top + _STRIP_ROWS])
        alpha = strip[:, :, 3:].astype(np.uint16)
        light = strip[:, :, 2::-1] * alpha + _PAPER * (255 - alpha)
        rgb[top : top + _STRIP_ROWS] = (light + 127) // 255
    return rgb


def _eight_bits(pixels: NDArray[np.uint8] | NDArray[np.uint16]) -> NDArray[np.uint8]:
    return (pixels >> 8).astype(np.uint8) if pixels.dtype == np.uint16 else pixels.astype(np.uint8, copy=False)


def _refusal(reason: str) -> ImageFormatError:
    return ImageFormatError(f"Request has invalid image format: a PNG that does not decode ({reason}).")
