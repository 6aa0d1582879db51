"""`worker`: a process that works off video jobs beside a running server."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from recognizance.cli import presence
from recognizance.cli.failure import CommandError
from recognizance.cli.logs import configure_logs
from recognizance.cli.options import Data
from recognizance.settings import load_settings

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
"""Pause before a worker that died is started anew, at first and at most."""

_STOP_TIMEOUT_S = 10
_LOOK_S = 0.2

log = logging.getLogger(__name__)


def worker(
    url: Annotated[str | None, typer.Option(help="URL of the server that searches; that of the data folder.")] = None,
    data: Data = None,
    tied: Annotated[bool, typer.Option("--tied", help="End when standard input ends: with who started it.")] = False,
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
    if tied:
        threading.Thread(target=_end_with_input, name="tie", daemon=True).start()
    from recognizance.worker import work  # noqa: PLC0415 - all engines

    work(settings, url)


@contextmanager
def beside(data: Path, url: str, count: int) -> Iterator[None]:
    """Run `count` workers as processes of their own while the block lasts; one that dies is started anew."""
    command = [sys.executable, "-m", "recognizance", "worker", "--data", str(data), "--url", url, "--tied"]
    over = threading.Event()
    keepers = [threading.Thread(target=_keep, args=(command, over), name=f"worker {n}") for n in range(count)]
    for keeper in keepers:
        keeper.start()
    try:
        yield
    finally:
        over.set()
        for keeper in keepers:
            keeper.join()


def _keep(command: Sequence[str], over: threading.Event) -> None:
    """Keep a process running until it is over; the oftener it dies, the longer it is left."""
    pause_s = FIRST_PAUSE_S
    while not over.is_set():
        started = time.monotonic()
        with _start(command) as process:
            while process.poll() is None and not over.wait(_LOOK_S):
                pass
            if over.is_set():
                _end(process)
                return
        log.warning("a video worker ended with %s and is started anew", process.returncode)
        pause_s = FIRST_PAUSE_S if time.monotonic() - started > LONGEST_PAUSE_S else min(2 * pause_s, LONGEST_PAUSE_S)
        over.wait(pause_s)


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    # Its input ends when this process does, however that ends; then it ends too.
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)  # noqa: S603 - ourselves


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:  # in the middle of a video; its lease runs out
        process.kill()


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_STOP_TIMEOUT_S)
    os._exit(1)  # in the middle of a video; its lease runs out
