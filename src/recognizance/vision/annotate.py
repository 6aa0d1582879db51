"""A photo with boxes and names drawn on it: for people, not for machines."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from recognizance.values import Box
from recognizance.vision.decode import DecodedPhoto

_SIDES = (640, 1600)  # px that the longer side gets at least and at most: names stay legible, files bearable
_COLOUR = (255, 196, 0)
_INK = (0, 0, 0)


def annotate(photo: DecodedPhoto, marks: Sequence[tuple[Box, str]]) -> bytes:
    """PNG bytes of the upright photo with a frame around each box and its text above (or inside, at the upper edge).

    The font knows Latin letters. Raises ImageFormatError when the photo does not decode.
    """
    longer = max(photo.width, photo.height)
    factor = min(max(longer, _SIDES[0]), _SIDES[1]) / longer
    size = round(photo.width * factor), round(photo.height * factor)
    picture = Image.fromarray(photo.view(factor).pixels).resize(size, Image.Resampling.LANCZOS)
    draw = ImageDraw.Draw(picture)
    line = max(2, round(max(size) / 400))
    font = ImageFont.load_default(size=max(14, round(max(size) / 50)))
    for box, text in marks:
        corners = np.array([box.left, box.top, box.left + box.width, box.top + box.height]) * factor
        draw.rectangle(corners.tolist(), outline=_COLOUR, width=line)
        if text:
            _write(draw, (float(corners[0]), float(corners[1])), text, font)
    png = io.BytesIO()
    picture.save(png, "PNG")
    return png.getvalue()


def _write(
    draw: ImageDraw.ImageDraw,
    corner: tuple[float, float],
    text: str,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> None:
    """Write a text on a plate that sits on the upper left corner of a frame and stays inside the picture."""
    left, top, right, bottom = draw.textbbox((0, 0), text, font=font)
    width, height = right - left + 8, bottom - top + 8
    x = min(max(corner[0], 0), max(draw.im.size[0] - width, 0))
    y = corner[1] - height
    if y < 0:
        y = max(corner[1], 0)
    draw.rectangle((x, y, x + width, y + height), fill=_COLOUR)
    draw.text((x + 4 - left, y + 4 - top), text, fill=_INK, font=font)
