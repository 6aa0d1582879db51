"""`keys`: made, listed and revoked, beside a running server too; it asks the same rows with every request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.cli.credentials import as_profile, credentials_path, read_credentials
from recognizance.cli.failure import CommandError
from recognizance.cli.options import AsJson, Data
from recognizance.cli.terminal import note, print_json, print_table
from recognizance.settings import Settings, load_settings
from recognizance.values import AccessKey, Role

if TYPE_CHECKING:
    from recognizance.storage.keys import KeyRing


def create(
    role: Annotated[Role, typer.Option(help="What the key may do.")],
    label: Annotated[str, typer.Option(help="What the key is for.")] = "",
    person: Annotated[str | None, typer.Option(help="Who holds it. Two keys of one person never count twice.")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make a key. Its secret is shown this once.

    The output is a profile for an AWS shared-credentials file.

    Example: recognizance keys create --role operator --label "reception desk" --person "Ada Byron"
    """
    with _open_keys(load_settings({"data": data})) as keys:
        key = keys.create(role, label, datetime.now(UTC), person=person)
    if as_json:
        print_json({**_as_json(key), "secret": key.secret})
        return
    typer.echo(as_profile(key, key.role.value), nl=False)
    note("This secret is not shown again.")


def list_(data: Data = None, as_json: AsJson = False) -> None:
    """List the keys, revoked ones too, without their secrets."""
    with _open_keys(load_settings({"data": data})) as keys:
        found = keys.all()
    if as_json:
        print_json([_as_json(key) for key in found])
        return
    rows = [
        (key.id, key.role.value, key.person, key.label, _moment(key.created_at), _moment(key.revoked_at))
        for key in found
    ]
    print_table(("key", "role", "person", "label", "created", "revoked"), rows)


def revoke(
    key_id: Annotated[str, typer.Argument(metavar="KEY_ID", help="As `keys list` shows it.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Revoke a key. A running server refuses it from the next request on."""
    settings = load_settings({"data": data})
    with _open_keys(settings) as keys:
        key = keys.revoke(key_id, datetime.now(UTC))
    if as_json:
        print_json(_as_json(key))
        return
    note(f"revoked {key.id}")
    if key.id in _own_credentials(settings):
        path = credentials_path(settings.data)
        note(f"It was the key in {path}: remove that file, and the next start of the server makes another.")


@contextmanager
def _open_keys(settings: Settings) -> Iterator[KeyRing]:
    from recognizance.app import open_store  # noqa: PLC0415 - it brings all engines along

    with ExitStack() as stack:
        yield open_store(settings, stack, exclusive=False).keys


def _own_credentials(settings: Settings) -> tuple[str, ...]:
    try:
        return read_credentials(settings.data)
    except CommandError:
        return ()


def _as_json(key: AccessKey) -> dict[str, str | None]:
    return {
        "id": key.id,
        "role": key.role.value,
        "person": key.person,
        "label": key.label,
        "created_at": key.created_at.isoformat(),
        "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
    }


def _moment(time: datetime | None) -> str | None:
    return f"{time:%Y-%m-%d %H:%M}" if time else None
