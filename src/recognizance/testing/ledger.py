"""A ledger in memory, as strict about entries as the real one."""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections.abc import Mapping
from datetime import datetime

from recognizance.ledger.kinds import Json, check


class FakeLedger:
    """Keeps what was recorded: `entries` as (kind, fields, at), and `texts`, what was kept apart, by reference."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, dict[str, Json], datetime]] = []
        self.texts: dict[str, str] = {}
        self._lock = threading.Lock()

    def append(self, kind: str, fields: Mapping[str, Json], *, at: datetime) -> int:
        """Keep an entry. Raises IncompleteEntryError."""
        check(kind, fields)
        with self._lock:
            self.entries.append((kind, dict(fields), at))
            return len(self.entries) - 1

    def keep_apart(self, what: str, text: str) -> dict[str, Json]:
        """The same text gives the same reference."""
        ref = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{what}\0{text}"))
        self.texts[ref] = text
        return {"ref": ref, "commitment": hashlib.sha256(f"{what}\0{text}".encode()).hexdigest()}

    def image_digest(self, data: bytes) -> str:
        """A digest that is not keyed."""
        return hashlib.sha256(data).hexdigest()

    def kinds(self) -> list[str]:
        """The kinds of what was recorded, in order."""
        return [kind for kind, _, _ in self.entries]
