"""Every colour type, depth and way of transparency of a PNG is read, each as a person sees it."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from recognizance.vision import png

GREY = np.tile(np.arange(0, 200, 2, dtype=np.uint8), (100, 1))
COLOUR = np.dstack([GREY, GREY[::-1], 255 - GREY])


def saved(image, **options):
    content = io.BytesIO()
    image.save(content, "png", **options)
    return content.getvalue()


def shown(grey):
    return np.repeat(grey[:, :, None], 3, axis=2)


HALF = np.full((100, 100), 128, np.uint8)
KINDS = {
    "grey": (saved(Image.fromarray(GREY)), shown(GREY)),
    "grey with a transparent level": (saved(Image.fromarray(GREY), transparency=0), shown(GREY)),
    "grey of 16 bits": (saved(Image.fromarray(GREY.astype(np.uint16) << 8)), shown(GREY)),
    "one bit": (saved(Image.fromarray(GREY > 100)), shown(np.where(GREY > 100, 255, 0).astype(np.uint8))),
    "one bit with a transparent level": (
        saved(Image.fromarray(GREY > 100), transparency=0),
        shown(np.where(GREY > 100, 255, 0).astype(np.uint8)),
    ),
    "grey and alpha": (saved(Image.fromarray(np.dstack([GREY, HALF]), "LA")), shown((GREY * 128.0 + 255 * 127) / 255)),
    "colour": (saved(Image.fromarray(COLOUR)), COLOUR),
    "colour with a transparent colour that no pixel has": (
        saved(Image.fromarray(COLOUR), transparency=(1, 1, 1)),
        COLOUR,
    ),
    "colour and alpha": (saved(Image.fromarray(np.dstack([COLOUR, HALF]))), (COLOUR * 128.0 + 255 * 127) / 255),
}


@pytest.mark.filterwarnings("ignore:'mode' parameter is deprecated:DeprecationWarning")
@pytest.mark.parametrize("kind", KINDS)
def test_kind_is_read_as_a_person_sees_it(kind):
    data, expected = KINDS[kind]
    pixels = png.decode(data)
    assert pixels.dtype == np.uint8
    assert pixels.shape == (100, 100, 3)
    assert np.abs(pixels.astype(int) - expected).max() <= 1
