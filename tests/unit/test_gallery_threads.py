"""Many threads on one gallery: every change is seen by the next search, and nothing is stored twice or by half."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import numpy as np
import pytest

from recognizance.errors import CollectionNotFoundError
from recognizance.gallery import Gallery
from recognizance.values import Embedding, NewFace
from recognizance.vault import Vault

NOW = datetime(2026, 11, 24, tzinfo=UTC)
DIMENSION = 32
THREADS = 4


def vectors(seed, count):
    drawn = np.random.default_rng(seed).standard_normal((count, DIMENSION)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def enrol(gallery, drawn, image):
    faces = [NewFace(Embedding(vector, "s"), (0.1 * place, 0.1, 0.1, 0.1), 0.9) for place, vector in enumerate(drawn)]
    return gallery.enrol("people", faces, image_id=image, external_image_id=None, now=NOW)


def found(gallery, vector):
    matches = gallery.search("people", Embedding(vector, "s"), limit=50, min_score=0.999)
    return {match.face.face_id for match in matches}


@pytest.fixture
def gallery(database):
    with Gallery.open(database, Vault(bytes(32))) as opened:
        opened.create_collection("people", space="s", model_version="1", tags={}, now=NOW)
        yield opened


def in_threads(work):
    """Run `work(place)` in several threads that start together; their results, or the first error."""
    together = threading.Barrier(THREADS, timeout=30)

    def run(place):
        together.wait()
        return work(place)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def test_each_thread_finds_what_it_enrolled_and_not_what_it_deleted(gallery, database):
    def work(place):
        kept = 0
        for turn, vector in enumerate(vectors(place, 12)):
            face = enrol(gallery, [vector], f"{place} {turn}")[0]
            assert found(gallery, vector) == {face.face_id}
            if turn % 2:
                gallery.delete_faces("people", [face.face_id])
                assert found(gallery, vector) == set()
            else:
                kept += 1
        return kept

    kept = sum(in_threads(work))
    assert gallery.collection("people").face_count == kept
    assert len(gallery.faces("people", after=None, limit=1000)) == kept
    with Gallery.open(database, Vault(bytes(32))) as again:
        assert len(next(iter(again._shelves.values())).faces) == kept


def test_two_clients_that_enrol_one_picture_store_it_once(gallery):
    drawn = vectors(9, 3)
    results = in_threads(lambda _: enrol(gallery, drawn, "the picture"))
    assert all(result == results[0] for result in results)
    assert gallery.collection("people").face_count == 3
    assert len(found(gallery, drawn[0])) == 1


def test_a_token_that_comes_from_all_sides_changes_once(gallery):
    def change():
        gallery.create_user("people", "ann", now=NOW)
        return {"made": "ann"}

    answers = in_threads(lambda _: gallery.once("CreateUser", "token", "digest", change, now=NOW))
    assert answers == [{"made": "ann"}] * THREADS
    assert gallery.collection("people").user_count == 1


def test_a_collection_deleted_under_enrolment_ends_it_cleanly(gallery, database):
    def work(place):
        if place == 0:
            gallery.delete_collection("people")
            return None
        try:
            for turn in range(1000):
                enrol(gallery, vectors(turn, 2), f"{place} {turn}")
        except CollectionNotFoundError as error:
            return error.collection_id
        return "never ended"

    assert in_threads(work) == [None, "people", "people", "people"]
    assert gallery._shelves == {}
    with Gallery.open(database, Vault(bytes(32))) as again:
        assert again.collections(after=None, limit=9) == []
        assert again._shelves == {}
