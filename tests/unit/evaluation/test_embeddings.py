from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recognizance.errors import SpaceMismatchError
from recognizance.evaluation import embeddings
from recognizance.evaluation.dataset import Dataset, DatasetError, load
from recognizance.evaluation.embeddings import Embedder, TemplateCache
from recognizance.models.card import Pack, Role
from recognizance.testing.vision import FakeVision, Person, embedding_of, sketch
from recognizance.values import Embedding

from .conftest import MakeSet
from .sets import people


class CountingVision(FakeVision):
    """Counts embedded faces; turns vectors if told to; may be interrupted."""

    def __init__(self, *, turned: bool = False, stop_after: int | None = None) -> None:
        self.embedded = 0
        self._turned, self._stop_after = turned, stop_after

    def embed(self, photo, faces):
        if self.embedded == self._stop_after:
            raise KeyboardInterrupt
        self.embedded += len(faces)
        found = super().embed(photo, faces)
        return [Embedding(-e.vector, e.space) for e in found] if self._turned else found


@pytest.fixture
def dataset(make_set: MakeSet) -> Dataset:
    return load([make_set("town", people(5))])


def test_each_picture_gets_the_vector_of_its_largest_face(make_set: MakeSet, embedder: Embedder):
    crowd = sketch(Person("small", width=40, height=50), Person("large", left=400, width=200, height=250))
    folder = make_set("town", people(3), content={"1-0.json": crowd})
    embedded = embedder.embed(load([folder]))
    assert [photo.path.name for photo in embedded.photographs[:3]] == ["0-0.json", "0-1.json", "1-0.json"]
    assert np.array_equal(embedded.vectors[2], embedding_of("large").vector)
    assert embedded.vectors.dtype == np.float32
    assert embedded.failure_to_enrol == 0
    assert embedded.detect_ms is not None
    assert embedded.embed_ms is not None


def test_pictures_without_a_usable_face_stay_as_failures(make_set: MakeSet, embedder: Embedder):
    content = {"0-0.json": b"text", "1-1.json": sketch(), "2-0.json": sketch(Person("x"), width=79)}
    dataset = load([make_set("town", people(4), content=content)])
    for _ in range(2):  # the second time from the cache
        embedded = embedder.embed(dataset)
        assert {photo.path.name: reason for photo, reason in embedded.failures} == {
            "0-0.json": "Request has invalid image format.",
            "1-1.json": "no face was found",
            "2-0.json": "the picture is 79 x 800 px; both sides need 80 px",
        }
        assert (embedded.pictures, len(embedded.photographs), embedded.failure_to_enrol) == (8, 5, 3 / 8)


def test_no_face_anywhere(make_set: MakeSet, embedder: Embedder):
    rows = people(2)
    content = {row["path"]: sketch(width=200 + number) for number, row in enumerate(rows)}
    with pytest.raises(DatasetError, match="no face was found in any of 4 pictures; no face was found"):
        embedder.embed(load([make_set("town", rows, content=content)]))


def test_a_second_run_embeds_only_what_is_new(dataset: Dataset, make_set: MakeSet, embedder: Embedder):
    first = embedder.embed(dataset)
    vision = CountingVision()
    again = replace(embedder, vision=vision).embed(dataset)
    checks = vision.embedded
    assert np.array_equal(first.vectors, again.vectors)
    assert again.detect_ms is again.embed_ms is None
    assert checks <= len(dataset.photographs)

    more = load([dataset.photographs[0].path.parent, make_set("village", people(30))])
    vision = CountingVision()
    replace(embedder, vision=vision).embed(more)
    assert vision.embedded == checks + 60


def test_the_cache_is_for_its_owner_alone(dataset: Dataset, embedder: Embedder):
    embedder.embed(dataset)
    [file] = embedder.cache.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(embedder.cache.stat().st_mode) == 0o700


def test_other_networks_have_a_cache_of_their_own(dataset: Dataset, embedder: Embedder, pack: Pack):
    embedder.embed(dataset)
    detector = replace(pack.card(Role.DETECTOR), sha256="0" * 64)
    other = replace(pack, cards=(detector, *(card for card in pack.cards if card.role is not Role.DETECTOR)))
    assert TemplateCache(embedder.cache, pack).outcomes
    assert not TemplateCache(embedder.cache, other).outcomes


def test_a_cache_that_comes_out_differently_today_is_dropped(dataset: Dataset, embedder: Embedder):
    before = embedder.embed(dataset)
    after = replace(embedder, vision=CountingVision(turned=True)).embed(dataset)
    assert np.array_equal(after.vectors, -before.vectors)


def test_a_picture_that_fails_today_drops_the_cache(
    dataset: Dataset, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
):
    embedder.embed(dataset)
    monkeypatch.setattr(FakeVision, "detect", lambda self, photo: [])
    with pytest.raises(DatasetError, match="no face was found in any"):
        embedder.embed(dataset)


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 cut short", b"not a zip"], ids=["empty", "cut", "text"])
def test_a_damaged_cache_is_remade(dataset: Dataset, embedder: Embedder, damage: bytes):
    first = embedder.embed(dataset)
    [file] = embedder.cache.iterdir()
    file.write_bytes(damage)
    assert np.array_equal(embedder.embed(dataset).vectors, first.vectors)


def test_an_interrupted_run_keeps_what_it_did(dataset: Dataset, embedder: Embedder, pack: Pack):
    interrupted = replace(embedder, vision=CountingVision(stop_after=6), threads=1)
    with pytest.raises(KeyboardInterrupt):
        interrupted.embed(dataset)
    assert len(TemplateCache(embedder.cache, pack).outcomes) == 6


def test_long_runs_are_saved_on_the_way(dataset: Dataset, embedder: Embedder, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(embeddings, "_SAVE_EVERY", 4)
    saved = []
    monkeypatch.setattr(TemplateCache, "save", lambda self: saved.append(len(self.outcomes)))
    embedder.embed(dataset)
    assert saved == [4, 8, 10]


def test_progress_counts_up_to_all_pictures(dataset: Dataset, embedder: Embedder):
    seen: list[tuple[int, int]] = []
    embedder.embed(dataset, lambda done, total: seen.append((done, total)))
    assert seen == [(number, 10) for number in range(1, 11)]


def test_a_vision_of_another_pack_is_refused(dataset: Dataset, embedder: Embedder, pack: Pack):
    other = replace(pack, mirror=True)
    with pytest.raises(SpaceMismatchError, match="'fake/1' cannot be compared with 'fake-mirror/1'"):
        replace(embedder, pack=other).embed(dataset)


def test_the_cache_names_the_pack(embedder: Embedder, pack: Pack):
    assert TemplateCache(Path("somewhere"), pack).path.name.startswith("templates-fast-")
