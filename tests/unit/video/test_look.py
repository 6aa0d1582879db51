"""Look: faces with embeddings, bodies, and which face sits on which body."""

from __future__ import annotations

import numpy as np
import pytest

from recognizance.testing.sightings import face_at
from recognizance.testing.vision import FakeVision, Person, embedding_of, paint
from recognizance.values import Box
from recognizance.video.clip import Frame
from recognizance.video.look import Looker, pair


def frame(*people, bodies=None):
    return Looker(FakeVision(), bodies).look(Frame(400, paint(*people)))


def test_a_face_comes_with_its_embedding():
    [sighting] = frame(Person("red", 100, 50, 40, 50))
    assert (sighting.time_ms, sighting.body, sighting.colours) == (400, None, None)
    assert (sighting.face.box.left, sighting.face.box.width) == (100, 40)
    assert np.array_equal(sighting.vector, embedding_of("red").vector)


@pytest.mark.parametrize(("width", "known"), [(23, False), (24, True)])
def test_a_face_that_is_too_small_tells_nobody_from_anybody(width, known):
    [sighting] = frame(Person("red", 100, 50, width, 40))
    assert (sighting.vector is not None) == known


def test_nobody_is_nobody():
    assert frame() == []


def test_a_body_without_a_face_counts_and_has_colours():
    [sighting] = frame(bodies=lambda _: [Box(10, 20, 60, 200)])
    assert sighting.face is None
    assert sighting.vector is None
    assert sighting.body == Box(10, 20, 60, 200)
    assert float(np.linalg.norm(sighting.colours)) == pytest.approx(1)


def test_colours_tell_clothes_apart():
    def look(shirt, trousers):
        pixels = paint(Person(shirt, 0, 20, 100, 100), Person(trousers, 0, 120, 100, 100))
        [sighting] = [
            s for s in Looker(FakeVision(), lambda _: [Box(0, 20, 100, 200)]).look(Frame(0, pixels)) if s.body
        ]
        return sighting.colours

    same, turned = look("red", "blue") @ look("red", "blue"), look("red", "blue") @ look("blue", "red")
    assert same == pytest.approx(1, abs=1e-3)
    assert turned < 0.2


@pytest.mark.parametrize("body", [Box(400, 10, 50, 100), Box(10, -300, 60, 200), Box(10, 20, 1, 1)])
def test_a_body_of_which_nothing_is_in_the_frame_has_no_colours(body):
    [sighting] = frame(bodies=lambda _: [body])
    assert sighting.colours is None


TALL, NEXT = Box(80, 40, 80, 240), Box(160, 40, 80, 240)


@pytest.mark.parametrize(
    ("faces", "bodies", "pairs"),
    [
        pytest.param([100], [TALL], [(0, 0)], id="a face on its body"),
        pytest.param([100, 180], [NEXT, TALL], [(0, 1), (1, 0)], id="each on its own"),
        pytest.param([145], [TALL, NEXT], [(0, 1)], id="on the one whose middle is nearer"),
        pytest.param([10], [TALL], [(0, None)], id="a face beside a body"),
        pytest.param([100], [], [(0, None)], id="a face alone"),
        pytest.param([], [TALL], [], id="a body alone"),
        pytest.param([100, 102], [TALL], [(0, 0), (1, None)], id="one body has one face"),
    ],
)
def test_faces_and_bodies_are_paired(faces, bodies, pairs):
    found = [face_at(left) for left in faces]
    paired = pair(found, bodies)
    expected = {(found[f].box, bodies[b] if b is not None else None) for f, b in pairs}
    assert {(face.box, body) for face, body in paired if face} == expected
    lone = [body for body in bodies if body not in [b for _, b in expected]]
    assert [body for face, body in paired if face is None] == lone


@pytest.mark.parametrize(
    ("face", "why"),
    [
        (face_at(100, top=200), "at the knees"),
        (face_at(100, top=-60), "above the head"),
        (face_at(75, width=90), "wider"),
    ],
)
def test_a_face_where_no_head_can_be_stays_alone(face, why):
    assert pair([face], [TALL]) == [(face, None), (None, TALL)], why
