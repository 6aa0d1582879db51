"""`audit`: how a model pack does on people of different groups, from labelled photographs, as evidence to publish."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from recognizance.cli import measure
from recognizance.cli.options import AsJson, Data
from recognizance.cli.progress import counting
from recognizance.cli.terminal import note, print_json, print_table
from recognizance.settings import load_settings

Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the JSON and the report.")]


def run(  # noqa: PLR0913, PLR0917 - a command's options are its parameters
    folders: measure.Folders,
    out: Out,
    groups: Annotated[
        str, typer.Option("--groups", metavar="COLUMN,...", help="Columns of labels.csv that people are grouped by.")
    ] = "",
    pack: measure.PackName = None,
    auditor: Annotated[
        str, typer.Option("--auditor", metavar="TEXT", help="Who audits, and how independent they are.")
    ] = "not stated",
    label_origin: Annotated[
        str, typer.Option("--label-origin", metavar="TEXT", help="Who says which group people are in.")
    ] = "not stated",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Audit a model pack and its similarity curve on labelled photographs, by group.

    Writes audit.json and, made from it, the report audit.html.

    Example: recognizance audit run photos/ --groups gender,ethnicity --out audit/
    """
    # The engines and scipy; no command that starts at once needs them.
    from recognizance.audit.report import render  # noqa: PLC0415
    from recognizance.audit.run import Statement, run_audit  # noqa: PLC0415
    from recognizance.evaluation.curve import load_curve  # noqa: PLC0415

    settings = load_settings({"data": data, "pack": pack})
    embedder = measure.build_embedder(settings)
    curve = load_curve(embedder.pack.space, measure.curves_folder(settings))
    columns = [column.strip() for column in groups.split(",") if column.strip()]
    statement = Statement(auditor, label_origin, _rerun(folders, columns, embedder.pack.name, out))
    today = datetime.now(UTC).date()
    with counting("embed and measure") as progress:
        document = run_audit(
            folders,
            embedder,
            curve,
            columns=columns,
            statement=statement,
            today=today,
            progress=progress,
        )
    write_document(document, out / "audit.json")
    (out / "audit.html").write_text(render(document), encoding="utf-8")
    if as_json:
        print_json(document)
        return
    print_table(("mark", "outcome"), [(mark["mark"], mark["outcome"]) for mark in document["marks"]])
    note(f"{out / 'audit.html'} explains it; {out / 'audit.json'} holds every figure")


def write_document(document: dict[str, Any], path: Path) -> None:
    """Write a document as JSON, the same bytes for the same document."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n")


def _rerun(folders: Sequence[Path], columns: Sequence[str], pack: str, out: Path) -> str:
    grouped = ["--groups", ",".join(columns)] if columns else []
    words = ["recognizance", "audit", "run", *map(str, folders), *grouped, "--pack", pack, "--out", str(out)]
    return shlex.join(words)
