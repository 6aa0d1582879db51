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


def search_fields(**changes: Json) -> dict[str, Json]:
    """The fields of a search as a server records it, made up, with `changes`."""
    models = ("detector", "mesh", "iris", "embedder")
    return {
        "started": "2026-11-25T01:02:03.000Z",
        "ended": "2026-11-25T01:02:03.040Z",
        "operation": "SearchFacesByImage",
        "request_id": "6f1c1f5e-9f0e-4b7e-8f4e-0a4e4ad5c0de",
        "collection": "people",
        "enrolled": 25_000,
        "space": "default/2",
        "model_digests": {name: hashlib.sha256(name.encode()).hexdigest() for name in models},
        "probe": {"image": hashlib.sha256(b"picture").hexdigest()},
        "operator": "RKAAAAAAAAAAAAAAAAAA",
        "role": "operator",
        "purpose": None,
        "policy": None,
        "case": None,
        "case_reference": None,
        "authorisation": None,
        "asked": 80,
        "threshold": 91.25,
        "reason": "gallery",
        "fpir_target": 0.001,
        "outcome": "candidates",
        "candidates": [{"face_id": str(uuid.uuid5(uuid.NAMESPACE_OID, name)), "similarity": 99.1} for name in "ab"],
        **changes,
    }
