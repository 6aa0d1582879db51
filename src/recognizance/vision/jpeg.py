"""JPEG: bytes in; size and orientation from the header, or RGB pixels at the scale that is needed.

libjpeg-turbo (through simplejpeg) decodes strictly: a missing tail or damaged data is an error, because a grey half of
a picture would be searched for faces in silence. Two slips that some cameras and editors make lose no pixel; such
files are decoded by OpenCV, which only warns.
"""

from __future__ import annotations

import math
import struct

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from recognizance.errors import ImageFormatError

MAGIC = b"\xff\xd8\xff"
_HARMLESS = ("Invalid SOS parameters", "extraneous bytes before marker")
_MOST_SCANS = 100  # progressive files have about ten
_ORIENTATION = 0x0112
_START_OF_SCAN, _END_OF_IMAGE, _APP1 = 0xDA, 0xD9, 0xE1
_END, _TAIL = b"\xff\xd9", 65536  # an untidy file must at least end; some append a little of their own


def read_size(data: bytes) -> tuple[int, int]:
    """Width and height in px as stored, from the header alone. Raises ImageFormatError."""
    # Each scan passes over the whole picture again, so a small file with thousands of them would hold a decoder for
    # hours. Nowhere else but in a thumbnail can these two bytes stand.
    if (scans := data.count(bytes([0xFF, _START_OF_SCAN]))) > _MOST_SCANS:
        raise ImageFormatError(f"Request has invalid image format: a JPEG of {scans} scans; {_MOST_SCANS} are decoded.")
    height, width, _ = _header(data)
    return width, height


def decode(data: bytes, scale: float) -> NDArray[np.uint8]:
    """RGB pixels uint8 (h, w, 3) as stored, at `scale` (0..1) or the next larger that the decoder makes cheaply.

    Raises ImageFormatError for anything but a whole, sound JPEG.
    """
    height, width, colours = _header(data)
    colours = "CMYK" if colours in ("CMYK", "YCCK") else "RGB"
    try:
        pixels: NDArray[np.uint8] = simplejpeg.decode_jpeg(
            data,
            colours,
            min_height=math.ceil(height * scale),
            min_width=math.ceil(width * scale),
            min_factor=2,  # between full and half size scaling costs more time than it saves
        )
    except ValueError as error:
        return _decode_untidy(data, error)
    return _ink_to_light(pixels) if colours == "CMYK" else pixels


def read_orientation(data: bytes) -> int:
    """The Exif orientation 1..8 of a JPEG; 1 when there is none or it cannot be read.

    Read here and not by a library: one number is needed, of bytes that nobody vouches for.
    """
    for marker, content in _segments(data):
        if marker == _APP1 and content.startswith(b"Exif\0\0"):
            try:
                value = _tag(content[6:], _ORIENTATION)
            except struct.error:  # offsets that point outside
                return 1
            return value if value is not None and 1 <= value <= 8 else 1
    return 1


def _header(data: bytes) -> tuple[int, int, str]:
    try:
        # Not strictly: a slip in front of the picture is judged when the pixels are decoded.
        height, width, colours, _ = simplejpeg.decode_jpeg_header(data, strict=False)
    except (ValueError, KeyError) as error:  # KeyError: a header that ends before it names its colours
        raise _refusal(error) from error
    return height, width, colours


def _decode_untidy(data: bytes, error: ValueError) -> NDArray[np.uint8]:
    """Pixels of a file that the strict decoder refused over a slip that loses none; for any other, the refusal."""
    if not any(slip in str(error) for slip in _HARMLESS) or _END not in data[-_TAIL:]:
        raise _refusal(error) from error
    how = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    pixels: NDArray[np.uint8] | None = cv2.imdecode(np.frombuffer(data, np.uint8), how)
    if pixels is None:
        raise _refusal(error) from error
    return pixels


def _refusal(error: Exception) -> ImageFormatError:
    return ImageFormatError(f"Request has invalid image format: a JPEG that does not decode ({error}).")


def _ink_to_light(cmyk: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGB (h, w, 3) of CMYK (h, w, 4), which JPEG files hold inverted as Adobe does: 255 is no ink."""
    rgb = cmyk[:, :, :3].astype(np.uint16) * cmyk[:, :, 3:]
    return ((rgb + 127) // 255).astype(np.uint8)


def _segments(data: bytes) -> list[tuple[int, bytes]]:
    """Markers and contents of the segments before the first scan."""
    found = []
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in (_START_OF_SCAN, _END_OF_IMAGE):
            break
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        found.append((marker, data[at + 4 : at + 2 + length]))
        at += 2 + length
    return found


def _tag(tiff: bytes, number: int) -> int | None:
    """The value of a SHORT tag in the first directory of a TIFF header. Raises struct.error where bytes are missing."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return None
    (directory,) = struct.unpack_from(f"{order}I", tiff, 4)
    (entries,) = struct.unpack_from(f"{order}H", tiff, directory)
    for entry in range(entries):
        tag, _, _, value = struct.unpack_from(f"{order}HHIH", tiff, directory + 2 + 12 * entry)
        if tag == number:
            return int(value)
    return None
