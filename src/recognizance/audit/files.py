"""Files: whether a file is still the one that was read, told by a look at its entry; its SHA-256 when it is not.

A look costs microseconds, so every search can afford one; a file is read only when its entry changed. The time of the
entry's last change is part of it, which no program can set: a file put back to its old size and age is still noticed.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

TICK_NS = 1_000_000_000
"""More than a step of any file system's clock: two changes within one step look alike."""

Stamp = tuple[int, int, int, int]
"""Size, time of writing, time of the entry's change (both in ns) and inode."""


def stamp(path: Path) -> Stamp | None:
    """The entry of a file, None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def is_settled(seen: Stamp | None) -> bool:
    """Whether any later change of the entry will show; not so for one that changed a moment ago."""
    return seen is not None and time.time_ns() - seen[2] > TICK_NS


class WatchedFiles:
    """The SHA-256 of some files as they are now. Safe to call from several threads."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        """`files`: paths by name."""
        self._files = dict(files)
        self._known: dict[str, tuple[Stamp, str]] = {}
        self._lock = Lock()

    def digests(self) -> dict[str, str]:
        """SHA-256 in hex by name; empty for a file that cannot be read."""
        with self._lock:
            return {name: self._digest(name, path) for name, path in self._files.items()}

    def _digest(self, name: str, path: Path) -> str:
        seen = stamp(path)  # before the file is read, so that a change meanwhile is noticed next time
        known = self._known.get(name)
        if seen is not None and known is not None and known[0] == seen:
            return known[1]
        try:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError:
            return ""
        if seen is not None and is_settled(seen):
            self._known[name] = seen, digest
        return digest
