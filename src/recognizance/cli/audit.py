"""`audit`: how a model pack does on people of different groups, from labelled photographs, as evidence to publish."""

from __future__ import annotations

import json
import shlex
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recognizance.cli import measure
from recognizance.cli.client import open_client, running_server
from recognizance.cli.failure import CommandError
from recognizance.cli.options import AsJson, CollectionId, Data, split_pair
from recognizance.cli.progress import counting
from recognizance.cli.terminal import note, print_json, print_table
from recognizance.settings import load_settings

if TYPE_CHECKING:
    from recognizance.audit.run import Question

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
    reference: Annotated[
        str | None, typer.Option("--reference", metavar="GROUP", help="A group to compare others with: 'gender male'.")
    ] = None,
    consent: Annotated[
        str, typer.Option("--consent", metavar="TEXT", help="On what basis these people's photographs are used.")
    ] = "not stated",
    capture: Annotated[
        str, typer.Option("--capture", metavar="TEXT", help="What kind of photographs they are.")
    ] = "not stated",
    mitigation: Annotated[
        str, typer.Option("--mitigation", metavar="TEXT", help="What is done about failed marks, and until when.")
    ] = "none stated",
    scores: Annotated[
        bool, typer.Option("--scores", help="Write the scores to DIR/scores, too, so that others can count again.")
    ] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Audit a model pack and its similarity curve on labelled photographs, by group.

    Writes audit.json and, made from it, the report audit.html.

    Example: recognizance audit run photos/ --groups gender,ethnicity --out audit/
    """
    # The engines and scipy; no command that starts at once needs them.
    from recognizance.audit.report import render  # noqa: PLC0415
    from recognizance.audit.run import Question, Statement, run_audit  # noqa: PLC0415
    from recognizance.audit.wording import too_small  # noqa: PLC0415
    from recognizance.evaluation.curve import find_curve  # noqa: PLC0415

    settings = load_settings({"data": data, "pack": pack})
    embedder = measure.build_embedder(settings)
    curve, curve_document = find_curve(embedder.pack.space, measure.curves_folder(settings))
    question = Question(_columns(groups), reference)
    command = _rerun(folders, question, embedder.pack.name, out)
    statement = Statement(auditor, label_origin, command, consent, capture, mitigation)
    with counting("embed and measure") as progress:
        document = run_audit(
            folders,
            embedder,
            curve,
            curve_data=curve_document["data"],
            question=question,
            statement=statement,
            today=_today(),
            scores=out / "scores" if scores else None,
            progress=progress,
        )
    write_document(document, out / "audit.json")
    (out / "audit.html").write_text(render(document), encoding="utf-8")
    if as_json:
        print_json(document)
        return
    print_table(("mark", "outcome"), [(mark["mark"], mark["outcome"]) for mark in document["marks"]])
    if few := too_small(document):
        note(few)
    note(f"{out / 'audit.html'} explains it; {out / 'audit.json'} holds every figure")


def write_document(document: dict[str, Any], path: Path) -> None:
    """Write a document as JSON, the same bytes for the same document."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n")


def _columns(groups: str) -> list[str]:
    return [column.strip() for column in groups.split(",") if column.strip()]


def _today() -> date:
    return datetime.now(UTC).date()


