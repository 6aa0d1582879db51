"""What the ledger refuses."""

from __future__ import annotations

from recognizance.errors import RecognizanceError


class IncompleteEntryError(RecognizanceError):
    """An entry that lacks a field, has one that its kind does not know, or holds what does not belong there.

    Nothing that needs such an entry may be answered: this is a fault of the server, not of its caller.
    """
