from __future__ import annotations

from pathlib import Path

from recognizance.bench import ledger
from recognizance.bench.workbench import Workbench


def test_the_ledger_is_measured_in_memory_and_durable(tmp_path):
    bench = Workbench(None, None, Path(), tmp_path, tmp_path, cores=1, quick=True)
    figures = {figure.name: figure for figure in ledger.record(bench)}
    assert list(figures) == ["ledger", "ledger.durable", "ledger.alone"]
    assert all(figure.unit == "/s" and figure.value.median > 0 for figure in figures.values())
    assert figures["ledger"].floor.value.median > figures["ledger"].value.median
    with ledger._open_book(tmp_path / "ledger") as book:
        assert sum(1 for _ in book.stored()) == 2 * (2 + 1) * bench.size(2_000)  # clients and rounds with the warm-up
