from __future__ import annotations

import numpy as np
import pytest

from recognizance.search.half import widen

EVERY = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
FINITE = EVERY[np.isfinite(EVERY)]


def test_every_finite_half_is_the_same_number_to_the_bit():
    wide = widen(FINITE)
    assert wide.dtype == np.float32
    np.testing.assert_array_equal(wide.view(np.uint32), FINITE.astype(np.float32).view(np.uint32))


@pytest.mark.parametrize(
    "halves",
    [
        pytest.param(FINITE[:60].reshape(3, 4, 5), id="three dimensions"),
        pytest.param(FINITE[:100].reshape(10, 10)[::2, 1:9], id="a part of an array"),
        pytest.param(FINITE[:0].reshape(0, 128), id="no rows"),
    ],
)
def test_any_shape_stays(halves):
    np.testing.assert_array_equal(widen(halves), halves.astype(np.float32))


def test_the_halves_stay_as_they_were():
    halves = FINITE.copy()
    widen(halves).fill(0)
    np.testing.assert_array_equal(halves, FINITE)
