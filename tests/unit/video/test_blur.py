"""What is hidden, when and where."""

from __future__ import annotations

import io

import numpy as np
import pytest

from recognizance.testing.clips import write_clip
from recognizance.testing.vision import FakeVision, Person, embedding_of, paint
from recognizance.values import Box
from recognizance.video.blur import Cover, find_covers, hide
from recognizance.video.clip import Clip, Frame
from recognizance.video.course import Course, Point
from recognizance.video.look import Looker

STANDING = Course([Point(2000, Box(100, 100, 50, 50)), Point(2100, Box(100, 100, 50, 50))])
WALKING = Course([Point(2000, Box(100, 100, 50, 50)), Point(2100, Box(110, 100, 50, 50))])
NOISE = np.random.default_rng(1).integers(0, 255, (240, 320, 3), np.uint8)


def roughness(pixels):
    """How much neighbours differ at most."""
    return np.abs(np.diff(pixels.astype(int), axis=1)).max()


class Blinking(FakeVision):
    """Finds nobody in the frames whose numbers it is told; the top left corner of a frame states its number."""

    def __init__(self, *missed):
        self._missed = missed

    def frame(self, pixels):
        number = round(float(pixels[:8, :8].mean()) / 4)
        return super().frame(np.full_like(pixels, 40) if number in self._missed else pixels)


@pytest.mark.parametrize(
    ("course", "time_ms", "box"),
    [
        pytest.param(STANDING, 2050, Box(100, 100, 50, 50), id="between sightings"),
        pytest.param(STANDING, 1000, Box(100, 100, 50, 50), id="a second before"),
        pytest.param(STANDING, 999, None, id="longer before"),
        pytest.param(STANDING, 3101, None, id="longer after"),
        pytest.param(WALKING, 2050, Box(100, 100, 60, 50), id="all places it may be between"),
        pytest.param(WALKING, 2200, Box(110, 100, 60, 50), id="where it was and would have gone"),
        pytest.param(WALKING, 1900, Box(90, 100, 60, 50), id="and would have come from"),
    ],
)
def test_cover_over_time(course, time_ms, box):
    assert Cover(course).at(time_ms) == box


def covers_of(vision, known=()):
    frames = [paint(Person("red", 60 + 4 * number, 80, 60, 70)) for number in range(30)]
    for number, frame in enumerate(frames):
        frame[:8, :8] = 4 * number
    with Clip(io.BytesIO(write_clip(frames, rate=10))) as clip:
        return find_covers(clip, Looker(vision), known, threads=1, progress=lambda _: None)


@pytest.mark.parametrize(
    "missed",
    [
        pytest.param((), id="none"),
        pytest.param((10, 11, 12), id="in between"),
        pytest.param((0, 1, 2, 3), id="at the start"),
        pytest.param((26, 27, 28, 29), id="at the end"),
        pytest.param(tuple(range(5, 20)), id="for so long that tracking breaks off"),
        pytest.param((0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 14, 15), id="nearly always"),
    ],
)
def test_misses_leak_no_frame(missed):
    covers = covers_of(Blinking(*missed))
    for number in range(30):
        left = 60 + 4 * number
        hidden = hide(Frame(100 * number, NOISE), covers)
        assert roughness(hidden[80:150, left : left + 60]) < 10, number


def test_known_faces_stay_clear():
    covers = covers_of(FakeVision(), known=[embedding_of("red").vector])
    assert covers == []


def test_another_known_face_clears_nobody():
    covers = covers_of(FakeVision(), known=[embedding_of("blue").vector])
    assert len(covers) == 1


def test_a_hidden_face_cannot_be_told_from_another():
    hidden = hide(Frame(2000, NOISE), [Cover(Course([Point(2000, Box(100, 80, 60, 70))]))])
    assert roughness(hidden[80:150, 100:160]) < 10  # only slopes between blocks
    assert (hidden[:50] == NOISE[:50]).all()


def test_a_hidden_box_may_reach_out_of_the_frame():
    hidden = hide(Frame(2000, NOISE), [Cover(Course([Point(2000, Box(-100, -80, 60, 70))]))])
    assert (hidden == NOISE).all()
