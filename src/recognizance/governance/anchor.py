"""The anchor: the latest checkpoint in a file beside the database, so that a ledger put back to an earlier state shows.

The file is overwritten after each commit. If it counts more entries than the database holds, or others, then the
database is not the one that was live: a backup took its place, or somebody wrote in it. A crash between commit and file
leaves an older checkpoint, of which the ledger is a continuation: that is fine.
"""

from __future__ import annotations

import logging
import os
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from recognizance.errors import StartError
from recognizance.ledger.entry import write_moment
from recognizance.ledger.merkle import root
from recognizance.ledger.verifier import (
    FIRST,
    Checkpoint,
    Key,
    VerificationError,
    leaf_hash,
    open_note,
    parse,
)
from recognizance.storage import ledger as rows
from recognizance.storage.database import Database

FILE = "ledger.checkpoint"
SECTOR = 512
"""Bytes of the file: the note, and line feeds."""

RECENT = 1_000
"""Entries at the end that every start reads; `recognizance ledger verify` reads all."""

ADVICE = "if you put a backup back, say so: recognizance ledger accept-restore --reason TEXT"
"""What to do about an anchor that does not hold."""

log = logging.getLogger(__name__)


class Anchor:
    """The file of an installation. Safe to call from several threads and processes."""

    def __init__(self, folder: Path, key: Key) -> None:
        self.path = folder / FILE
        self.key = key

    def publish(self, note: str) -> None:
        """Put a note in the file. The entries are durable already: a failure is logged, the next commit tries again.

        It is overwritten in one write within one sector of a disk, so no crash leaves a part of it. A new file that is
        renamed over it would cost a commit of the file system each time, more than the entry itself.
        """
        try:
            file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.pwrite(file, note.encode().ljust(SECTOR, b"\n"), 0)
            finally:
                os.close(file)
        except OSError as error:
            log.warning("%s cannot be written: %s", self.path, error.strerror)

    def read(self) -> Checkpoint:
        """The checkpoint in the file. Raises FileNotFoundError, VerificationError for one that we did not sign."""
        return open_note(self.path.read_bytes().decode(errors="replace"), self.key)

    def check(self, database: Database) -> None:
        """Check the head, the last entries and the file against each other; a new ledger needs no file yet.

        Raises StartError.
        """
        database.write(self._check)  # a write, so that no other process appends meanwhile

    def _check(self, connection: Connection) -> None:
        try:
            size = check_head(connection, self.key)
        except VerificationError as error:
            raise StartError(
                f"the ledger in the database was altered: {error}; put your backup back and run "
                "`recognizance ledger verify`"
            ) from error
        try:
            kept = self.read()
        except FileNotFoundError as error:
            if size == 0:
                return
            raise StartError(f"{self.path} is missing beside a ledger of {size} entries; {ADVICE}") from error
        except VerificationError as error:
            raise StartError(f"{self.path} cannot be trusted: {error}; {ADVICE}") from error
        if not continues(connection, size, kept):
            raise StartError(
                f"the ledger was put back to an earlier state: {self.path} stands for {kept.size} entries, of which "
                f"the database ({size} entries) does not hold all; {ADVICE}"
            )


def continues(connection: Connection, size: int, kept: Checkpoint) -> bool:
    """Whether a ledger of `size` entries begins with those that a checkpoint stands for."""
    if kept.size == 0:
        return True
    return kept.size <= size and root(partial(rows.node, connection), kept.size) == kept.root


def check_head(connection: Connection, key: Key) -> int:
    """Check that the head is signed and is that of the last entries; gives the size. Raises VerificationError."""
    head = rows.find_head(connection)
    last = rows.last_number(connection)
    if head is None:
        if last >= 0:
            raise VerificationError(f"{last + 1} entries have no head")
        return 0
    note = open_note(head.note, key)
    if (note.size, last) != (head.size, head.size - 1):
        raise VerificationError(
            f"the signed checkpoint counts {note.size} entries, the head {head.size}, and {last + 1} are there"
        )
    if root(partial(rows.node, connection), head.size) != note.root:
        raise VerificationError("the tree of the entries is not the one that was signed")
    _check_recent(connection, head)
    return head.size


def read_row(row: rows.EntryRow) -> dict[str, Any]:
    """The entry of a row. Raises VerificationError where hash or columns, by which it is found, are those of another.

    An entry whose columns were changed would stand in the ledger, and be in no report and no disclosure.
    """
    entry: dict[str, Any] = parse(row.body.encode())
    told = {"index": row.number, "kind": row.kind, "at": write_moment(row.at)}
    found_by = {name: getattr(row, name) for name in rows.copies(entry)}
    if (
        told != {name: entry.get(name) for name in told}
        or found_by != rows.copies(entry)
        or row.nodes[: rows.HASH_BYTES] != leaf_hash(row.body.encode())
    ):
        raise VerificationError(f"entry {row.number} is not the one that was recorded")
    return entry


def _check_recent(connection: Connection, head: rows.Head) -> None:
    first = max(0, head.size - RECENT)
    previous = None if first else FIRST
    for number, row in enumerate(rows.page(connection, first=first, limit=RECENT), first):
        if row.number != number:
            raise VerificationError(f"entry {number} is not the one that was recorded")
        entry, leaf = read_row(row), leaf_hash(row.body.encode())
        if previous is not None and entry.get("previous") != previous:
            raise VerificationError(f"entry {number} does not follow the entry before it")
        previous = leaf.hex()
    if previous != head.previous:
        raise VerificationError("the last entry is not that of the head")
