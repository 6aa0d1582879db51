"""`consent`: put on record what people agreed to, and end it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from recognizance.cli.native import Profile, as_utc, open_native, read_text
from recognizance.cli.options import AsJson, Data
from recognizance.cli.terminal import note, print_json, print_table
from recognizance.consent.record import Source

ConsentId = Annotated[str, typer.Argument(metavar="CONSENT", help="The consent's id.")]


def give(  # noqa: PLR0913, PLR0917 - a command's options are its parameters
    notice: Annotated[Path, typer.Argument(metavar="NOTICE", help="The text that the person was given to read.")],
    purpose: Annotated[str, typer.Option(help="As the collection's policy names it.")],
    source: Annotated[Source, typer.Option(help="How the picture of the person came here.")],
    until: Annotated[datetime, typer.Option(help="End of the term that was agreed (UTC).")],
    signature: Annotated[str, typer.Option(help="What was signed, or where it lies.")],
    subject: Annotated[str | None, typer.Option(help="The person's name; kept apart, erasable.")] = None,
    purpose_end: Annotated[
        datetime | None, typer.Option("--purpose-end", help="When the purpose is reached (UTC), where known.")
    ] = None,
    profile: Profile = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Put a consent on record; faces are enrolled with the id that it prints.

    Example: recognizance consent give notice.txt --purpose doorstep --source in-person --until 2027-06-30 --signature 3
    """
    found = open_native(data, profile).post(
        "consents",
        notice=read_text(notice),
        purpose=purpose,
        source=source.value,
        expires_at=as_utc(until),
        signature=signature,
        subject=subject,
        purpose_end=as_utc(purpose_end),
    )
    if as_json:
        print_json(found)
        return
    note('on record; enrol with it: eval "$(recognizance session --consent ID)"')
    typer.echo(found["id"])


def list_(
    after: Annotated[str | None, typer.Option(help="Those after this id.")] = None,
    profile: Profile = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """List consents, withdrawn ones too, a hundred at a time. They name nobody."""
    found = open_native(data, profile).get("consents", after=after)["consents"]
    if as_json:
        print_json(found)
        return
    names = ("id", "purpose", "source", "given_at", "expires_at", "withdrawn_at")
    rows = [[one[name] for name in names] for one in found]
    print_table(("consent", "purpose", "source", "given", "until", "withdrawn"), rows)


def withdraw(consent: ConsentId, profile: Profile = None, data: Data = None) -> None:
    """End a consent. Faces stored with it are in no answer from now on, and are erased."""
    faces = open_native(data, profile).post("consents", consent, "withdraw")["faces"]
    note(f"withdrawn; {faces} faces are in no answer any more")
