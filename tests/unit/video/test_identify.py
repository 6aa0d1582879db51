"""Identify: few pictures are kept, the best are searched, and most of them must agree."""

from __future__ import annotations

import numpy as np
import pytest

from recognizance.testing.sightings import seen
from recognizance.values import Box
from recognizance.video.identify import EVIDENCE, LEAST_CROP_PX, Identifier, choose, crop
from recognizance.video.track import Track
from recognizance.video.tracking import Tracker

FRAME = np.zeros((240, 320, 3), np.uint8)


class Searches:
    """Answers searches in their order, and keeps the pictures."""

    def __init__(self, *answers):
        self.answers, self.pictures = list(answers), []

    def __call__(self, pixels):
        self.pictures.append(pixels)
        return [{"Face": {"FaceId": name}, "Similarity": s} for name, s in self.answers.pop(0).items()]


def decide(*answers, sightings=None):
    """The decision on one person, and the searches that led to it."""
    searches, tracker = Searches(*answers), Tracker()
    identifier = Identifier(searches)
    sightings = sightings or [seen(t, 100, "ada") for t in (0, 500, 1000)]
    for sighting in sightings:
        identifier.keep(tracker.update(sighting.time_ms, [sighting]), FRAME)
    return identifier.decide(Track(0, tuple(sightings))), searches


@pytest.mark.parametrize(
    ("answers", "matches"),
    [
        pytest.param([{"a": 90}, {"a": 99}, {"a": 95}], [("a", 95)], id="all agree: the median"),
        pytest.param([{"a": 90}, {}, {"a": 92}], [("a", 91)], id="two of three"),
        pytest.param([{"a": 99}, {}, {}], [], id="one of three is chance"),
        pytest.param([{"a": 85, "b": 90}, {"b": 91}, {"a": 95, "b": 92}], [("b", 91), ("a", 90)], id="best first"),
        pytest.param([{}, {}, {}], [], id="a stranger"),
    ],
)
def test_most_of_the_evidence_must_agree(answers, matches):
    track, _ = decide(*answers)
    assert [(match.face["FaceId"], match.similarity) for match in track.matches] == matches
    assert track.evidence_ms == (0, 500, 1000)


def test_evidence_is_the_best_and_apart():
    sightings = [seen(t, 100, width=30.0 + t / 100, name="ada") for t in range(0, 2000, 200)]
    assert [s.time_ms for s in choose(sightings)] == [1000, 1400, 1800]
    assert len(choose(sightings)) == EVIDENCE


@pytest.mark.parametrize(
    "poor",
    [
        pytest.param(seen(0, 100), id="not embedded"),
        pytest.param(seen(0, 100, "ada", yaw=80.0), id="turned away"),
        pytest.param(seen(0, 100, "ada", width=9.0), id="small"),
    ],
)
def test_poor_faces_are_not_searched(poor):
    assert choose([poor]) == []
    track, searches = decide(sightings=[poor])
    assert (track.matches, track.evidence_ms, searches.pictures) == ((), (), [])


def test_of_a_stretch_no_more_pictures_are_kept_than_are_searched():
    identifier, tracker = Identifier(Searches()), Tracker()
    for t in range(0, 20_000, 200):
        sighting = seen(t, 100, "ada", width=40 + t % 7)
        identifier.keep(tracker.update(t, [sighting]), FRAME)
        assert len(identifier._crops) <= EVIDENCE


@pytest.mark.parametrize(
    ("face", "shape"),
    [
        pytest.param(Box(100, 80, 100, 100), (220, 220), id="six tenths on each side"),
        pytest.param(Box(150, 100, 30, 30), (LEAST_CROP_PX, LEAST_CROP_PX), id="a small face has more around it"),
        pytest.param(Box(0, 0, 30, 30), (LEAST_CROP_PX, LEAST_CROP_PX), id="in the corner"),
        pytest.param(Box(290, 210, 30, 30), (LEAST_CROP_PX, LEAST_CROP_PX), id="in the other corner"),
        pytest.param(Box(60, 20, 200, 200), (240, 320), id="no more than the frame"),
    ],
)
def test_pictures_have_some_of_what_is_around(face, shape):
    picture = crop(FRAME, face)
    assert picture.shape[:2] == shape
    assert picture.base is None  # a view would keep the whole frame
