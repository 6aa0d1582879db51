"""What is printed: results on standard output, as a table or as JSON; everything else on standard error."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import typer
from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

_UNBOUNDED = 10_000  # columns: a table that goes to a file or a pipe is not cut to some terminal's width


def print_json(value: Any) -> None:
    """Print a value as JSON. Escapes are ASCII, because names of files need not be text."""
    typer.echo(json.dumps(value, indent=2))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None) -> None:
    """Print rows under their column names; numbers stand to the right, and None is an empty cell."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left")
    cells = [list(row) for row in rows]
    for position, name in enumerate(columns):
        numeric = bool(cells) and all(isinstance(row[position], int | float | None) for row in cells)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in cells:
        table.add_row(*map(_cell, row))
    print_wide(table)


def print_wide(value: RenderableType) -> None:
    """Print what rich can render: as wide as the terminal, or as wide as it is where there is none."""
    console = Console()
    if not console.is_terminal:
        console.width = _UNBOUNDED
    console.print(value)


def note(text: str) -> None:
    """Tell a person something that is no result."""
    typer.echo(text, err=True)


def _cell(value: object) -> Text:
    # Text and not markup: a file's name may hold brackets.
    match value:
        case None:
            return Text("")
        case float():
            return Text(f"{value:.3f}" if abs(value) <= 1 else f"{value:.2f}")
        case _:
            return Text(str(value))
