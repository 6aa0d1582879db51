"""Searches with a cohort: the exact search's list, cut at the threshold on the curve; kin say nothing about strangers."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance.evaluation.cohort import Cohort
from recognizance.gallery import Gallery
from recognizance.search.exact import ExactIndex
from recognizance.storage.database import Database
from recognizance.testing.curve import LinearCurve
from recognizance.values import Embedding, NewFace
from recognizance.vault import Vault

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
COHORT = Cohort(LinearCurve.table)
DIMENSION = 24
SIZES = (5, 40, 600, 2500)


def unit_rows(rng, count):
    rows = rng.standard_normal((count, DIMENSION))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def enrol(gallery, collection, vectors):
    faces = [NewFace(Embedding(v, "s"), (0.1, n / 1e4, 0.1, 0.1), 0.9) for n, v in enumerate(vectors)]
    return gallery.enrol(collection, faces, image_id="i", external_image_id=None, now=NOW)


@pytest.fixture
def empty(tmp_path):
    with (
        Database.open(f"sqlite:///{tmp_path / 'test.db'}") as database,
        Gallery.open(database, Vault(bytes(32)), COHORT) as gallery,
    ):
        gallery.create_collection("people", space="s", model_version="1", tags={}, now=NOW)
        yield gallery


@pytest.fixture(scope="module")
def galleries(tmp_path_factory):
    """A gallery with a collection of each size, and each collection's reference index and face ids."""
    rng = np.random.default_rng(11)
    folder = tmp_path_factory.mktemp("galleries")
    with (
        Database.open(f"sqlite:///{folder / 'test.db'}") as database,
        Gallery.open(database, Vault(bytes(32)), COHORT) as gallery,
    ):
        references = {}
        for size in SIZES:
            gallery.create_collection(f"c{size}", space="s", model_version="1", tags={}, now=NOW)
            vectors = unit_rows(rng, size)
            faces = enrol(gallery, f"c{size}", vectors)
            reference = ExactIndex(DIMENSION)
            reference.add(np.array([face.number for face in faces]), vectors.astype(np.float16))
            references[size] = reference, vectors, {face.number: face.face_id for face in faces}
        yield gallery, references


@given(
    size=st.sampled_from(SIZES),
    seed=st.integers(0, 2**32 - 1),
    least=st.just(-1.0) | st.floats(-1.0, 1.0),
    limit=st.integers(1, 20) | st.sampled_from([100, 101, 102, 4096]),
    near=st.booleans(),
)
def test_a_rescaled_search_is_the_exact_one_filtered_and_cut(galleries, *, size, seed, least, limit, near):
    gallery, references = galleries
    reference, vectors, ids = references[size]
    rng = np.random.default_rng(seed)
    [probe] = unit_rows(rng, 1)
    if near:  # of a person who is enrolled
        probe = vectors[rng.integers(size)] + 0.5 * probe
        probe /= np.linalg.norm(probe)
    everything = reference.search(probe, limit=size, min_score=-1.0)
    line = COHORT.rescaling(everything.scores[: COHORT.places(size)], size)
    scored = [(ids[n], line.curve_score(s)) for n, s in zip(*map(np.ndarray.tolist, everything), strict=True)]
    wanted = [(face, score) for face, score in scored if score >= least][:limit]
    found = gallery.search(f"c{size}", Embedding(probe.astype(np.float32), "s"), limit=limit, min_score=least)
    assert [(match.face.face_id, match.score) for match in found] == wanted


def test_more_than_the_cohort_are_found_where_they_reach_the_score(galleries):
    gallery, _ = galleries
    [probe] = unit_rows(np.random.default_rng(1), 1)
    found = gallery.search("c2500", Embedding(probe, "s"), limit=4096, min_score=-1.0)
    assert len(found) == 2500
    assert 101 < len(gallery.search("c2500", Embedding(probe, "s"), limit=4096, min_score=found[700].score)) <= 710


def test_a_users_own_faces_are_left_out_of_the_line_and_stay_candidates(empty):
    rng = np.random.default_rng(5)
    strangers = unit_rows(rng, 300)
    [ada] = unit_rows(rng, 1)
    pictures = ada + 0.7 * unit_rows(rng, 10)
    pictures /= np.linalg.norm(pictures, axis=1, keepdims=True)
    faces = enrol(empty, "people", np.concatenate([strangers, pictures]))
    own = [face.face_id for face in faces[300:]]
    empty.create_user("people", "ada", now=NOW)
    empty.associate("people", "ada", own, min_score=-1.0)
    index = ExactIndex(DIMENSION)
    index.add(np.arange(300), strangers.astype(np.float16))
    probe = pictures[0].astype(np.float16).astype(np.float32)
    best = index.search(probe, limit=COHORT.places(300), min_score=-1.0).scores
    line = COHORT.rescaling(best, 300)
    found = empty.search_by_face("people", own[0], limit=400, min_score=-1.0)
    assert [match.score for match in found if match.face.user_id is None][:31] == list(
        map(line.curve_score, best.tolist())
    )
    assert {match.face.face_id for match in found if match.face.user_id} == set(own[1:])


def test_a_user_is_no_stranger_to_itself(empty):
    rng = np.random.default_rng(6)
    faces = enrol(empty, "people", unit_rows(rng, 30))
    for number, face in enumerate(faces):
        empty.create_user("people", f"u{number}", now=NOW)
        empty.associate("people", f"u{number}", [face.face_id], min_score=-1.0)
    found = empty.search_users_by_user("people", "u0", limit=50, min_score=-1.0)
    assert len(found) == 29
    by_face = empty.search_by_face("people", faces[0].face_id, limit=50, min_score=-1.0)
    assert [match.score for match in found] == [match.score for match in by_face]
