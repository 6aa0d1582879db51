"""The template of a user: between those of its faces, and as long as they are."""

from __future__ import annotations

import numpy as np
import pytest

from recognizance.gallery.shelf import mean_template

AXES = np.eye(4, dtype=np.float16)


@pytest.mark.parametrize(
    ("templates", "expected"),
    [
        ([AXES[0]], AXES[0]),
        ([0.5 * AXES[0]], 0.5 * AXES[0]),
        ([AXES[0], AXES[1]], (AXES[0] + AXES[1]) / 2**0.5),
        ([0.5 * AXES[0], 0.5 * AXES[1]], (AXES[0] + AXES[1]) / 8**0.5),
        ([AXES[0], 0.5 * AXES[0]], 0.625**0.5 * AXES[0]),
        ([AXES[0], -AXES[0]], 0 * AXES[0]),
    ],
    ids=["one", "one short", "two", "two short", "the root of the mean square", "two that cancel out"],
)
def test_by_hand(templates: list[np.ndarray], expected: np.ndarray):
    found = mean_template(templates)
    assert found.dtype == np.float16
    assert found == pytest.approx(expected, abs=1e-3)


def test_the_order_of_faces_does_not_matter():
    rng = np.random.default_rng(0)
    templates = [row / 12 for row in rng.standard_normal((30, 128)).astype(np.float16)]
    assert (mean_template(templates) == mean_template(templates[::-1])).all()
