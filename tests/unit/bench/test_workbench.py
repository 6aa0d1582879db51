"""What cases share: sizes of quick runs, and files as shipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from recognizance.bench import workbench
from recognizance.bench.material import Material
from recognizance.bench.report import NotMeasuredError
from recognizance.bench.workbench import Workbench
from recognizance.errors import WeightsError
from recognizance.models.catalog import DEFAULT_PACK, SFACE


def bench(folder: Path, *, quick: bool = False) -> Workbench:
    return Workbench(Material(()), DEFAULT_PACK, folder, folder, folder, 2, quick)


def test_a_quick_run_does_less(tmp_path: Path):
    whole, quick = bench(tmp_path), bench(tmp_path, quick=True)
    assert (whole.rounds(40), quick.rounds(40), quick.rounds(1)) == (40, 2, 1)
    assert (whole.size(1_000_000), quick.size(1_000_000), quick.size(40, at_least=4)) == (1_000_000, 20_000, 4)


def test_a_file_as_shipped_is_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    fetched = []

    def fetch(card):
        fetched.append(card)
        return b"graph"

    monkeypatch.setattr(workbench, "read_shipped", fetch)
    assert [bench(tmp_path).shipped(SFACE) for _ in range(2)] == [b"graph", b"graph"]
    assert fetched == [SFACE]


def test_a_file_that_cannot_be_fetched_is_not_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(card):
        raise WeightsError("the index cannot be reached")

    monkeypatch.setattr(workbench, "read_shipped", fail)
    with pytest.raises(NotMeasuredError, match="sface-2021dec as shipped cannot be had: the index cannot be reached"):
        bench(tmp_path).shipped(SFACE)
