"""Portrait: a face with some of what is around it, as people see it who compare faces; for reviewers, not networks."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from recognizance.values import Face
from recognizance.vision.decode import DecodedPhoto

SIDE = 320
"""Longest side in px: enough to compare faces, and no more of the picture than that takes."""

MARGIN = 0.5
"""Of the face's size, on each side."""

QUALITY = 90


def portrait(photo: DecodedPhoto, face: Face) -> bytes:
    """JPEG bytes of a face of a photo with `MARGIN` around it. Probes and enrolled faces look alike in it.

    Raises ImageFormatError when the photo does not decode.
    """
    box = face.box
    longer = (1 + 2 * MARGIN) * max(box.width, box.height)
    view = photo.view(min(1.0, SIDE / longer))
    x, y = box.left + box.width / 2, box.top + box.height / 2
    low = np.maximum(np.array([x - longer / 2, y - longer / 2]) * view.scale, 0).astype(int)
    high = np.ceil(np.array([x + longer / 2, y + longer / 2]) * view.scale).astype(int)
    cut = view.pixels[low[1] : high[1], low[0] : high[0]]
    picture = Image.fromarray(np.ascontiguousarray(cut))
    picture.thumbnail((SIDE, SIDE))
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=QUALITY)
    return written.getvalue()
