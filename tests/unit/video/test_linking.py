"""Linking: stretches become people."""

from __future__ import annotations

import pytest

from recognizance.testing.sightings import body, seen
from recognizance.video.linking import BODY_GAP_MS, link, mean_face
from recognizance.video.tracking import Stretch


def stretch(*sightings):
    first, *others = sightings
    begun = Stretch.begin(first)
    for sighting in others:
        begun.go_on(sighting)
    return begun


def of(name, *times, left=100):
    return stretch(*(seen(t, left, name) for t in times))


def people(*stretches):
    """Times of each person."""
    return [[s.time_ms for s in track.sightings] for track in link(list(stretches))]


def test_one_who_comes_back_is_the_same():
    assert people(of("ada", 0, 200), of("bob", 100, 300), of("ada", 9000, 9200)) == [[0, 200, 9000, 9200], [100, 300]]


def test_who_was_seen_beside_somebody_is_another():
    assert people(of("ada", 0, 200), of("ada", 200, 400, left=300)) == [[0, 200], [200, 400]]


def test_who_was_met_by_the_likeliest_may_be_the_next():
    twins = of("ada", 0, 200), of("ada", 200, 400, left=300)
    assert people(*twins, of("ada", 400, 600)) == [[0, 200, 400, 600], [200, 400]]


def test_a_single_sighting_is_nobody_unless_it_is_somebody_known():
    assert people(of("ada", 0, 200), of("bob", 500), of("ada", 900)) == [[0, 200, 900]]


def test_people_are_numbered_by_their_first_appearance():
    tracks = link([of("ada", 0, 200), of("bob", 100, 300)])
    assert [track.index for track in tracks] == [0, 1]
    assert [track.sightings[0].time_ms for track in tracks] == [0, 100]


@pytest.mark.parametrize(
    ("later", "count"),
    [
        pytest.param((body(1000, 20), body(1100, 20)), 1, id="soon, near, in the same clothes"),
        pytest.param((body(1000, 20, (0.0, 1.0)), body(1100, 20, (0.0, 1.0))), 2, id="in other clothes"),
        pytest.param((body(1000, 400), body(1100, 400)), 2, id="elsewhere"),
        pytest.param((body(101 + BODY_GAP_MS, 20), body(200 + BODY_GAP_MS, 20)), 2, id="too late"),
        pytest.param((seen(1000, 20), seen(1100, 20)), 2, id="without a body"),
        pytest.param((seen(1000, 20, "ada"), seen(1100, 20, "ada")), 2, id="a face where there was none"),
    ],
)
def test_bodies_are_linked_with_more_caution(later, count):
    assert len(people(stretch(body(0, 10), body(100, 10)), stretch(*later))) == count


def test_the_mean_face_is_of_the_best():
    best = [seen(t, 100, "ada") for t in range(8)]
    poor = [seen(9, 100, "bob", yaw=80.0), seen(10, 100)]
    assert mean_face([*poor, *best]) == pytest.approx(mean_face(best))
    assert mean_face([seen(0, 100)]) is None