def _rerun(folders: Sequence[Path], question: Question, pack: str, out: Path) -> str:
    options = {"--groups": ",".join(question.columns), "--reference": question.reference, "--pack": pack}
    given = [word for option, value in options.items() if value for word in (option, value)]
    return shlex.join(["recognizance", "audit", "run", *map(str, folders), *given, "--out", str(out)])


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
            trial = Trial(client.ask, collection, settings.worker_count)
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
    from recognizance.audit.sizes import PEOPLE_NEEDED  # noqa: PLC0415

    counted = document["settings"][0]["false_matches"]
    shown = {row["group"] for row in counted[:1]} | {row["group"] for row in counted if row["trials"] >= PEOPLE_NEEDED}
    for title, key in (("People taken for somebody else", "false_matches"), ("Second photographs missed", "misses")):
        rows = [
            (setting_name(setting), row["group"], row["events"], row["trials"], _interval(row))
            for setting in document["settings"]
            for row in setting[key]
            if row["group"] in shown
        ]
        print_table(("setting", "group", "wrong", "people", "95 %"), rows, title=title)
    year, gallery, searched = document["year_2018"], document["gallery"], document["probes"]
    low, high = year["interval_95"]
    note(
        f"{gallery['enrolled']} faces enrolled; {searched['people']} people searched. "
        f"{year['matched']} of {year['probes']} among {year['gallery']} (2018) would be {year['expected_here']} "
        f"of {searched['people']} here ({low} to {high}). Groups under {PEOPLE_NEEDED} people are in the JSON alone"
    )


def _joined(names: Sequence[str]) -> str:
    return ", ".join(names)


def _interval(row: dict[str, Any]) -> str:
    low, high = (100 * end for end in row["interval_95"])
    few = f"; {row['verdict']}" if row["verdict"] != "enough data" else ""
    return (f"{low:.1f} to {high:.1f} %" if row["events"] else f"under {high:.1f} %") + few


def collection(
    collection_id: CollectionId,
    most: Annotated[int, typer.Option("--max", min=1, help="Most findings shown.")] = 50,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """List probable mistakes in a collection: wrong faces, people enrolled twice, low quality, duplicates.

    It opens the templates in this process, so the server of the data folder must be stopped.

    Example: recognizance audit collection team
    """
    from recognizance.app import open_store  # noqa: PLC0415
    from recognizance.audit.collection import describe, examine  # noqa: PLC0415
    from recognizance.audit.enrolled import read_enrolled  # noqa: PLC0415
    from recognizance.evaluation.curve import load_curve  # noqa: PLC0415

    settings = load_settings({"data": data})
    if running_server(settings.data):
        raise CommandError("the server of this data folder holds the templates; stop it, then audit the collection")
    with ExitStack() as stack:
        store = open_store(settings, stack, exclusive=True)
        enrolled = read_enrolled(store.database, store.vault, collection_id)
    findings = examine(enrolled, load_curve(enrolled.space, measure.curves_folder(settings)))
    described = describe(findings[:most])
    if as_json:
        print_json({"Faces": len(enrolled.faces), "Total": len(findings), "Findings": described})
        return
    rows = [
        (
            row["finding"],
            ", ".join(row["identities"]),
            ", ".join(row["suspects"]),
            len(row["others"]),
            row["similarity"],
        )
        for row in described
    ]
    print_table(("finding", "identity", "look at", "against", "similarity"), rows)
    note(f"{len(findings)} findings in {len(enrolled.faces)} faces, {len(described)} shown; each needs a person's eye")


def diff(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="An audit.json.", show_default=False)],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="Another.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Compare two audits: model against model, or month against month.

    Example: recognizance audit diff march/audit.json april/audit.json
    """
    from recognizance.audit.diff import compare, read_audit  # noqa: PLC0415
    from recognizance.audit.wording import rate  # noqa: PLC0415

    found = compare(read_audit(before), read_audit(after))
    if as_json:
        print_json(found)
        return
    for mark in found["marks"]:
        note(f"{mark['before'] or 'new'} -> {mark['after']}: {mark['mark']}")
    rows = [
        (row["level"], row["group"], row["metric"].upper(), rate(row["before"]), rate(row["after"]), row["change"])
        for row in found["rates"]
        if row["change"] != "not enough data"
    ]
    print_table(("level", "group", "rate", "before", "after", "change"), rows)
    left_out = len(found["rates"]) - len(rows)
    models, data = ("the same" if same else "other" for same in (found["same_models"], found["same_data"]))
    note(f"{models} models, {data} photographs; {left_out} more rates have not enough data in one of the audits")
    if not found["same_data"]:
        note("the photographs differ, so a change may be theirs and not the models'")
