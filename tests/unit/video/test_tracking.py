"""Tracking: frame by frame into stretches, by place, movement and face; rather broken off than mixed up."""

from __future__ import annotations

import numpy as np
import pytest

from recognizance.testing.sightings import body, seen
from recognizance.values import Box
from recognizance.video.track import Sighting
from recognizance.video.tracking import FRESH_MS, PATIENCE_MS, Tracker


def follow(*frames, cut_before=None):
    """The left edges of each stretch; `frames` are (time, sightings)."""
    tracker = Tracker()
    for time_ms, sightings in frames:
        if time_ms == cut_before:
            tracker.cut()
        tracker.update(time_ms, sightings)
    return [
        [round(s.place.left if s.face is None else s.face.box.left) for s in st.sightings] for st in tracker.finish()
    ]


def test_one_who_stands_is_one_stretch():
    assert follow(*((t, [seen(t, 100, "ada")]) for t in (0, 200, 400))) == [[100, 100, 100]]


def test_one_who_moves_on_is_expected_further_on():
    lefts = [0, 60, 120, 180, 300]  # at the last frame one was left out
    frames = [(t, [seen(t, left)]) for t, left in zip((0, 200, 400, 600, 1000), lefts, strict=True)]
    assert follow(*frames) == [lefts]


def test_two_who_cross_keep_their_own():
    frames = [(t, [seen(t, t / 4, "ada"), seen(t, 200 - t / 4, "bob")]) for t in range(0, 1000, 200)]
    assert follow(*frames) == [[0, 50, 100, 150, 200], [200, 150, 100, 50, 0]]


def test_two_without_known_faces_cross_by_their_movement():
    frames = [(t, [seen(t, t / 4), seen(t, 210 - t / 4)]) for t in range(0, 1000, 200)]
    assert follow(*frames) == [[0, 50, 100, 150, 200], [210, 160, 110, 60, 10]]


@pytest.mark.parametrize(
    ("second", "stretches"),
    [
        pytest.param(seen(200, 110, "ada"), 1, id="near, the same face"),
        pytest.param(seen(200, 110, "bob"), 2, id="near, another face"),
        pytest.param(seen(200, 110), 1, id="near, no face to compare"),
        pytest.param(seen(200, 250, "ada"), 1, id="out of overlap, the same face within reach"),
        pytest.param(seen(200, 250), 2, id="out of overlap, no face to compare"),
        pytest.param(seen(200, 600, "ada"), 2, id="the same face out of reach"),
    ],
)
def test_who_goes_on(second, stretches):
    assert len(follow((0, [seen(0, 100, "ada")]), (200, [second]))) == stretches


@pytest.mark.parametrize(("gap", "stretches"), [(PATIENCE_MS, 1), (PATIENCE_MS + 1, 2)])
def test_one_is_expected_for_a_while(gap, stretches):
    assert len(follow((0, [seen(0, 100, "ada")]), (gap, [seen(gap, 100, "ada")]))) == stretches


def test_nobody_is_expected_beyond_a_cut():
    frames = [(t, [seen(t, 100, "ada")]) for t in (0, 200, 400)]
    assert follow(*frames, cut_before=200) == [[100], [100, 100]]


def test_a_frame_without_anybody_ends_nothing():
    assert follow((0, [seen(0, 100)]), (200, []), (400, [seen(400, 100)])) == [[100, 100]]


def test_a_body_that_appears_around_a_face_is_no_movement():
    both = [Sighting(t, seen(t, 100).face, Box(60, 40, 120, 300), None, None) for t in (200, 400, 600)]
    assert follow((0, [seen(0, 100)]), *((s.time_ms, [s]) for s in both)) == [[100] * 4]


def test_bodies_alone_are_followed():
    assert follow(*((t, [body(t, 10 + t / 10)]) for t in (0, 100, 200))) == [[10, 20, 30]]


def test_an_update_tells_which_stretches_go_on():
    tracker = Tracker()
    [first] = tracker.update(0, [seen(0, 100)])
    both = tracker.update(200, [seen(200, 250), seen(200, 100)])
    assert both[0] is first
    assert [stretch.sightings[-1].face.box.left for stretch in both] == [100, 250]


def test_faces_of_a_stretch_are_averaged():
    tracker = Tracker()
    for t in (0, 200):
        [stretch] = tracker.update(t, [seen(t, 100, "ada")])
    assert float(np.linalg.norm(stretch.vector)) == pytest.approx(1)
    assert stretch.vector @ seen(200, 100, "ada").vector > seen(0, 100, "ada").vector @ seen(200, 100, "ada").vector


def known(*sightings):
    """A tracker that knows these."""
    tracker = Tracker()
    for sighting in sightings:
        tracker.update(sighting.time_ms, [sighting])
    return tracker


ADA = seen(0, 100, "ada")


@pytest.mark.parametrize(
    ("tracker", "sightings", "doubts"),
    [
        pytest.param(known(), [seen(200, 100), seen(200, 300)], [0, 1], id="nobody is expected"),
        pytest.param(known(ADA), [], [], id="nobody is there"),
        pytest.param(known(ADA), [seen(200, 102)], [], id="plain"),
        pytest.param(known(ADA), [seen(200, 160)], [0], id="too far from the expected place"),
        pytest.param(known(ADA), [seen(200, 102), seen(200, 180)], [0, 1], id="another is near"),
        pytest.param(known(ADA), [seen(200, 102), seen(200, 300)], [1], id="another is elsewhere"),
        pytest.param(known(ADA), [seen(FRESH_MS, 102)], [0], id="not looked at for long"),
        pytest.param(known(ADA), [seen(200, 98, width=50.0)], [0], id="larger than ever"),
        pytest.param(known(seen(0, 100)), [seen(200, 100)], [0], id="never looked at"),
    ],
)
def test_faces_are_wanted_in_doubt(tracker, sightings, doubts):
    time_ms = max((sighting.time_ms for sighting in sightings), default=200)
    assert tracker.doubts(time_ms, sightings) == doubts
