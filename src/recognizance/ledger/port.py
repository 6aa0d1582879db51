"""The seam to the ledger, for everything that has to leave a record. `governance.book` has the real one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from recognizance.ledger.kinds import Json


class Ledger(Protocol):
    """An append-only record. Safe to call from several threads."""

    def append(self, kind: str, fields: Mapping[str, Json], *, at: datetime) -> int:
        """Record an entry of a kind of `ledger.kinds`, and return its index (from 0).

        Inside a `Database.write` of this thread it is part of that transaction; otherwise it is durable when this
        returns. Raises IncompleteEntryError, StorageError.
        """

    def keep_apart(self, what: str, text: str) -> dict[str, Json]:
        """A reference to a text that identifies somebody (`what` says what it is: "case", "user", "officer").

        Put the very dict that comes back into the fields of an entry: the text is then stored, sealed and erasable,
        beside the entry and in its transaction. It has the members `ref`, a random id, and `commitment`, by which
        the text can be proved when it is revealed. The same text gives the same reference until it is erased.
        """

    def image_digest(self, data: bytes) -> str:
        """The keyed digest (HMAC-SHA256, hex) by which entries name a picture.

        Whoever holds the picture and the installation's key can tell that it is the one; nobody else can.
        """
