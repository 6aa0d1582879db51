"""Accepting a backup in place of the live database: the ledger says itself what it lost, and goes on from there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from recognizance.errors import InvalidRequestError, StartError
from recognizance.governance.anchor import check_head, continues
from recognizance.governance.book import Book
from recognizance.ledger.kinds import Json
from recognizance.ledger.verifier import Checkpoint, VerificationError


def accept_restore(book: Book, reason: str, *, operator: str, at: datetime) -> int:
    """Record which entries are lost and why, and let the server start again; gives the index of that entry.

    Whoever holds a checkpoint of the lost entries can still tell that they were there, and that this was declared.
    Raises InvalidRequestError if nothing is lost, StartError for a database that was altered, which nobody can accept.
    """
    try:
        kept = book.anchor.read()
    except (VerificationError, FileNotFoundError):
        kept = None  # what is not there, or that nobody can trust, says nothing of what is lost

    def work(connection: Connection) -> int:
        try:
            size = check_head(connection, book.anchor.key)
        except VerificationError as error:
            raise StartError(f"the ledger in the database was altered: {error}; put your backup back") from error
        if kept is not None and continues(connection, size, kept):
            raise InvalidRequestError("the ledger and its checkpoint agree: there is nothing to accept")
        fields = _lost(kept, size)
        fields["reason"], fields["operator"] = book.keep_apart("reason", reason), operator
        return book.append("restore", fields, at=at)

    return book.database.write(work)


def _lost(kept: Checkpoint | None, size: int) -> dict[str, Json]:
    if kept is None:
        return {"lost_from": size, "lost_to": None, "lost_root": None}
    # A ledger of as many entries or more that differs parted from the lost one at a place that nobody knows any more.
    return {"lost_from": size if kept.size > size else 0, "lost_to": kept.size, "lost_root": kept.root.hex()}
