"""Pictures with boxes drawn on them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from recognizance.values import Box
from recognizance.vision.annotate import annotate


def drawn(photo, marks):
    return np.asarray(Image.open(io.BytesIO(annotate(photo, marks)))).astype(int)


def yellow(pixels):
    return (np.abs(pixels - [255, 196, 0]) < 40).all(axis=2)


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [(80, 100, (512, 640)), (800, 600, (800, 600)), (4000, 2000, (1600, 800))],
    ids=["small: enlarged", "as it is", "large: shrunk"],
)
def test_the_picture_is_of_a_legible_size(as_photo, width, height, expected):
    pixels = drawn(as_photo(np.zeros((height, width, 3), np.uint8)), [])
    assert pixels.shape == (expected[1], expected[0], 3)


def test_frames_lie_where_the_boxes_are(as_photo):
    marked = yellow(drawn(as_photo(np.zeros((1200, 1600, 3), np.uint8)), [(Box(100, 200, 300, 400), "")]))
    rows, columns = np.nonzero(marked)
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == pytest.approx((100, 400, 200, 600), abs=1)
    assert not marked[210:590, 110:390].any()


PLACES = {
    "above the frame": Box(100, 200, 300, 400),
    "at the upper edge": Box(100, 0, 300, 400),
    "beyond the left edge": Box(-50, 200, 300, 400),
    "at the right edge": Box(1500, 200, 90, 100),
}


@pytest.mark.parametrize("box", PLACES.values(), ids=PLACES)
def test_text_stays_inside_the_picture(as_photo, box):
    photo = as_photo(np.zeros((1200, 1600, 3), np.uint8))
    plate = yellow(drawn(photo, [(box, "Ada Lovelace 99.2 %")])) & ~yellow(drawn(photo, [(box, "")]))
    rows, columns = np.nonzero(plate)
    assert columns.max() - columns.min() > 200
    assert rows.max() - rows.min() > 20
    assert columns.min() >= 0
    assert columns.max() < 1600
