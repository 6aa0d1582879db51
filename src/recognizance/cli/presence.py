"""Which server runs on a data folder: `server.json` in it, written when connections are taken, removed at the end.

What a killed server left behind is told from the truth by the folder's lock.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

_FILE = "server.json"


@dataclass(frozen=True, slots=True)
class Presence:
    """A server: the URL that clients on this machine reach it by, and its process id."""

    url: str
    pid: int


@contextmanager
def removed_at_end(folder: Path) -> Iterator[None]:
    """Remove the announcement at the end, and at the beginning the one that a killed server left."""
    withdraw(folder)
    try:
        yield
    finally:
        withdraw(folder)


def announce(folder: Path, url: str) -> None:
    """Write where this process takes connections. It appears whole or not at all."""
    part = folder / f".{_FILE}.part"
    part.write_text(json.dumps(asdict(Presence(url, os.getpid()))) + "\n")
    part.replace(folder / _FILE)


def withdraw(folder: Path) -> None:
    """Remove the announcement, if there is one."""
    (folder / _FILE).unlink(missing_ok=True)


def find(folder: Path) -> Presence | None:
    """The server announced on a folder; it may have been killed since."""
    try:
        content = json.loads((folder / _FILE).read_text())
        return Presence(content["url"], content["pid"])
    except (FileNotFoundError, NotADirectoryError):
        return None


def local_url(url: str) -> str:
    """The URL by which a client on this machine reaches a server that listens on `url`, maybe on every address."""
    return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
