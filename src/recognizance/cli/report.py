"""`report`: an account of a time, counted from the ledger, for those who have to answer and for everybody else."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from recognizance.cli.failure import CommandError
from recognizance.cli.native import Profile, as_utc, open_native
from recognizance.cli.options import AsJson, Data
from recognizance.cli.terminal import note, print_json, print_table


def report(  # noqa: PLR0913, PLR0917 - a command's options are its parameters
    start: Annotated[datetime | None, typer.Option("--from", help="First day or time (UTC).")] = None,
    end: Annotated[datetime | None, typer.Option("--to", help="The end (UTC), which is not part of it.")] = None,
    year: Annotated[int | None, typer.Option(help="A calendar year instead.")] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write the page to print.")] = None,
    profile: Profile = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Print the account of a time: searches and what came of them, refusals, deletions. Small counts are withheld.

    Example: recognizance report --year 2026 --html report-2026.html
    """
    match start, end, year:
        case datetime(), datetime(), None:
            path, query = ("reports", "account"), {"start": as_utc(start), "end": as_utc(end)}
        case None, None, int():
            path, query = ("reports", str(year)), {}
        case _:
            raise CommandError("name either --from and --to, or a --year")
    native = open_native(data, profile)
    if html is not None:
        html.write_bytes(native.fetch(*path, "page", **query))
        note(f"wrote {html}")
        return
    document = native.get(*path, **query)
    if as_json:
        print_json(document)
        return
    for table in document["tables"]:
        _print(table)


def _print(table: dict[str, Any]) -> None:
    rows = [*table["rows"].items(), ("all", table["total"])]
    cells = [(label, "withheld" if count is None else count) for label, count in rows]
    typer.echo(table["title"])
    print_table(("", "count"), cells)
