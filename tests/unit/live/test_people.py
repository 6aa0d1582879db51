"""Who is searched, and when; who stays the same person."""

from __future__ import annotations

import pytest

from recognizance.live.people import AGAIN_MS, FORGET_MS, PAUSE_MS, People
from recognizance.testing.vision import FakeVision, Person, paint
from recognizance.video.clip import Frame
from recognizance.video.look import Looker


class Search:
    """Finds everybody, and counts."""

    def __init__(self):
        self.count = 0

    def __call__(self, _pixels):
        self.count += 1
        return [{"Similarity": 99.0, "Face": {"FaceId": str(self.count)}}]


@pytest.fixture
def search():
    return Search()


@pytest.fixture
def see(search):
    """Who is in a frame with these people, by index."""
    people, looker = People(search), Looker(FakeVision())

    def see(time_ms, *painted):
        pixels = paint(*painted)
        seen = people.see(time_ms, looker.look(Frame(time_ms, pixels)), pixels)
        return [person.index for person in sorted(seen, key=lambda one: one.sighting.face.box.left)]

    return see


def red(left=20, size=60):
    return Person("red", left, 60, size, size)


def blue(left=200):
    return Person("blue", left, 60, 60, 60)


def test_a_person_is_searched_once_and_keeps_the_number(see, search):
    assert [see(time, red(20 + time // 50)) for time in range(0, 2000, 200)] == [[0]] * 10
    assert search.count == 1


def test_people_that_change_places_are_told_apart(see, search):
    assert see(0, red(20), blue(200)) == [0, 1]
    assert see(200, blue(20), red(200)) == [1, 0]
    assert search.count == 2


@pytest.mark.parametrize(
    ("pause", "size", "searches"),
    [
        pytest.param(PAUSE_MS, 110, 2, id="a much better face"),
        pytest.param(PAUSE_MS - 1, 110, 1, id="but not at once"),
        pytest.param(PAUSE_MS, 62, 1, id="a slightly better one"),
    ],
)
def test_a_better_face_is_searched_too(see, search, pause, size, searches):
    see(0, red())
    see(pause, red(size=size))
    assert search.count == searches


def test_who_stays_is_searched_again(see, search):
    for time in range(0, AGAIN_MS + 1, 1000):
        see(time, red())
    assert search.count == 2


def test_who_left_long_ago_is_forgotten(see, search):
    assert see(0, red()) == [0]
    assert see(FORGET_MS, red(180)) == [0]
    assert see(2 * FORGET_MS + 1, red()) == [1]
    assert search.count == 2


def test_a_face_that_is_too_small_is_not_searched(see, search):
    assert see(0, Person("red", 20, 60, 12, 12)) == [0]
    assert search.count == 0
