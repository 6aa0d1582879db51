"""Shared fixtures: real weights, real photographs where they are at hand, and one public-domain portrait everywhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def photos() -> Path:
    """The folder of test photographs; a test that needs it skips where it is absent."""
    folder = Path(os.environ.get("RECOGNIZANCE_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "congress" / "labels.csv").exists():
        pytest.skip("the test photographs are not here; set RECOGNIZANCE_TEST_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def portrait() -> bytes:
    """A JPEG with one real face: NASA's portrait of Eileen Collins, in the public domain, carried by scikit-image."""
    import cv2
    from skimage.data import astronaut

    done, encoded = cv2.imencode(".jpg", astronaut()[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])
    assert done
    return encoded.tobytes()


@pytest.fixture(scope="session")
def weights_dir() -> Path:
    """The folder of pulled and verified weights, kept between runs in `.weights` (or RECOGNIZANCE_MODELS_DIR)."""
    from recognizance.models.catalog import DEFAULT_PACK
    from recognizance.models.fetch import pull

    folder = Path(os.environ.get("RECOGNIZANCE_MODELS_DIR", ROOT / ".weights"))
    pull(DEFAULT_PACK, folder)  # it locks the folder: of the processes that run tests one pulls, and the others wait
    return folder
