"""`stop`: switch a use of faces off, and with a second administrator on again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from recognizance.cli.native import Profile, as_utc, open_native
from recognizance.cli.options import AsJson, Data
from recognizance.cli.terminal import note, print_json, print_table
from recognizance.policy.stop import Scope

StopId = Annotated[str, typer.Argument(metavar="STOP", help="As `stop list` shows it.")]


def set_(  # noqa: PLR0913, PLR0917 - a command's options are its parameters
    scope: Annotated[Scope, typer.Argument(help="What is stopped.")],
    target: Annotated[
        str | None, typer.Argument(metavar="TARGET", help="The collection, purpose or operation that is stopped.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    until: Annotated[datetime | None, typer.Option(help="Until when (UTC); otherwise until it is lifted.")] = None,
    spare: Annotated[
        list[str] | None, typer.Option(metavar="PURPOSE", help="A purpose that goes on all the same.")
    ] = None,
    profile: Profile = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Stop a use of faces, from now on and in every process within a second.

    Example: recognizance stop set collection suspects --reason "complaint 12"
    """
    stop = open_native(data, profile).post(
        "stops", scope=scope.value, target=target, reason=reason, until=as_utc(until), spared=spare or []
    )
    if as_json:
        print_json(stop)
        return
    note("stopped:")
    typer.echo(stop["id"])


def list_(profile: Profile = None, data: Data = None, as_json: AsJson = False) -> None:
    """List the stops that stand."""
    found = open_native(data, profile).get("stops")["stops"]
    if as_json:
        print_json(found)
        return
    names = ("id", "scope", "target", "reason", "set_by", "set_at", "until", "lift_proposed_by")
    rows = [(*(stop[name] for name in names), ", ".join(stop["spared"])) for stop in found]
    print_table(("stop", "scope", "target", "reason", "by", "since", "until", "lift proposed by", "spares"), rows)


def lift(
    stop: StopId,
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    profile: Profile = None,
    data: Data = None,
) -> None:
    """Propose to lift a stop, as the first of two administrators."""
    open_native(data, profile).post("stops", stop, "lift", reason=reason)
    note(f"proposed; it stands until another administrator runs `recognizance stop confirm {stop}`")


def confirm(stop: StopId, profile: Profile = None, data: Data = None) -> None:
    """Lift a stop, as the second of two administrators."""
    open_native(data, profile).post("stops", stop, "lift", "confirm")
    note("lifted")
