"""`serve`: the server, from missing weights to the last answer."""

from __future__ import annotations

import json
import os
import shlex
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from recognizance import __version__
from recognizance.cli import presence
from recognizance.cli.credentials import ensure_credentials
from recognizance.cli.env import client_environment, export_lines
from recognizance.cli.logs import configure_logs
from recognizance.cli.options import AsJson, Data
from recognizance.cli.progress import PullProgress
from recognizance.cli.terminal import note
from recognizance.cli.worker import beside
from recognizance.settings import load_settings


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.", show_default="5080")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Start the server, and say how an AWS client reaches it.

    The first start brings the weights, and makes an administrator's key in the data folder's file `credentials`.
    Ctrl-C or SIGTERM stop it when what it is answering is answered.

    Example: recognizance serve --data ./data
    """
    settings = load_settings({"host": host, "port": port, "data": data})
    configure_logs(settings.log_format, settings.log_level)
    # All engines come with these two; no other command that starts at once needs them.
    from recognizance.app import App, utc_now  # noqa: PLC0415
    from recognizance.server import serve as serve_http  # noqa: PLC0415

    with PullProgress() as progress, App(settings, progress=progress) as app:
        ensure_credentials(app.store.folder, app.store.keys, utc_now)
        workers = ExitStack()
        app.watch()

        def announce(url: str) -> None:
            presence.announce(settings.data, url)
            workers.enter_context(beside(settings.data, presence.local_url(url), settings.video_workers))
            environment = client_environment(settings)
            if as_json:
                # On one line, so that whoever starts the server can read it and go on.
                typer.echo(json.dumps({"url": url, "pid": os.getpid(), "environment": environment}))
                return
            typer.echo(f"Recognizance {__version__} listens on {url}\n")
            typer.echo(f"Point an AWS client here, in another shell:\n\n{export_lines(environment)}\n")
            typer.echo(f'or: eval "$(recognizance env{_data_flag(data)})"')
            note("Ctrl-C stops the server.")

        with presence.removed_at_end(settings.data), workers:
            serve_http(app.asgi(), settings.host, settings.port, announce=announce)


def _data_flag(data: Path | None) -> str:
    return "" if data is None else f" --data {shlex.quote(str(data.absolute()))}"
