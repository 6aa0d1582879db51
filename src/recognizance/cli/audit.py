"""`audit`: how a model pack does on people of different groups, from labelled photographs, as evidence to publish."""

from __future__ import annotations

import json
import shlex
import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from recognizance.cli import measure
from recognizance.cli.client import open_client
from recognizance.cli.options import AsJson, Data, split_pair
from recognizance.cli.progress import counting
from recognizance.cli.terminal import note, print_json, print_table
from recognizance.settings import load_settings

Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the JSON and the report.")]

Groups = Annotated[
    str, typer.Option("--groups", metavar="COLUMN,...", help="Columns of labels.csv that people are grouped by.")
]


def run(  # noqa: PLR0913, PLR0917 - a command's options are its parameters
    folders: measure.Folders,
    out: Out,
    groups: Groups = "",
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
    columns = _columns(groups)
    statement = Statement(auditor, label_origin, _rerun(folders, columns, embedder.pack.name, out))
    with counting("embed and measure") as progress:
        document = run_audit(
            folders,
            embedder,
            curve,
            columns=columns,
            statement=statement,
            today=_today(),
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


def _columns(groups: str) -> list[str]:
    return [column.strip() for column in groups.split(",") if column.strip()]


def _today() -> date:
    return datetime.now(UTC).date()


def _rerun(folders: Sequence[Path], columns: Sequence[str], pack: str, out: Path) -> str:
    grouped = ["--groups", ",".join(columns)] if columns else []
    words = ["recognizance", "audit", "run", *map(str, folders), *grouped, "--pack", pack, "--out", str(out)]
    return shlex.join(words)


def aclu(  # noqa: PLR0913, PLR0917 - as above
    probes: Annotated[Path, typer.Option("--probes", metavar="DIR", help="Labelled photographs of people to search.")],
    gallery: Annotated[
        list[Path], typer.Option("--gallery", metavar="DIR", help="Labelled photographs to enrol; repeatable.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder for aclu.json and the plot aclu.svg.")
    ] = None,
    where: Annotated[
        list[str] | None, typer.Option("--where", metavar="COLUMN=VALUE", help="Search these people only; repeatable.")
    ] = None,
    groups: Groups = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Repeat the ACLU's test of 2018: how many people are taken for somebody among others?

    Everything goes through the server, into a collection that is deleted at the end.

    Example: recognizance audit aclu --probes congress/ --where member_of_115th=true --gallery others/
    """
    from recognizance.audit.aclu import Trial, cast, run_test  # noqa: PLC0415
    from recognizance.audit.aclu_figure import draw_test  # noqa: PLC0415
    from recognizance.evaluation.dataset import load  # noqa: PLC0415

    settings = load_settings({"data": data})
    chosen = dict(split_pair(text, "--where") for text in where or ())
    roles = cast(load([probes, *gallery]), probes.resolve().name, where=chosen)
    collection = f"aclu-{uuid.uuid4()}"
    with open_client(settings) as client, counting("enrol and search") as progress:
        client.call("CreateCollection", {"CollectionId": collection})
        try:
            trial = Trial(client.call, collection, settings.worker_count)
            document = run_test(roles, trial, columns=_columns(groups), today=_today(), progress=progress)
        finally:
            client.call("DeleteCollection", {"CollectionId": collection})
    if out is not None:
        write_document(document, out / "aclu.json")
        (out / "aclu.svg").write_text(draw_test(document), encoding="utf-8")
    if as_json:
        print_json(document)
        return
    _print_test(document)


def _print_test(document: dict[str, Any]) -> None:
    from recognizance.audit.aclu_figure import setting_name  # noqa: PLC0415

    for title, key in (("People taken for somebody else", "false_matches"), ("Second photographs missed", "misses")):
        rows = [
            (setting_name(setting["threshold"]), row["group"], row["events"], row["trials"], _interval(row))
            for setting in document["settings"]
            for row in setting[key]
        ]
        print_table(("setting", "group", "wrong", "people", "95 %"), rows, title=title)
    year, gallery, searched = document["year_2018"], document["gallery"], document["probes"]
    low, high = year["interval_95"]
    note(
        f"{gallery['enrolled']} faces enrolled; {searched['people']} people searched. "
        f"{year['matched']} of {year['probes']} among {year['gallery']} (2018) would be {year['expected_here']} "
        f"of {searched['people']} here ({low} to {high})"
    )


def _interval(row: dict[str, Any]) -> str:
    low, high = (100 * end for end in row["interval_95"])
    few = f"; {row['verdict']}" if row["verdict"] != "enough data" else ""
    return (f"{low:.1f} to {high:.1f} %" if row["events"] else f"under {high:.1f} %") + few
