"""`authorisation`: what courts and offices said of searches, put on record by another person than who searches."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from recognizance.cli.failure import CommandError
from recognizance.cli.native import Profile, as_utc, open_native
from recognizance.cli.options import AsJson, Data
from recognizance.cli.terminal import note, print_json, print_table


def register(  # noqa: PLR0913, PLR0917 - a command's options are its parameters
    reference: Annotated[str, typer.Argument(metavar="REFERENCE", help="As searches state it.")],
    case: Annotated[str, typer.Option(help="The case, as searches state it.")],
    issuer: Annotated[str, typer.Option(help="The court or office.")],
    until: Annotated[datetime | None, typer.Option(help="Until when it permits (UTC).")] = None,
    refused: Annotated[bool, typer.Option("--refused", help="It refused. That shuts the case for good.")] = False,
    collection: Annotated[str | None, typer.Option(help="The one collection that may be searched.")] = None,
    profile: Profile = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Put on record what an authority said of an application.

    Example: recognizance authorisation register "9 Gs 411/26" --case 2026-17 --issuer "Court" --until 2026-12-31
    """
    if (until is None) != refused:
        raise CommandError("say either --until when it permits, or that it --refused")
    found = open_native(data, profile).post(
        "authorisations",
        reference=reference,
        case=case,
        issuer=issuer,
        collection=collection,
        granted_until=as_utc(until),
    )
    if as_json:
        print_json(found)
        return
    note("on record:")
    typer.echo(found["id"])


def list_(profile: Profile = None, data: Data = None, as_json: AsJson = False) -> None:
    """List what is on record. What cases and authorisations are called is kept apart and not shown."""
    found = open_native(data, profile).get("authorisations")["authorisations"]
    if as_json:
        print_json(found)
        return
    names = ("id", "issuer", "collection", "registered_at", "expires_at", "rejected_at")
    rows = [[one[name] for name in names] for one in found]
    print_table(("authorisation", "issuer", "collection", "on record", "until", "rejected"), rows)


def withdraw(
    authorisation: Annotated[str, typer.Argument(metavar="AUTHORISATION", help="As `authorisation list` shows it.")],
    profile: Profile = None,
    data: Data = None,
) -> None:
    """Note that an authority took its permission back."""
    open_native(data, profile).post("authorisations", authorisation, "withdraw")
    note("withdrawn")
