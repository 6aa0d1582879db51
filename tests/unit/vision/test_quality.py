"""Brightness and sharpness of an aligned face."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from recognizance.vision.align import chip
from recognizance.vision.quality import quality_of


@pytest.fixture(scope="module")
def aligned(vision, portrait):
    photo = vision.open(portrait)
    return chip(photo, vision.detect(photo)[0])


@pytest.mark.parametrize(("level", "expected"), [(0, 0), (128, 50.2), (255, 100)])
def test_a_flat_picture_has_its_brightness_and_no_sharpness(level, expected):
    quality = quality_of(np.full((112, 112, 3), level, np.uint8))
    assert quality.brightness == pytest.approx(expected, abs=0.1)
    assert quality.sharpness == 0


def test_a_sharp_portrait(aligned):
    quality = quality_of(aligned)
    assert 80 <= quality.sharpness <= 100
    assert 40 <= quality.brightness <= 80


def test_sharpness_falls_with_blur_and_is_low_when_it_is_strong(aligned):
    blurred = [quality_of(cv2.GaussianBlur(aligned, (0, 0), sigma)).sharpness for sigma in (0.5, 1, 2, 4, 8)]
    assert blurred == sorted(blurred, reverse=True)
    assert blurred[-2] < 20


def test_sharpness_does_not_hang_on_light_or_skin(aligned):
    dimmed = (aligned * 0.4).astype(np.uint8)
    assert quality_of(dimmed).sharpness == pytest.approx(quality_of(aligned).sharpness, abs=3)
    assert quality_of(dimmed).brightness == pytest.approx(0.4 * quality_of(aligned).brightness, abs=1)


def test_grain_is_not_sharpness(aligned):
    soft = cv2.GaussianBlur(aligned, (0, 0), 5)
    grain = np.random.default_rng(1).normal(0, 2, soft.shape)
    grainy = np.clip(soft + grain, 0, 255).astype(np.uint8)
    assert quality_of(grainy).sharpness < 30
