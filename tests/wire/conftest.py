"""The codec's own model, and botocore's beside it."""

from __future__ import annotations

import pytest

from recognizance.wire.model import Model, load_model


@pytest.fixture(scope="session")
def model() -> Model:
    return load_model()
