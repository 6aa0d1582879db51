"""Labelled folders of sketched people, and a pack whose networks are the shipped fake."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from recognizance.evaluation.curve import SimilarityCurve, Table
from recognizance.evaluation.embeddings import Embedder
from recognizance.models.card import Pack, Role, Space
from recognizance.models.catalog import FAST_PACK
from recognizance.testing.vision import FakeVision, Person, sketch

CURVE_DATA = {"fingerprint": "of others", "sets": {"others": 9}}
"""What the curve of these tests was made from: nobody in them."""


@pytest.fixture(scope="session")
def pack() -> Pack:
    """A pack that FakeVision runs."""
    embedder = replace(FAST_PACK.card(Role.EMBEDDER), space=Space("fake/1", 128))
    return replace(FAST_PACK, cards=(*(c for c in FAST_PACK.cards if c.role is not Role.EMBEDDER), embedder))


@pytest.fixture
def embedder(pack: Pack, tmp_path: Path) -> Embedder:
    """FakeVision at work, with an empty cache."""
    return Embedder(FakeVision(), pack, tmp_path / "cache", threads=1)


@pytest.fixture(scope="session")
def curve() -> SimilarityCurve:
    """1e-4 at a score of 0.33, 1e-6 at 0.5, 1e-12 at 1."""
    return SimilarityCurve(Table((-1.0, 0.0, 1.0), (0.0, 0.0, -12.0), extrapolated_from=0.4), space="fake/1")


def write_people(folder: Path, rows: Sequence[dict[str, str]]) -> Path:
    """A set with a picture for each row, of its `identity`, or of whom it `shows` instead; of nobody if that is ''."""
    folder.mkdir(parents=True)
    columns = dict.fromkeys(["path", "identity", *(column for row in rows for column in row if column != "shows")])
    with (folder / "labels.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(columns), restval="", extrasaction="ignore")
        writer.writeheader()
        for number, row in enumerate(rows):
            shown = row.get("shows", row["identity"])
            people = [Person(shown, variant=number)] if shown else []
            # No two pictures of nobody are one file: that would be one person.
            (folder / f"{number}.json").write_bytes(sketch(*people, width=1000 + number))
            writer.writerow({"path": f"{number}.json", **row})
    return folder


def crowd(count: int, pictures: int = 2, **columns: str) -> list[dict[str, str]]:
    """Rows of `count` people with so many pictures each."""
    tag = "-".join(columns.values())
    return [{"identity": f"{tag}{person}", **columns} for person in range(count) for _ in range(pictures)]
