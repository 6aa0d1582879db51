"""Rules of enrolment that need no server: which faces stay, and which box is the same face."""

from __future__ import annotations

import pytest

from recognizance.operations.enrolment import _overlap, choose
from recognizance.operations.picture import Picture
from recognizance.testing.vision import FakeVision, Person, sketch


def picture(*people):
    vision = FakeVision()
    photo = vision.open(sketch(*people))
    return Picture(photo, b"", vision.detect(photo))


def widths(faces):
    return [round(face.box.width) for face in faces]


FINE = [Person("a", width=100, height=100), Person("b", width=80, height=80), Person("c", width=60, height=60)]


@pytest.mark.parametrize(("most", "kept"), [(1, [100]), (2, [100, 80]), (3, [100, 80, 60]), (9, [100, 80, 60])])
def test_smallest_go_first(most, kept):
    stay, refused = choose(picture(*FINE), "AUTO", most)
    assert widths(stay) == kept
    assert [reasons for _, reasons in refused] == [("EXCEEDS_MAX_FACES",)] * (3 - len(kept))


def test_without_a_filter_low_quality_goes_before_small():
    dark = Person("dark", width=300, height=300, brightness=1, sharpness=1)
    stay, refused = choose(picture(dark, *FINE), "NONE", 2)
    assert widths(stay) == [100, 80]
    assert [(round(face.box.width), reasons) for face, reasons in refused] == [
        (300, ("EXCEEDS_MAX_FACES",)),
        (60, ("EXCEEDS_MAX_FACES",)),
    ]


def test_filtered_faces_do_not_count():
    dark = Person("dark", width=300, height=300, brightness=1, sharpness=1)
    stay, refused = choose(picture(dark, *FINE), "AUTO", 3)
    assert widths(stay) == [100, 80, 60]
    assert "EXCEEDS_MAX_FACES" not in refused[0][1]


@pytest.mark.parametrize(
    ("a", "b", "overlap"),
    [
        ((0, 0, 1, 1), (0, 0, 1, 1), 1),
        ((0, 0, 1, 1), (0.5, 0, 1, 1), 1 / 3),
        ((0, 0, 1, 1), (1, 0, 1, 1), 0),
        ((0, 0, 1, 1), (2, 2, 1, 1), 0),
        ((0, 0, 2, 2), (0.5, 0.5, 1, 1), 0.25),
    ],
)
def test_overlap(a, b, overlap):
    assert _overlap(a, b) == pytest.approx(overlap)
    assert _overlap(b, a) == pytest.approx(overlap)
