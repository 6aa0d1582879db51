"""`session`: the line by which an unmodified AWS client says why it asks."""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

from recognizance.cli.failure import CommandError
from recognizance.cli.options import AsJson
from recognizance.cli.terminal import print_json
from recognizance.wire.session import write_tag


def session(  # noqa: PLR0913 - one option for each thing that can be said
    *,
    case: Annotated[str | None, typer.Option(help="Reference of the case that a search belongs to.")] = None,
    authorisation: Annotated[str | None, typer.Option(help="Reference of the authorisation to search.")] = None,
    purpose: Annotated[str | None, typer.Option(help="Purpose, as the collection's policy names it.")] = None,
    consent: Annotated[str | None, typer.Option(help="Consent record under which faces are enrolled.")] = None,
    subject: Annotated[str | None, typer.Option(help="Whom a request of a person concerns.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print the session tag that says it, for AWS clients, which send it as their session token.

    It is no secret and opens nothing; each request's signature covers it.

    Example: eval "$(recognizance session --case 2026-17 --authorisation order-3)"
    """
    given = {"case": case, "authorisation": authorisation, "purpose": purpose, "consent": consent, "subject": subject}
    said = {name: text for name, text in given.items() if text is not None}
    if not said:
        raise CommandError("a session says something: give --case, --authorisation, --purpose, --consent or --subject")
    tag = write_tag(said)
    if as_json:
        print_json({"AWS_SESSION_TOKEN": tag})
        return
    typer.echo(f"export AWS_SESSION_TOKEN={shlex.quote(tag)}")
