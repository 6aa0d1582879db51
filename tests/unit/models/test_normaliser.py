"""A normaliser: what it shrinks, whom it shortens, and which files it is read from."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from recognizance.errors import SettingsError, WeightsError
from recognizance.models.card import NormaliserFile, Pack
from recognizance.models.catalog import DEFAULT_PACK, FAST_PACK
from recognizance.models.normaliser import Normaliser, load_normaliser, normaliser_of
from recognizance.models.store import digest

DIMENSION = 8
AXES = np.eye(DIMENSION, dtype=np.float32)


@pytest.fixture
def normaliser() -> Normaliser:
    """Halves the first axis, and shortens what lies more than 0.25 along the second."""
    return Normaliser(AXES[:1], np.array([0.5], np.float32), AXES[1], start=0.25, slope=2.0)


@pytest.mark.parametrize(
    ("vector", "expected"),
    [
        (AXES[2], AXES[2]),
        (3 * AXES[2], AXES[2]),
        (0.6 * AXES[0] + 0.4 * AXES[2], 0.6 * AXES[0] + 0.8 * AXES[2]),
        (AXES[1], AXES[1] / 2.5),
        (0.2 * AXES[1] + 0.96**0.5 * AXES[2], 0.2 * AXES[1] + 0.96**0.5 * AXES[2]),
        (0.6 * AXES[1] + 0.8 * AXES[2], (0.6 * AXES[1] + 0.8 * AXES[2]) / 1.7),
    ],
    ids=["neither", "any length comes out as 1", "shared", "young", "before the start", "a little young"],
)
def test_by_hand(normaliser: Normaliser, vector: np.ndarray, expected: np.ndarray):
    [found] = normaliser.apply(vector[np.newaxis])
    assert found == pytest.approx(expected, abs=1e-6)
    assert found.dtype == np.float32


def test_the_score_of_two_shrinks_with_both_lengths(normaliser: Normaliser):
    vectors = np.random.default_rng(0).standard_normal((40, DIMENSION)).astype(np.float32)
    directions, embeddings = normaliser.equalise(vectors), normaliser.apply(vectors)
    lengths = np.linalg.norm(embeddings, axis=1)
    assert np.linalg.norm(directions, axis=1) == pytest.approx(np.ones(40), abs=1e-6)
    assert lengths.max() == pytest.approx(1, abs=1e-6)
    assert lengths.min() < 0.8
    assert embeddings @ embeddings.T == pytest.approx(
        np.outer(lengths, lengths) * (directions @ directions.T), abs=1e-6
    )


def test_the_identity_changes_no_vector_of_length_one():
    vectors = np.random.default_rng(1).standard_normal((40, DIMENSION)).astype(np.float32)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert Normaliser.identity(DIMENSION).apply(vectors) == pytest.approx(units, abs=1e-6)


def test_a_record_comes_back_from_json(normaliser: Normaliser):
    document = json.loads(json.dumps(normaliser.describe()))
    again = normaliser_of(document, name="it", dim=DIMENSION)
    vectors = np.random.default_rng(2).standard_normal((20, DIMENSION)).astype(np.float32)
    assert again.apply(vectors) == pytest.approx(normaliser.apply(vectors), abs=1e-5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "other/1"}, r"^own\.json is no normaliser .* recognizance-normaliser/1$"),
        ({"young": ["far"]}, r"^the normaliser own\.json cannot be used \(.*\); fit it anew$"),
        ({"start": "far"}, r"^the normaliser own\.json cannot be used \(.*\); fit it anew$"),
        ({"shrink": 0.5}, r"^the normaliser own\.json cannot be used: its parts do not fit together; fit it anew$"),
        ({"shrink": [0.5, 0.5]}, r"^the normaliser own\.json cannot be used: its parts do not fit together; fit it"),
        ({"young": [1.0]}, r"^the normaliser own\.json cannot be used: its parts do not fit together; fit it anew$"),
        ({"slope": -1.0}, r"^the normaliser own\.json cannot be used: its parts do not fit together; fit it anew$"),
    ],
    ids=["format", "not numbers", "no number", "no list", "sizes", "another dimension", "negative slope"],
)
def test_a_document_that_is_none_is_refused(normaliser: Normaliser, change: dict[str, object], message: str):
    with pytest.raises(SettingsError, match=message):
        normaliser_of(normaliser.describe() | change, name="own.json", dim=DIMENSION)


@pytest.mark.parametrize("pack", [DEFAULT_PACK, FAST_PACK], ids=lambda pack: pack.name)
def test_the_normalisers_that_ship_are_the_pinned_ones(pack: Pack, tmp_path: Path):
    normaliser = load_normaliser(pack, tmp_path)
    assert normaliser.shared @ normaliser.shared.T == pytest.approx(np.eye(4), abs=1e-4)
    assert ((normaliser.shrink > 0) & (normaliser.shrink < 1)).all()
    assert np.linalg.norm(normaliser.young) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("pack", [DEFAULT_PACK, FAST_PACK], ids=lambda pack: pack.name)
def test_what_ships_was_made_with_the_networks_that_run_and_holds_averages_of_many(pack: Pack):
    file = resources.files("recognizance.models").joinpath("normalisers", pack.normaliser.file)
    document = json.loads(file.read_text(encoding="utf-8"))
    assert document["pack"]["models"] == {card.file: card.sha256 for card in pack.cards}
    assert document["crowd"]["people"] > 1000
    assert document["portraits"]["people"] > 500
    numbers = [*document["shared"], document["young"]]
    assert np.shape(numbers) == (5, pack.dim)


def test_a_pack_without_one_leaves_embeddings_as_they_are(tmp_path: Path):
    normaliser = load_normaliser(replace(DEFAULT_PACK, normaliser=None), tmp_path)
    vectors = np.eye(128, dtype=np.float32)
    assert (normaliser.apply(vectors) == vectors).all()


def own_pack(data: bytes) -> Pack:
    return replace(DEFAULT_PACK, name="own", normaliser=NormaliserFile("own.json", digest(data)))


def test_an_own_normaliser_is_read_from_the_models_folder(tmp_path: Path):
    axes = np.eye(128, dtype=np.float32)
    data = json.dumps(Normaliser(axes[:1], axes[0, :1] / 2, axes[1], 0.25, 2.0).describe()).encode()
    (tmp_path / "own.json").write_bytes(data)
    assert load_normaliser(own_pack(data), tmp_path).slope == 2


def test_a_missing_file_is_told(tmp_path: Path):
    with pytest.raises(WeightsError, match=r"own\.json of the pack own cannot be read: No such file"):
        load_normaliser(own_pack(b""), tmp_path)


@pytest.mark.parametrize("data", [b"[]", b"{", b"\xff"], ids=["a list", "no JSON", "no text"])
def test_a_pinned_file_that_is_no_normaliser_is_refused(tmp_path: Path, data: bytes):
    (tmp_path / "own.json").write_bytes(data)
    with pytest.raises(SettingsError, match=r"^own\.json is no normaliser that this version reads"):
        load_normaliser(own_pack(data), tmp_path)


def test_another_file_is_refused(tmp_path: Path):
    (tmp_path / "own.json").write_bytes(b"{}")
    with pytest.raises(WeightsError, match=r"own\.json is not the normaliser of the pack own"):
        load_normaliser(own_pack(b"[]"), tmp_path)
