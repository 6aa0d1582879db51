"""Picture: pixels of a frame in, the bytes of a PNG out, as a search takes them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def encode_png(pixels: NDArray[np.uint8]) -> bytes:
    """The PNG of a picture RGB uint8 (h, w, 3)."""
    done, encoded = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    assert done  # PNG encodes any picture
    return encoded.tobytes()
