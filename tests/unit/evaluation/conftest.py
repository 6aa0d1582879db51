"""Fixtures over the helpers of `sets`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from recognizance.evaluation.embeddings import Embedder
from recognizance.models.card import Pack

from .sets import fake_embedder, fake_pack, write_set

MakeSet = Callable[..., Path]


@pytest.fixture
def make_set(tmp_path: Path) -> MakeSet:
    """make_set(name, rows, content=...): a labelled folder beside the others of this test."""
    return partial(write_set, tmp_path / "sets")


@pytest.fixture
def pack() -> Pack:
    return fake_pack()


@pytest.fixture
def embedder(tmp_path: Path) -> Embedder:
    return fake_embedder(tmp_path / "cache")
