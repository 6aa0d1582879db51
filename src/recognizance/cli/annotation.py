"""Pictures with boxes and names on them, for `--annotate`: the ratios of an answer become pixels again."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from recognizance.values import Box
from recognizance.vision.annotate import annotate
from recognizance.vision.decode import open_photo


def write_annotated(path: Path, picture: bytes, marks: Sequence[tuple[dict[str, float], str]]) -> None:
    """Write a picture to a PNG file, with a text at each of the API's BoundingBoxes. Raises OSError."""
    photo = open_photo(picture, max_pixels=sys.maxsize)  # it was answered, so it is within the limit that holds
    width, height = photo.width, photo.height
    boxes = [
        (Box(box["Left"] * width, box["Top"] * height, box["Width"] * width, box["Height"] * height), text)
        for box, text in marks
    ]
    path.write_bytes(annotate(photo, boxes))
