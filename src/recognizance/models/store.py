"""The models folder: what of a pack is there and right, reading it by digest, writing it whole or not at all."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from recognizance.errors import WeightsError
from recognizance.models.card import HasCards, ModelCard


class State(StrEnum):
    """How a file stands to its card."""

    PRESENT = "present"
    MISSING = "missing"
    WRONG = "wrong"
    """There, but with another digest, or not readable."""


@dataclass(frozen=True, slots=True)
class FileStatus:
    """A file of a pack and its state."""

    card: ModelCard
    path: Path
    state: State

    @property
    def problem(self) -> str | None:
        """What is wrong and what to do, in one line; None where nothing is."""
        if self.state is State.PRESENT:
            return None
        missing = self.state is State.MISSING
        what = "is missing" if missing else f"is not the file of its card, whose sha256 is {self.card.sha256}"
        remedy = "run `recognizance models pull`" if self.card.source else f"put the file of {self.card.name} there"
        return f"{self.path} {what}; {remedy}"


def verify(pack: HasCards, folder: Path) -> list[FileStatus]:
    """The state of each file of a pack, in the order of its cards."""
    return [_read(card, folder)[0] for card in pack.cards]


def load(card: ModelCard, folder: Path) -> bytes:
    """The bytes of a network as run, checked: those that are returned are those that had the digest.

    Raises WeightsError where the file is missing or wrong.
    """
    status, data = _read(card, folder)
    if status.problem:
        raise WeightsError(status.problem)
    return data


def save(data: bytes, path: Path) -> None:
    """Write a file so that it is there whole and durable, or not there. Raises OSError."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    entry = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(entry)  # the new name survives a power cut too
    finally:
        os.close(entry)


@contextmanager
def lock(folder: Path, *, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold the folder against other writers, of this process or another; `on_wait` is told before waiting."""
    with (folder / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def digest(data: bytes) -> str:
    """Sha256 in hexadecimal, as cards hold it."""
    return hashlib.sha256(data).hexdigest()


def _read(card: ModelCard, folder: Path) -> tuple[FileStatus, bytes]:
    """A file's state and, where it is present, its bytes."""
    path = folder / card.file
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return FileStatus(card, path, State.MISSING), b""
    except OSError:
        return FileStatus(card, path, State.WRONG), b""
    return FileStatus(card, path, State.PRESENT if digest(data) == card.sha256 else State.WRONG), data
