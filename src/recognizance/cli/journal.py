"""The journal of a bulk enrolment: one line of JSON for each file that was dealt with, so that a rerun goes on.

A line is written once the answer is there. A kill in between sends one picture again, and the API gives the faces that
it has of a picture instead of enrolling them twice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Any


class Outcome(StrEnum):
    """What became of a file."""

    ENROLLED = "enrolled"
    NO_FACE = "no_face"
    FACES_REFUSED = "faces_refused"
    NOT_A_PICTURE = "not_a_picture"
    TOO_SMALL = "too_small"
    DAMAGED = "damaged"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    FAILED = "failed"

    @property
    def settled(self) -> bool:
        """Whether the file needs no second try as it is; the others are failures, and are tried again."""
        return self in _SETTLED


_SETTLED = frozenset(
    {Outcome.ENROLLED, Outcome.NO_FACE, Outcome.FACES_REFUSED, Outcome.NOT_A_PICTURE, Outcome.TOO_SMALL}
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that was dealt with: how many faces were enrolled, and for what reasons others of it were not."""

    key: str
    path: str
    outcome: Outcome
    faces: int = 0
    reasons: tuple[str, ...] = ()
    message: str = ""


class Journal:
    """The settled files of one collection, and a file to which more are added."""

    def __init__(self, settled: set[str], file: IO[str]) -> None:
        self._settled = settled
        self._file = file

    def __contains__(self, key: str) -> bool:
        return key in self._settled

    def write(self, entry: Entry) -> None:
        """Add an entry. It survives a kill of this process; what a power cut takes is sent again, which is harmless."""
        self._file.write(json.dumps(asdict(entry)) + "\n")
        self._file.flush()


def journal_path(folder: Path, collection_id: str, created: float) -> Path:
    """The journal of a collection that was created at a time: one deleted and made anew has another."""
    digest = hashlib.sha256(f"{collection_id} {created}".encode()).hexdigest()[:12]
    return folder / "journals" / f"{collection_id[:64]}-{digest}.ndjson"


@contextmanager
def open_journal(path: Path, *, forget: bool = False) -> Iterator[Journal]:
    """Read what was dealt with before, unless that is to be forgotten, and go on writing."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("a+", encoding="ascii") as file:
        file.seek(0)
        lines = file.read().split("\n")
        if lines[-1]:  # a kill tore the last line; ours must not be glued to it
            file.write("\n")
        yield Journal(set() if forget else set(_settled_keys(lines)), file)


def file_key(path: Path, request: dict[str, Any]) -> str:
    """What makes a file the same task as before: its name, size and time, and what is asked of it."""
    try:
        status = path.stat()
        stamp = (status.st_size, status.st_mtime_ns)
    except OSError:  # reading it will tell
        stamp = (0, 0)
    task = json.dumps([str(path), stamp, request], sort_keys=True)
    return hashlib.sha256(task.encode()).hexdigest()[:32]


def _settled_keys(lines: list[str]) -> Iterator[str]:
    for line in lines:
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:  # torn by a kill
            continue
        if Outcome(entry["outcome"]).settled:
            yield entry["key"]
