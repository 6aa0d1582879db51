"""`worker`: a process that works off video jobs beside a running server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from recognizance.cli import presence
from recognizance.cli.failure import CommandError
from recognizance.cli.logs import configure_logs
from recognizance.cli.options import Data
from recognizance.settings import load_settings

_STOP_TIMEOUT_S = 10


def worker(
    url: Annotated[str | None, typer.Option(help="URL of the server that searches; that of the data folder.")] = None,
    data: Data = None,
) -> None:
    """Work off video jobs until it is stopped. `serve` starts one by itself; start more for more cores or machines.

    It may be killed at any time: what it was doing is begun anew by another.

    Example: recognizance worker --data ./data
    """
    settings = load_settings({"data": data})
    configure_logs(settings.log_format, settings.log_level)
    if url is None:
        server = presence.find(settings.data)
        if server is None:
            raise CommandError(f"no server runs on {settings.data}: start one, or name it with --url")
        url = presence.local_url(server.url)
    from recognizance.worker import work  # noqa: PLC0415 - all engines

    work(settings, url)


@contextmanager
def beside(data: Path, url: str, count: int) -> Iterator[None]:
    """Run `count` workers as processes of their own while the block lasts."""
    command = [sys.executable, "-m", "recognizance", "worker", "--data", str(data), "--url", url]
    running = [subprocess.Popen(command) for _ in range(count)]  # noqa: S603 - ourselves
    try:
        yield
    finally:
        for process in running:
            process.terminate()
        for process in running:
            try:
                process.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:  # in the middle of a video; its lease runs out
                process.kill()
                process.wait()
