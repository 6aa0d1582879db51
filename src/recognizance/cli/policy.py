"""`policy`: put policies, tie collections to them, and approve what another administrator proposed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from recognizance.cli.native import Profile, open_native, read_text
from recognizance.cli.options import AsJson, CollectionId, Data
from recognizance.cli.terminal import note, print_json, print_table

Name = Annotated[str, typer.Argument(metavar="POLICY", help="The policy's name.")]
Proposal = Annotated[str, typer.Argument(metavar="PROPOSAL", help="As `policy proposals` shows it.")]
Why = Annotated[str | None, typer.Option("--reason", help="Why, for the second administrator if rules get looser.")]
Audit = Annotated[str | None, typer.Option("--audit", help="Signed audit at the new threshold, where it gets lower.")]


def put(  # noqa: PLR0913, PLR0917 - a command's options are its parameters
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The document: TOML, or JSON if it ends in .json.")],
    reason: Why = None,
    audit: Audit = None,
    profile: Profile = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Put a version of a policy. It holds at once, or waits for a second administrator if it loosens anything.

    Example: recognizance policy put doorstep.toml
    """
    form = "json" if file.suffix == ".json" else "toml"
    document = read_text(file)
    native = open_native(data, profile)
    _tell(native.post("policies", document=document, form=form, reason=reason, audit=audit), as_json=as_json)


def attach(  # noqa: PLR0913, PLR0917
    collection: CollectionId,
    policy: Name,
    reason: Why = None,
    audit: Audit = None,
    profile: Profile = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Tie a collection to a policy."""
    native = open_native(data, profile)
    answer = native.put("collections", collection, "policy", policy=policy, reason=reason, audit=audit)
    _tell(answer, as_json=as_json)


def detach(  # noqa: PLR0913, PLR0917
    collection: CollectionId,
    reason: Why = None,
    audit: Audit = None,
    profile: Profile = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Take the policy of a collection away."""
    native = open_native(data, profile)
    answer = native.put("collections", collection, "policy", policy=None, reason=reason, audit=audit)
    _tell(answer, as_json=as_json)


def list_(profile: Profile = None, data: Data = None, as_json: AsJson = False) -> None:
    """List the policies, the newest version of each."""
    _print_versions(open_native(data, profile).get("policies")["policies"], as_json=as_json)


def show(
    policy: Name,
    versions: Annotated[bool, typer.Option("--versions", help="All versions instead of the newest.")] = False,
    profile: Profile = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Show the document of a policy."""
    native = open_native(data, profile)
    if versions:
        _print_versions(native.get("policies", policy, "versions")["policies"], as_json=as_json)
        return
    found = native.get("policies", policy)
    if as_json:
        print_json(found)
        return
    print_table(("field", "value"), [(name, _cell(value)) for name, value in found["policy"].items()])


def proposals(profile: Profile = None, data: Data = None, as_json: AsJson = False) -> None:
    """List the changes that wait for a second administrator."""
    found = open_native(data, profile).get("proposals")["proposals"]
    if as_json:
        print_json(found)
        return
    rows = [
        (one["id"], one["name"], one["collection"], ", ".join(one["loosened"]), one["reason"], one["key"], one["at"])
        for one in found
    ]
    print_table(("proposal", "policy", "collection", "loosens", "reason", "by", "at"), rows)


def approve(proposal: Proposal, profile: Profile = None, data: Data = None) -> None:
    """Let a proposed change hold, as another administrator than the one who proposed it."""
    open_native(data, profile).post("proposals", proposal, "approve")
    note("approved: it holds")


def withdraw(proposal: Proposal, profile: Profile = None, data: Data = None) -> None:
    """Close a proposal without effect."""
    open_native(data, profile).post("proposals", proposal, "withdraw")
    note("withdrawn")


def profiles(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="The profile whose document to print.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the policies that ship ready, or print the document of one. Needs no server.

    Example: recognizance policy profiles doorstep > doorstep.toml
    """
    from recognizance.policy import profile  # noqa: PLC0415 - it checks documents, which other commands need not

    if name is not None:
        typer.echo(profile.profile_text(name), nl=False)
    elif as_json:
        print_json(list(profile.NAMES))
    else:
        typer.echo("\n".join(profile.NAMES))


def _tell(change: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(change)
    elif change["holds"]:
        note("it holds from now on")
    else:
        proposal = change["proposal"]
        note(f"it loosens {', '.join(proposal['loosened'])}, so another administrator has to approve it:")
        typer.echo(proposal["id"])


def _print_versions(found: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    rows = [
        (
            one["policy"]["name"],
            one["policy"]["version"],
            one["policy"]["purpose"],
            one["accepted_at"],
            one["put_by"],
            one["approved_by"],
        )
        for one in found
    ]
    print_table(("policy", "version", "purpose", "holds since", "put by", "approved by"), rows)


def _cell(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list) else value
