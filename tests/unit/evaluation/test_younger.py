"""Where the parts of a face come to lie when it is drawn younger."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from recognizance.evaluation.younger import EYE_DISTANCE, SIDE, younger

EYES = np.array([[100.0, 120.0], [162.0, 120.0]], np.float32)
LEFT, RIGHT = (SIDE - EYE_DISTANCE) / 2, (SIDE + EYE_DISTANCE) / 2
LEVEL = 0.42 * SIDE


def picture(*dots: tuple[float, float], radius: int = 5) -> np.ndarray:
    """A grey picture with a white dot at each place (x, y)."""
    canvas = np.full((300, 262, 3), 90, np.uint8)
    for x, y in dots:
        cv2.circle(canvas, (round(x), round(y)), radius, (255, 255, 255), -1)
    return canvas


def dot_in(drawing: np.ndarray) -> tuple[float, float]:
    rows, columns = np.nonzero(drawing[..., 1] > 170)
    return float(columns.mean()), float(rows.mean())


def area_in(drawing: np.ndarray) -> int:
    return int((drawing[..., 1] > 170).sum())


@pytest.mark.parametrize("amount", [0.0, 0.5, 1.0, 1.5])
@pytest.mark.parametrize(("eye", "column"), [(0, LEFT), (1, RIGHT)], ids=["left", "right"])
def test_eyes_keep_their_place(amount: float, eye: int, column: float):
    drawing = younger(picture(tuple(EYES[eye])), EYES, amount)
    assert drawing.shape == (SIDE, SIDE, 3)
    assert dot_in(drawing) == pytest.approx((column, LEVEL), abs=2.0)


def test_eyes_grow_with_the_amount():
    eye = picture(tuple(EYES[0]), radius=4)
    plain, little, much = (area_in(younger(eye, EYES, amount)) for amount in (0.0, 0.75, 1.5))
    assert 1.2 * plain < little < much < 2.5 * plain


@pytest.mark.parametrize("amount", [0.0, 1.0, 1.5])
def test_the_lower_face_is_shortened(amount: float):
    mouth = (131.0, 120.0 + 68.0)
    _, row = dot_in(younger(picture(mouth), EYES, amount))
    assert row - LEVEL == pytest.approx(68.0 * (1 - 0.25 * amount), abs=1.5)


def test_a_leaning_face_is_set_upright():
    turned = np.array([[131.0, 89.0], [131.0, 151.0]], np.float32)  # the right eye stands below the left one
    mouth = (131.0 - 60.0, 120.0)
    assert dot_in(younger(picture(mouth), turned, 0.0)) == pytest.approx((SIDE / 2, LEVEL + 60.0), abs=1.5)


def test_skin_is_smoothed():
    rng = np.random.default_rng(0)
    rough = np.clip(rng.normal(128, 12, (300, 262, 3)), 0, 255).astype(np.uint8)
    assert younger(rough, EYES, 1.0).std() < 0.5 * rough.std()
