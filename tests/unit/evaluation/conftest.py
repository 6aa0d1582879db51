"""Labelled folders made on the spot, and a pack whose networks are the shipped fake."""

from __future__ import annotations

import csv
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from recognizance.evaluation.embeddings import Embedder
from recognizance.models.card import Pack, Role, Space
from recognizance.models.catalog import FAST_PACK
from recognizance.testing.vision import FakeVision, Person, sketch

MakeSet = Callable[..., Path]


@pytest.fixture
def make_set(tmp_path: Path) -> MakeSet:
    """make_set(name, rows, columns): a set whose files hold a sketch of `identity` unless `content` says otherwise."""

    def make(name: str, rows: Sequence[dict[str, str]], *, content: dict[str, bytes] | None = None) -> Path:
        folder = tmp_path / "sets" / name
        folder.mkdir(parents=True)
        for row in rows:
            # A prefixed identity is one person in every set; each file is a picture of its own.
            person = row["identity"] if ":" in row["identity"] else f"{name}/{row['identity']}"
            picture = Person(person, variant=zlib.crc32(f"{name}/{row['path']}".encode()))
            data = (content or {}).get(row["path"]) or sketch(picture)
            (folder / row["path"]).write_bytes(data)
        columns = list(dict.fromkeys(column for row in rows for column in row))
        with (folder / "labels.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)
        return folder

    return make


@pytest.fixture
def pack() -> Pack:
    """A pack that FakeVision runs."""
    embedder = replace(FAST_PACK.card(Role.EMBEDDER), space=Space("fake/1", 128))
    return replace(FAST_PACK, cards=(*(c for c in FAST_PACK.cards if c.role is not Role.EMBEDDER), embedder))


@pytest.fixture
def embedder(pack: Pack, tmp_path: Path) -> Embedder:
    """FakeVision at work, with an empty cache."""
    return Embedder(FakeVision(), pack, tmp_path / "cache", threads=2)
