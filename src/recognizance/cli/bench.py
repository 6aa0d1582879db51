"""`bench`: speed and memory on this machine, each figure beside its floor."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from recognizance.cli.options import AsJson
from recognizance.cli.terminal import note, print_json, print_wide


def bench(  # noqa: PLR0913, PLR0917 - a command's options are its parameters
    cases: Annotated[list[str] | None, typer.Argument(metavar="[CASES]...", help="What to measure; else all.")] = None,
    photos: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Measure with the photographs in this folder.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Few rounds: to see that all works, not to compare.")] = False,
    keep: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep what takes long to make, for the next run.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the JSON to this file, too.")] = None,
    as_json: AsJson = False,
) -> None:
    """Measure speed and memory on this machine.

    Each figure stands beside the floor that was measured in the same run: what the work costs at least, here.

    Example: recognizance bench detect search --photos photos/ --out bench.json
    """
    # Every engine, and peers where they are installed; no other command needs them.
    from recognizance.bench import run, table  # noqa: PLC0415

    def progress(phase: str, done: int, total: int) -> None:
        note(f"{phase} ({done + 1} of {total})")

    report = run(cases or (), photos, quick=quick, keep=keep, progress=progress)
    document = report.to_json()
    if out is not None:
        out.write_text(json.dumps(document, indent=1) + "\n")
    if as_json:
        print_json(document)
    else:
        print_wide(table(report))
