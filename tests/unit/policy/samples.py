"""A policy that demands everything, and an ask that gives it: what tests of rules break one thing of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from recognizance.policy.authorisation import Standing
from recognizance.policy.decision import Ask
from recognizance.policy.document import Policy, Purpose
from recognizance.values import AccessKey, Role

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def key(key_id: str = "RKOPERATOR", role: Role = Role.OPERATOR, person: str = "Olga") -> AccessKey:
    return AccessKey(key_id, role, "", NOW - DAY, None, person=person)


ADA = key("RKADA", Role.ADMINISTRATOR, "Ada")
BEN = key("RKBEN", Role.ADMINISTRATOR, "Ben")
OLGA = key()


def policy(**changes: Any) -> Policy:
    """Permits every kind of use, each under all conditions that there are."""
    fields: dict[str, Any] = {
        "name": "strict",
        "version": 1,
        "purpose": Purpose.POLICE_INVESTIGATION,
        "legal_basis": "a law",
        "authority": "an office",
        "jurisdiction": "EU",
        "kind": "identify",
        "floor": 99.0,
        "sealed": True,
        "keys": ("RKOPERATOR",),
        "must_carry": ("case", "authorisation", "purpose"),
        "authorisation_hours": 48,
        "retention_days": 30,
        "consent_sources": ("in-person",),
        "traits": True,
        "export": True,
        "streams": True,
        "most_faces": 50,
        "searches_per_day": 20,
        "audit_days": 365,
        "valid_from": NOW - DAY,
        "valid_until": NOW + DAY,
    }
    return Policy(**(fields | changes))


SAID = {"case": "C-1", "authorisation": "A-1", "purpose": "police-investigation", "consent": "K-1"}


def ask(operation: str, **changes: Any) -> Ask:
    """Satisfies `policy()`, to the last face and the last search of the day."""
    fields: dict[str, Any] = {
        "operation": operation,
        "key": OLGA,
        "said": SAID,
        "collection": "people",
        "faces": 49,
        "new_faces": 1,
        "searches": 19,
        "audited_at": NOW - 364 * DAY,
        "standing": Standing.VALID,
    }
    return Ask(**(fields | changes))
