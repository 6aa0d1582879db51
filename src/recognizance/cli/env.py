"""`env`: the lines that point an AWS client at this installation."""

from __future__ import annotations

import os
import shlex

import typer

from recognizance.cli import presence
from recognizance.cli.credentials import credentials_path
from recognizance.cli.failure import CommandError
from recognizance.cli.options import AsJson, Data
from recognizance.cli.terminal import note, print_json
from recognizance.settings import Settings, load_settings

_OVERRULING = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE")


def env(data: Data = None, as_json: AsJson = False) -> None:
    """Print the lines that point AWS clients here; the server need not be running.

    Example: eval "$(recognizance env)"
    """
    settings = load_settings({"data": data})
    environment = client_environment(settings)
    if as_json:
        print_json(environment)
        return
    typer.echo(export_lines(environment))
    if not credentials_path(settings.data).exists():
        note(f"There is no key yet: the first `recognizance serve` on {settings.data} makes one.")
    for name in _OVERRULING:
        if name in os.environ:  # no setting of ours: clients read it, and it would beat the file
            note(f"{name} is set in this shell and overrules the key above: unset {name}")


def client_environment(settings: Settings) -> dict[str, str]:
    """The variables that AWS clients read, and the one by which our own commands find the same data folder.

    Raises CommandError where the port is not known.
    """
    server = presence.find(settings.data)
    if server is None and settings.port == 0:
        raise CommandError("the port is 0, which takes a free one: start the server first")
    url = server.url if server else f"http://{_bracketed(settings.host)}:{settings.port}"
    return {
        "AWS_ENDPOINT_URL_REKOGNITION": presence.local_url(url),
        "AWS_SHARED_CREDENTIALS_FILE": str(credentials_path(settings.data)),
        "AWS_DEFAULT_REGION": settings.region,
        "RECOGNIZANCE_DATA": str(settings.data.absolute()),
    }


def export_lines(environment: dict[str, str]) -> str:
    """Lines for a POSIX shell."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in environment.items())


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
