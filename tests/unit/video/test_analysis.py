"""Analysis: painted clips in, people out."""

from __future__ import annotations

import io
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from recognizance.errors import VideoError
from recognizance.testing.clips import write_clip
from recognizance.testing.vision import FakeVision, Person, paint
from recognizance.video.analysis import follow, side_by_side
from recognizance.video.clip import Clip
from recognizance.video.identify import Identifier
from recognizance.video.look import Looker
from recognizance.video.scene import CUT, ChangeMeter


def painted(where, *, frames):
    """The bytes of a clip, 10 frames a second: `where` gives the names and left edges of a frame's people."""
    people = ([Person(name, left, 60.0, 40.0, 50.0) for name, left in where(place)] for place in range(frames))
    return write_clip((paint(*each) for each in people), rate=10)


def search(pixels):
    """Knows the one in red."""
    names = [person.name for person in FakeVision().frame(pixels).people]
    return [{"Face": {"FaceId": "red"}, "Similarity": 97.0}] if "red" in names else []


def people(data, *, rate=5.0, identify=False, told=None):
    with Clip(io.BytesIO(data)) as clip:
        return follow(
            clip,
            Looker(FakeVision()),
            rate=rate,
            identifier=Identifier(search) if identify else None,
            threads=2,
            progress=(told if told is not None else []).append,
        )


def spans(tracks):
    return [(track.sightings[0].time_ms, track.sightings[-1].time_ms, len(track.sightings)) for track in tracks]


def test_two_who_cross_are_two_and_one_of_them_is_known():
    told = []
    tracks = people(
        painted(lambda t: [("red", 10 + 12 * t), ("blue", 262 - 12 * t)], frames=21), identify=True, told=told
    )
    assert [[match.face["FaceId"] for match in track.matches] for track in tracks] in ([["red"], []], [[], ["red"]])
    assert {(track.sightings[0].time_ms, track.sightings[-1].time_ms) for track in tracks} == {(0, 2000)}
    assert told == [*(200 * step for step in range(11)), 2000, 2000]  # once more for each who is identified


def test_one_who_leaves_and_comes_back_is_one():
    tracks = people(painted(lambda t: [("red", 100)] if t < 10 or t >= 30 else [], frames=41))
    assert spans(tracks) == [(0, 4000, 11)]


def test_one_who_is_hidden_for_a_moment_is_one():
    tracks = people(painted(lambda t: [] if 9 <= t < 13 else [("red", 20 + 5 * t)], frames=31), rate=10)
    assert spans(tracks) == [(0, 3000, 27)]


def test_a_cut_to_somebody_at_the_same_place():
    frames = [paint(Person("red", 100, 60, 40, 50)) for _ in range(10)]
    bright = paint(Person("blue", 100, 60, 40, 50))
    bright[bright.sum(axis=2) == 120] = 220
    tracks = people(write_clip([*frames, *[bright] * 10], rate=10))
    assert spans(tracks) == [(0, 800, 5), (1000, 1800, 5)]


class CountingVision(FakeVision):
    """Counts the faces that are embedded."""

    def __init__(self):
        self.embedded = 0

    def embed(self, photo, faces):
        self.embedded += len(faces)
        return super().embed(photo, faces)


@pytest.mark.parametrize(
    ("where", "change", "embedded"),
    [
        pytest.param(lambda _: [("red", 100)], 0, 4, id="one who stands, every 600 ms"),
        pytest.param(lambda t: [("red", 100), ("blue", 148 + t % 2)], 0, 20, id="two near each other, always"),
        pytest.param(lambda _: [("red", 100)], 60, 10, id="where the picture changes, always"),
    ],
)
def test_faces_are_embedded_where_it_takes_them(where, change, embedded):
    vision = CountingVision()
    frames = [paint(*(Person(name, left, 60.0, 40.0, 50.0) for name, left in where(t))) for t in range(20)]
    for flash in frames[::4]:
        flash[flash.sum(axis=2) == 120] += change
    with Clip(io.BytesIO(write_clip(frames, rate=10))) as clip:
        tracks = follow(clip, Looker(vision), rate=5.0, identifier=None, threads=2, progress=lambda _: None)
    assert {len(track.sightings) for track in tracks} == {10}
    assert vision.embedded == embedded


def test_nobody():
    assert people(painted(lambda _: [], frames=10), identify=True) == []


def test_a_clip_that_breaks_off_is_told():
    data = write_clip((paint(Person("red")) for _ in range(100)), rate=10, container="matroska")
    with pytest.raises(VideoError, match="breaks off"):
        people(data[: len(data) // 2])


def test_many_look_and_the_order_stays():
    started = threading.Barrier(2)

    def work(item):
        if item < 2:
            started.wait(5)  # both at once, or the barrier breaks
        return -item

    with ThreadPoolExecutor(2) as pool:
        assert list(side_by_side(pool, work, range(7), ahead=3)) == [(item, -item) for item in range(7)]


def test_only_so_many_frames_are_held():
    taken = []

    def items():
        for item in range(10):
            taken.append(item)
            yield item

    with ThreadPoolExecutor(2) as pool:
        given = side_by_side(pool, str, items(), ahead=4)
        next(given)
        assert taken == [0, 1, 2, 3]
        assert len(list(given)) == 9


@pytest.mark.parametrize(
    ("before", "after", "cut"),
    [
        pytest.param(40, 40, False, id="the same"),
        pytest.param(40, 60, False, id="the light changes a little"),
        pytest.param(40, 200, True, id="another picture"),
    ],
)
def test_cuts(before, after, cut):
    meter = ChangeMeter()
    assert meter.change(np.full((240, 320, 3), before, np.uint8)) == 0
    change = meter.change(np.full((240, 320, 3), after, np.uint8))
    assert change == pytest.approx((after - before) / 255, abs=0.01)
    assert (change >= CUT) == cut


def test_somebody_who_walks_by_makes_no_cut():
    meter = ChangeMeter()
    assert all(meter.change(paint(Person("yellow", left, 60, 80, 100))) < CUT for left in (0, 120, 240))
