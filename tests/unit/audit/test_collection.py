from __future__ import annotations

import numpy as np
import pytest

from recognizance.audit.collection import Kind, describe, examine
from recognizance.audit.enrolled import Enrolled
from recognizance.testing.curve import LinearCurve
from recognizance.testing.vision import embedding_of
from recognizance.values import EnrolledFace


@pytest.fixture
def similar():
    """A curve on which one person's sketches, which score about 0.9, reach 100, and 0.5 is 50."""

    class Curve(LinearCurve):
        def similarity(self, score):
            return 100.0 if score >= 0.8 else super().similarity(score)

    return Curve()


def enrol(*faces, confidence=0.99):
    """Faces as (identity, who is shown, variant)."""
    return Enrolled(
        "fake/1",
        tuple(
            EnrolledFace(f"face{n}", f"image{n}", identity, (0, 0, 1, 1), confidence, "0.1", None, n)
            for n, (identity, _, _) in enumerate(faces)
        ),
        np.array([embedding_of(shown, variant).vector for _, shown, variant in faces]),
    )


def found(enrolled, curve):
    return [
        (one["finding"], one["identities"], one["suspects"], one["others"])
        for one in describe(examine(enrolled, curve))
    ]


def test_people_who_hang_together_are_no_finding(similar):
    assert found(enrol(("ada", "ada", 1), ("ada", "ada", 2), ("bob", "bob", 1)), similar) == []


def test_the_smaller_part_of_an_identity_that_falls_apart_is_suspect(similar):
    enrolled = enrol(("ada", "ada", 1), ("ada", "ada", 2), ("ada", "ada", 3), ("ada", "eve", 1), ("ada", "eve", 2))
    assert found(enrolled, similar) == [
        (Kind.APART, ["ada"], ["face3", "face4"], ["face0", "face1", "face2"]),
    ]


def test_the_least_alike_come_first(similar):
    enrolled = enrol(("ada", "ada", 1), ("ada", "eve", 1), ("bob", "bob", 1), ("bob", "cid", 1))
    scores = [one["similarity"] for one in describe(examine(enrolled, similar))]
    assert len(scores) == 2
    assert scores == sorted(scores)


def test_one_person_under_two_identities(similar):
    enrolled = enrol(("ada", "ada", 1), ("bob", "ada", 2))
    assert found(enrolled, similar) == [(Kind.ALIKE, ["ada", "bob"], ["face0"], ["face1"])]


def test_one_photograph_under_two_identities(similar):
    enrolled = enrol(("ada", "ada", 1), ("ada", "ada", 2), ("bob", "ada", 1))
    assert found(enrolled, similar) == [(Kind.SAME_PHOTOGRAPH, ["ada", "bob"], ["face0"], ["face2"])]


def test_a_photograph_enrolled_twice_comes_last(similar):
    enrolled = enrol(("ada", "ada", 1), ("ada", "ada", 1), ("bob", "bob", 1), ("bob", "eve", 1))
    assert [kind for kind, *_ in found(enrolled, similar)] == [Kind.APART, Kind.DUPLICATE]


def test_a_face_of_low_quality(similar):
    assert found(enrol(("ada", "ada", 1), confidence=0.5), similar) == [(Kind.LOW_QUALITY, ["ada"], ["face0"], [])]


def test_faces_that_nobody_named_are_people_of_their_own(similar):
    enrolled = enrol((None, "ada", 1), (None, "ada", 2), (None, "bob", 1))
    assert found(enrolled, similar) == [(Kind.ALIKE, ["face0", "face1"], ["face0"], ["face1"])]


def test_large_collections_are_compared_block_by_block(similar, monkeypatch):
    monkeypatch.setattr("recognizance.audit.collection._BLOCK", 2)
    faces = [(f"person{n}", f"person{n}", 1) for n in range(5)] + [("twin", "person0", 2)]
    assert found(enrol(*faces), similar) == [(Kind.ALIKE, ["person0", "twin"], ["face0"], ["face5"])]


def test_an_empty_collection_has_no_findings(similar):
    assert examine(Enrolled("fake/1", (), np.empty((0, 0), np.float32)), similar) == []
