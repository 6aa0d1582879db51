"""A report as a table for people: each figure beside its floor, ratio and target."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from recognizance.bench.report import Figure, Machine, Report, Spread, Target

_SIGNS = {"at most": "≤", "at least": "≥"}


def table(report: Report) -> RenderableType:
    """The report to print with rich."""
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    grid.add_column("case", overflow="fold")
    grid.add_column("measured", overflow="fold")
    for name in ("median", "min - max", "floor", "ratio", "target"):
        grid.add_column(name, justify="right", overflow="fold")
    grid.add_column("met")
    for figure in report.figures:
        grid.add_row(*map(Text, _cells(figure)))
    left_out = [Text(f"not measured: {omission.name}: {omission.reason}") for omission in report.omissions]
    notes = [Text(f"{figure.name}: {figure.note}") for figure in report.figures if figure.note]
    return Group(Text(_headline(report)), grid, *notes, *left_out)


def _headline(report: Report) -> str:
    machine: Machine = report.machine
    quick = " Quick run: figures are not for comparing." if report.quick else ""
    return (
        f"Recognizance {report.version}, {report.started}; {machine.cores} cores of {machine.cpu}, "
        f"{machine.memory_gib:g} GiB, {machine.system}, Python {machine.python}, load {machine.load:g}.{quick}"
    )


def _cells(figure: Figure) -> tuple[str, ...]:
    floor = f"{number(figure.floor.value.median)} {figure.floor.name}" if figure.floor else ""
    ratio = f"{figure.ratio:.2f}" if figure.ratio is not None else ""
    met = {None: "", True: "yes", False: "NO"}[figure.met]
    median = f"{number(figure.value.median)} {figure.unit}"
    return (
        figure.name,
        figure.what,
        median,
        _reach(figure.value),
        floor,
        ratio,
        _target(figure.target, figure.unit),
        met,
    )


def _reach(spread: Spread) -> str:
    return f"{number(spread.least)} - {number(spread.most)}" if spread.runs > 1 else ""


def _target(target: Target | None, unit: str) -> str:
    if target is None:
        return ""
    measure = "x" if target.of == "ratio" else unit
    return f"{_SIGNS[target.bound]} {target.limit:g} {measure}"


def number(value: float) -> str:
    """A number with about three digits that count.

    >>> number(0.4567), number(45.67), number(4567.8)
    ('0.457', '45.7', '4568')
    """
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}"
