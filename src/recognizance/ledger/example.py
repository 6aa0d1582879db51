"""A search as a server records it, made up: what the bench and the tests record."""

from __future__ import annotations

import hashlib
import uuid

from recognizance.ledger.kinds import Json


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
