"""The flow from photographs to a normaliser's document, with the real networks and a few real faces."""

from __future__ import annotations

import csv
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from recognizance.evaluation import normaliser_fit
from recognizance.evaluation.dataset import DatasetError
from recognizance.evaluation.embeddings import Embedder
from recognizance.evaluation.normaliser import fit_normaliser
from recognizance.models.catalog import DEFAULT_PACK
from recognizance.models.normaliser import normaliser_of
from recognizance.vision.pipeline import build_vision

PEOPLE = 6
TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def portraits(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set of a few people with two pictures each."""
    folder = tmp_path_factory.mktemp("few") / "portraits"
    folder.mkdir()
    with (photos / "london" / "labels.csv").open(newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: (row["identity"], row["path"]))[: 2 * PEOPLE]
    with (folder / "labels.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["path", "identity"], extrasaction="ignore")
        writer.writeheader()
        for row in rows:
            shutil.copy(next((photos / "london").rglob(Path(row["path"]).name)), folder / Path(row["path"]).name)
            writer.writerow({"path": Path(row["path"]).name, "identity": row["identity"]})
    return folder


@pytest.fixture(scope="module")
def embedder(weights_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    pack = replace(DEFAULT_PACK, normaliser=None)
    return Embedder(build_vision(pack, weights_dir), pack, tmp_path_factory.mktemp("cache"), threads=2)


def test_a_document_says_what_it_was_made_from_and_tells_young_drawings_from_portraits(
    portraits: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(normaliser_fit, "PEOPLE_NEEDED", PEOPLE)
    document = fit_normaliser([portraits], [portraits], embedder, today=TODAY)
    assert document == fit_normaliser([portraits], [portraits], embedder, today=TODAY)
    assert (document["date"], document["pack"]["space"]) == ("2026-11-24", DEFAULT_PACK.space)
    assert document["crowd"] == document["portraits"]
    assert document["crowd"]["people"] == PEOPLE
    normaliser = normaliser_of(document, name="it", dim=128)
    assert normaliser.start < 0.3
    assert np.linalg.norm(normaliser.young) == pytest.approx(1, abs=1e-4)


def test_too_few_people_are_refused_in_words(portraits: Path, embedder: Embedder):
    with pytest.raises(DatasetError, match=r"^6 people with a usable face in the crowd are too few .* it takes 300$"):
        fit_normaliser([portraits], [portraits], embedder, today=TODAY)
