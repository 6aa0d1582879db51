"""Labelled folders made on the spot, and a pack whose networks are the shipped fake."""

from __future__ import annotations

import csv
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from recognizance.evaluation.embeddings import Embedder
from recognizance.models.card import Pack, Role, Space
from recognizance.models.catalog import FAST_PACK
from recognizance.testing.vision import FakeVision, Person, sketch


def people(count: int, *, pictures: int = 2, **columns: str) -> list[dict[str, str]]:
    """Rows for `count` people with so many pictures each."""
    return [
        {"path": f"{person}-{picture}.json", "identity": f"person{person}", **columns}
        for person in range(count)
        for picture in range(pictures)
    ]


def write_set(
    parent: Path, name: str, rows: Sequence[dict[str, str]], *, content: dict[str, bytes] | None = None
) -> Path:
    """A set whose files hold a sketch of the row's identity, unless `content` has bytes for its path."""
    folder = parent / name
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


def fake_pack() -> Pack:
    """A pack that FakeVision runs."""
    embedder = replace(FAST_PACK.card(Role.EMBEDDER), space=Space("fake/1", 128))
    return replace(FAST_PACK, cards=(*(c for c in FAST_PACK.cards if c.role is not Role.EMBEDDER), embedder))


def fake_embedder(cache: Path) -> Embedder:
    """FakeVision at work, with an empty cache."""
    return Embedder(FakeVision(), fake_pack(), cache, threads=2)
