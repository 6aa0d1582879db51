"""`measure` and `calibrate`: error rates and similarity curves from labelled photographs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recognizance.cli.failure import CommandError
from recognizance.cli.options import AsJson, Data, split_pair
from recognizance.cli.progress import PullProgress, counting
from recognizance.cli.terminal import note, print_json, print_table
from recognizance.errors import SettingsError
from recognizance.models.catalog import find_pack
from recognizance.models.fetch import pull
from recognizance.settings import Settings, load_settings

if TYPE_CHECKING:
    from recognizance.evaluation.embeddings import Embedder
    from recognizance.evaluation.summary import TextTable

Folders = Annotated[
    list[Path], typer.Argument(metavar="FOLDERS...", help="Folders with a labels.csv: the columns path and identity.")
]
PackName = Annotated[str | None, typer.Option("--pack", metavar="NAME", help="A pack; otherwise that of the settings.")]
Plot = Annotated[Path | None, typer.Option(metavar="SVG", help="Draw it to this file.")]


def measure(  # noqa: PLR0913, PLR0917 - a command's options are its parameters
    folders: Folders,
    pack: PackName = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the JSON to this file, too.")] = None,
    plot: Plot = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Measure the error rates of a model pack on labelled photographs.

    Templates of the pictures are kept in the data folder, so that a second run is quick.

    Example: recognizance measure photos/ --pack fast --plot det.svg
    """
    # The engines and scipy; no command that starts at once needs them.
    from recognizance.evaluation.curve import load_curve  # noqa: PLC0415
    from recognizance.evaluation.measure import measure as measure_pack  # noqa: PLC0415
    from recognizance.evaluation.plots import draw_det  # noqa: PLC0415
    from recognizance.evaluation.summary import summarise_measurement  # noqa: PLC0415

    settings = load_settings({"data": data, "pack": pack})
    embedder = build_embedder(settings)
    try:
        curve = load_curve(embedder.pack.space, curves_folder(settings))
    except SettingsError as error:
        note(f"without similarities: {error}")
        curve = None
    with counting("embed") as progress:
        document = measure_pack(folders, embedder, today=today(), curve=curve, progress=progress)
    if out is not None:
        write_document(document, out)
    if plot is not None:
        draw_det({embedder.pack.name: document}, plot)
    _print(document, summarise_measurement(document), as_json=as_json)


def calibrate(  # noqa: PLR0913, PLR0917 - a command's options are its parameters
    folders: Folders,
    pack: PackName = None,
    pool: Annotated[
        list[str] | None, typer.Option(metavar="SET=ORIGIN", help="Count a set's people as of one origin; repeatable.")
    ] = None,
    by: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN", help="A column of labels.csv that makes groups; repeatable.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the curve to this file.")] = None,
    plot: Plot = None,
    reliability: Annotated[
        Path | None, typer.Option(metavar="SVG", help="Draw stated and measured false match rates to this file.")
    ] = None,
    despite_failures: Annotated[
        bool, typer.Option("--despite-failures", help="Exit with 0 even if the curve fails on people not used to fit.")
    ] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Fit the similarity curve of a model pack on labelled photographs.

    The next start uses a curve in the data folder's curves/ instead of the one that comes with the pack.

    Example: recognizance calibrate photos/ --by gender --out curve.json
    """
    from recognizance.evaluation.calibrate import calibrate as calibrate_pack  # noqa: PLC0415 - as above
    from recognizance.evaluation.groups import Grouping  # noqa: PLC0415
    from recognizance.evaluation.plots import draw_curve, draw_reliability  # noqa: PLC0415
    from recognizance.evaluation.summary import summarise_curve  # noqa: PLC0415

    settings = load_settings({"data": data, "pack": pack})
    grouping = Grouping(dict(split_pair(text, "--pool") for text in pool or ()), by or ())
    embedder = build_embedder(settings)
    with counting("embed") as progress:
        document = calibrate_pack(folders, embedder, today=today(), grouping=grouping, progress=progress)
    if out is not None:
        write_document(document, out)
    if plot is not None:
        draw_curve(document, plot)
    if reliability is not None:
        draw_reliability(document, reliability)
    _print(document, summarise_curve(document), as_json=as_json)
    if document["failures"] and not despite_failures:
        raise CommandError("the curve fails on people who were not used to fit: " + "; ".join(document["failures"]))


def build_embedder(settings: Settings, *, normalised: bool = True) -> Embedder:
    """The pack of the settings at work on data sets, its weights pulled if they are missing.

    Its embeddings are those of the network alone where they shall not be `normalised`.
    """
    from recognizance.evaluation.embeddings import Embedder  # noqa: PLC0415 - as above
    from recognizance.vision.pipeline import build_vision  # noqa: PLC0415

    pack = find_pack(settings.pack, settings.data / "cards")
    if not normalised:
        pack = replace(pack, normaliser=None)
    with PullProgress() as progress:
        pull(pack, settings.models_folder, progress=progress)
    vision = build_vision(pack, settings.models_folder, max_pixels=settings.max_megapixels * 1_000_000)
    return Embedder(vision, pack, settings.data / "evaluation", settings.worker_count)


def curves_folder(settings: Settings) -> Path:
    """Where an operator's own curves are."""
    return settings.data / "curves"


def today() -> date:
    """The date that documents carry."""
    return datetime.now(UTC).date()


def write_document(document: dict[str, Any], path: Path) -> None:
    """Write a document as the JSON file that it is kept in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n")


def _print(document: dict[str, Any], tables: Sequence[TextTable], *, as_json: bool) -> None:
    if as_json:
        print_json(document)
        return
    for table in tables:
        print_table(table.head, table.rows, title=table.title)
