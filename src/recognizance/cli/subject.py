"""`subject`: answer a person who asks: is my face here, who searched for it, leave it out, dispute it, erase it."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from recognizance.cli.native import Profile, open_native
from recognizance.cli.options import AsJson, Data, Picture
from recognizance.cli.terminal import note, print_json, print_table

Faces = Annotated[list[str], typer.Argument(metavar="FACE...", help="Ids of the person's faces.")]
Out = Annotated[Path, typer.Option(metavar="DIR", help="Folder for the receipts; made if absent.")]


def find(
    picture: Picture,
    collection: Annotated[list[str], typer.Option(help="A collection to search; may be given again.")],
    profile: Profile = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Search collections for a person who asks, each under its own policy. Whether it is the person, you decide.

    Example: recognizance subject find me.jpg --collection visitors --collection staff
    """
    image = base64.b64encode(picture.read_bytes()).decode()
    found = open_native(data, profile).post("subjects", "find", image=image, collections=collection)
    if as_json:
        print_json(found)
        return
    names = ("collection", "face_id", "similarity")
    print_table(("collection", "face", "similarity"), [[one[name] for name in names] for one in found["found"]])
    for one in found["refused"]:
        note(f"{one['collection']} was not searched: {one['message']}")


def answer(  # noqa: PLR0913, PLR0917 - a command's options are its parameters
    faces: Annotated[list[str] | None, typer.Argument(metavar="FACE...", help="Ids of the person's faces.")] = None,
    consent: Annotated[str | None, typer.Option(help="Or the consent with which they were stored.")] = None,
    name: Annotated[str | None, typer.Option(help="The person's name; kept apart, erasable.")] = None,
    profile: Profile = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Tell a person which collections hold its faces, since when, until when, and which searches met them."""
    native = open_native(data, profile)
    found = native.post("subjects", "answer", faces=faces or [], consent=consent, subject=name)
    if as_json:
        print_json(found)
        return
    names = ("collection", "face_id", "enrolled_at", "consent", "limit_at")
    print_table(
        ("collection", "face", "since", "consent", "until"), [[one[key] for key in names] for one in found["held"]]
    )
    names = ("at", "collection", "operation", "purpose", "similarity")
    rows = [[one[key] for key in names] for one in found["searches"]]
    print_table(("searched at", "collection", "operation", "purpose", "similarity"), rows)
    note(f"{found['withheld']} more will be told later; {len(found['erased'])} faces were erased")


def freeze(faces: Faces, profile: Profile = None, data: Data = None) -> None:
    """Keep faces out of every search until the request, whose id it prints, is settled."""
    typer.echo(open_native(data, profile).post("subjects", "freeze", faces=faces)["request"])


def contest(
    faces: Faces,
    reason: Annotated[str, typer.Option(help="What the person disputes.")],
    profile: Profile = None,
    data: Data = None,
) -> None:
    """Freeze faces, and have others review each case that names one of them; prints the request's id."""
    typer.echo(open_native(data, profile).post("subjects", "contest", faces=faces, reason=reason)["request"])


def erase(faces: Faces, out: Out, profile: Profile = None, data: Data = None) -> None:
    """Delete faces wherever they are, and write a receipt for each collection, which anybody can check.

    Example: recognizance subject erase FACE --out receipts/
    """
    _write(out, open_native(data, profile).post("subjects", "erase", faces=faces)["receipts"])


def receipt(
    face: Annotated[str, typer.Argument(metavar="FACE", help="A face that was deleted.")],
    out: Out,
    profile: Profile = None,
    data: Data = None,
) -> None:
    """Write the receipt of a face that was deleted, by whatever command."""
    _write(out, open_native(data, profile).get("receipts", face)["receipts"])


def requests(profile: Profile = None, data: Data = None, as_json: AsJson = False) -> None:
    """List the requests that wait for somebody to settle them."""
    found = open_native(data, profile).get("subjects", "requests")["requests"]
    if as_json:
        print_json(found)
        return
    names = ("request", "action", "opened_at", "entry")
    print_table(names, [[one[name] for name in names] for one in found])


def settle(
    request: Annotated[str, typer.Argument(metavar="REQUEST", help="As `subject requests` shows it.")],
    profile: Profile = None,
    data: Data = None,
) -> None:
    """Settle a freeze or a contest: its faces can be found again."""
    open_native(data, profile).post("subjects", "requests", request, "settle")
    note("settled")


def _write(folder: Path, receipts: list[dict[str, Any]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for document in receipts:
        path = folder / f"receipt-{document['entry']['index']}.json"
        path.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
        note(f"wrote {path}; check it with `recognizance ledger verify {path} --key KEY`")
