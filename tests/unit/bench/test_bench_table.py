"""A report as people read it."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from recognizance.bench.report import Figure, Floor, Machine, Omission, Report, Spread, Target
from recognizance.bench.table import number, table

MACHINE = Machine("Some CPU", 2, 7.8, "Linux 6", "3.11.2", 0.5)


def printed(*figures: Figure, omissions: tuple[Omission, ...] = (), quick: bool = False) -> str:
    report = Report("2026-01-31T12:00:00+00:00", "0.1.0", quick, MACHINE, figures, omissions)
    console = Console(file=io.StringIO(), width=250)
    console.print(table(report))
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("figure", "cells"),
    [
        (
            Figure(
                "detect",
                "DetectFaces",
                "ms",
                Spread.of([40.0, 44.12, 51.0]),
                Floor("bare", Spread.of([40.0])),
                Target("at most", 1.25, "ratio"),
            ),
            ["detect", "DetectFaces", "44.1 ms", "40.0 - 51.0", "40.0 bare", "1.10", "≤ 1.25 x", "yes"],
        ),
        (
            Figure("start", "to ready", "s", Spread.of([3.5, 3.5]), target=Target("at most", 3.0, "median")),
            ["start", "to ready", "3.50 s", "3.50 - 3.50", "≤ 3 s", "NO"],
        ),
        (
            Figure("x", "speedup", "photos/s", Spread.of([2000.0]), Floor("one", Spread.of([1000.0])), None),
            ["x", "speedup", "2000 photos/s", "1000 one", "2.00"],
        ),
    ],
    ids=["within a ratio", "over a limit", "for information, one run"],
)
def test_a_figure_is_a_row(figure, cells):
    rows = [line for line in printed(figure).splitlines() if line.strip().startswith(figure.name)]
    assert len(rows) == 1
    assert [cell.strip() for cell in rows[0].split("  ") if cell.strip()] == cells


def test_the_machine_stands_above():
    first = printed().splitlines()[0]
    assert first == (
        "Recognizance 0.1.0, 2026-01-31T12:00:00+00:00; 2 cores of Some CPU, 7.8 GiB, Linux 6, Python 3.11.2, load 0.5."
    )


def test_a_quick_run_says_that_it_is_one():
    assert "Quick run: figures are not for comparing." in printed(quick=True)


def test_what_was_left_out_and_notes_stand_below():
    text = printed(
        Figure("x", "what", "ms", Spread.of([1.0]), note="made larger"), omissions=(Omission("peers.y", "not here"),)
    )
    assert "x: made larger" in text
    assert "not measured: peers.y: not here" in text


@pytest.mark.parametrize(("value", "text"), [(0.12345, "0.123"), (1.2345, "1.23"), (12.345, "12.3"), (1234.5, "1234")])
def test_about_three_digits_count(value, text):
    assert number(value) == text
