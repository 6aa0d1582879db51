"""The file with one half of every face key: a slot of 32 bytes for each, never used twice, zeros when destroyed.

It lies beside the database and not in it. A deletion overwrites the slot where it stands, so the key of a deleted face
can be put together from no copy of the database, however old; and a database that was put back opens everything but
what has been deleted since. Losing the file loses all templates whose keys are in it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from recognizance.errors import SealError, StartError, StorageError
from recognizance.vault import DESTROYED, KEY_BYTES, Halves

FILE = "face.keys"
"""Name of the file in the data folder."""


class HalvesFile(Halves):
    """The real `Halves`. One process writes: the one that holds the data folder's lock. Others may read beside it."""

    def __init__(self, path: Path) -> None:
        """Open the file, made (mode 0600) if it is not there. Raises StartError."""
        self._path = path
        self._turn = threading.Lock()
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._sync_name()
        except OSError as error:
            raise StartError(f"{path} cannot be used: {error.strerror}") from error
        # A crash may have torn the last slot: it is left as it is, no row refers to it.
        self._next = -(-os.fstat(self._file).st_size // KEY_BYTES)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def put(self, half: bytes) -> int:
        """Write at the end. Raises StorageError."""
        with self._turn:
            slot = self._next
            self._write(slot, half)
            self._next = slot + 1
            return slot

    def get(self, slot: int) -> bytes:
        """Read a slot."""
        half = os.pread(self._file, KEY_BYTES, slot * KEY_BYTES)
        if len(half) != KEY_BYTES:
            raise SealError(f"{self._path} ends before the key of a face: put your newest copy of it back")
        return half

    def destroy(self, slots: Iterable[int]) -> None:
        """Overwrite the slots with zeros, on disk too. Raises StorageError."""
        for slot in slots:
            self._write(slot, DESTROYED)
        self.sync()

    def sync(self) -> None:
        """Return when all that was written is on disk. Raises StorageError."""
        try:
            os.fdatasync(self._file)
        except OSError as error:
            raise self._failure(error) from error

    def _write(self, slot: int, half: bytes) -> None:
        try:
            if os.pwrite(self._file, half, slot * KEY_BYTES) != KEY_BYTES:
                raise StorageError(f"{self._path} cannot be written: the disk is full")
        except OSError as error:
            raise self._failure(error) from error

    def _failure(self, error: OSError) -> StorageError:
        return StorageError(f"{self._path} cannot be written: {error.strerror}")

    def _sync_name(self) -> None:
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
