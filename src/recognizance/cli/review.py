"""`review`: decide apart and blind what a search found; and what whoever searched may know of it."""

from __future__ import annotations

import base64
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from recognizance.cli.native import Profile, as_utc, open_native
from recognizance.cli.options import AsJson, Data
from recognizance.cli.terminal import note, print_json, print_table

CaseId = Annotated[str, typer.Argument(metavar="CASE", help="The case's id.")]


def list_(profile: Profile = None, data: Data = None, as_json: AsJson = False) -> None:
    """List the cases on which you may vote, as a reviewer."""
    found = open_native(data, profile).get("reviews")["cases"]
    if as_json:
        print_json(found)
        return
    print_table(("case",), [(case,) for case in found])


def show(
    case: CaseId,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the pictures; made if absent.")],
    profile: Profile = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Write the pictures of a case to a folder, and list what may be chosen. Nothing tells of scores or votes.

    Example: recognizance review show CASE --out case/ --profile reviewer
    """
    view = open_native(data, profile).get("reviews", case)
    out.mkdir(parents=True, exist_ok=True)
    files = {"probe": _write(out, "probe", view["probe"])}
    files |= {one["id"]: _write(out, one["id"], one["pictures"]) for one in view["candidates"]}
    if as_json:
        print_json({"case": case, "choices": view["choices"], "files": files})
        return
    note(f"who was searched for: {', '.join(files['probe']) or 'no picture is kept'}")
    print_table(("choice", "pictures"), [(choice, ", ".join(files.get(choice, []))) for choice in view["choices"]])


def vote(
    case: CaseId,
    choice: Annotated[str, typer.Argument(help="none_of_these, cannot_tell, or the id of a candidate.")],
    profile: Profile = None,
    data: Data = None,
) -> None:
    """Vote on a case, once."""
    entry = open_native(data, profile).post("reviews", case, "votes", choice=choice)["entry"]
    note(f"counted, entry {entry} of the ledger")


def lead(
    case: Annotated[str | None, typer.Argument(metavar="CASE", help="The case's id; otherwise all are listed.")] = None,
    after: Annotated[str | None, typer.Option(help="List those opened after this case.")] = None,
    profile: Profile = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Show what a search of yours found, as far as the reviewers have got; or list your cases.

    A candidate is an investigative lead, not an identification.
    """
    native = open_native(data, profile)
    if case is None:
        found = native.get("cases", after=after)["cases"]
        if as_json:
            print_json(found)
            return
        print_table(
            ("case", "collection", "state", "opened"),
            [(one["case"], one["collection"], one["state"], one["opened_at"]) for one in found],
        )
        return
    _print_lead(native.get("cases", case), as_json=as_json)


def contest(
    case: CaseId,
    reason: Annotated[str, typer.Option(help="What is disputed.")],
    profile: Profile = None,
    data: Data = None,
) -> None:
    """Freeze a case that somebody disputes, and have others review it."""
    open_native(data, profile).post("cases", case, "contest", reason=reason)
    note("frozen, until others have reviewed it")


def close(case: CaseId, profile: Profile = None, data: Data = None) -> None:
    """End the wait for votes; nothing is confirmed."""
    open_native(data, profile).post("cases", case, "close")
    note("closed, unresolved")


def reviewers(profile: Profile = None, data: Data = None, as_json: AsJson = False) -> None:
    """List the reviewers with how often they err where the right answer is known (95 % intervals)."""
    found = open_native(data, profile).get("reviewers")["reviewers"]
    if as_json:
        print_json(found)
        return
    rows = [
        (one["person"], one["expires_at"], one["suspended_at"], _rate(one["false_accepts"]), _rate(one["misses"]))
        for one in found
    ]
    print_table(("person", "qualified until", "suspended", "wrong names", "misses"), rows)


def register(  # noqa: PLR0913, PLR0917 - a command's options are its parameters
    key: Annotated[str, typer.Argument(metavar="KEY_ID", help="The reviewer's key, as `keys list` shows it.")],
    trained: Annotated[datetime, typer.Option(help="Day of the training (UTC).")],
    expires: Annotated[datetime, typer.Option(help="Day on which the qualification ends (UTC).")],
    profile: Profile = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Write down the training of the person who holds a key. A later training ends a suspension."""
    native = open_native(data, profile)
    found = native.post("reviewers", key=key, trained_at=as_utc(trained), expires_at=as_utc(expires))
    if as_json:
        print_json(found)
        return
    note(f"{found['person']} may vote until {found['expires_at']}")


def _write(folder: Path, name: str, pictures: list[str]) -> list[str]:
    written = []
    for number, picture in enumerate(pictures, 1):
        path = folder / f"{name}-{number}.jpg"
        path.write_bytes(base64.b64decode(picture))
        written.append(str(path))
    return written


def _print_lead(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    note(f"{found['state']}; {found['status']}: {found['wording']}")
    confirmed = found["confirmed"] and found["confirmed"]["id"]
    rows = [
        (one["rank"], one["similarity"], one["face_id"], "agreed on" if one["id"] == confirmed else "")
        for one in found["candidates"]
    ]
    print_table(("rank", "similarity", "face", "reviewers"), rows)


def _rate(rate: dict[str, Any] | None) -> str:
    if rate is None:
        return "not enough data"
    return f"{rate['events']} of {rate['trials']} ({100 * rate['low']:.1f} to {100 * rate['high']:.1f} %)"
