"""Change: two versions of a policy in, the fields that loosen out, and what a loosening change takes.

Whatever makes rules stricter takes effect at once. A change that loosens a single field takes a reason and two persons;
one that lowers the threshold takes an audit as well, run anew at the new threshold. What cannot be compared, such as
the words of the legal basis, counts as loosening: only a second person can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Protocol

from recognizance.policy.document import PLAIN, Policy
from recognizance.policy.reason import Reason
from recognizance.values import AccessKey, Role

WAIT = timedelta(days=14)
"""How long a proposal waits for a second person."""

RERUN_AGE = timedelta(days=30)
"""How old the audit may be on which a lower threshold rests."""

THRESHOLD = frozenset({"floor", "fpir_target"})
"""The fields that make the threshold."""

NEW_TO_PLAIN = frozenset({"purpose", "legal_basis", "authority", "jurisdiction", "portraits"})
"""Fields in which a first policy loosens nothing: there was no statement before it, and reviewers need pictures."""

_ENDLESS = datetime.max.replace(tzinfo=UTC)
_Looser = Callable[[Any, Any], bool]


def _lower(before: float, after: float) -> bool:
    return after < before


def _higher(before: float, after: float) -> bool:
    return after > before


def _other(before: object, after: object) -> bool:
    return before != after


def _more(before: tuple[str, ...], after: tuple[str, ...]) -> bool:
    return not set(after) <= set(before)


def _less(before: tuple[str, ...], after: tuple[str, ...]) -> bool:
    return not set(after) >= set(before)


def _more_keys(before: tuple[str, ...], after: tuple[str, ...]) -> bool:
    """No list of keys permits all of them."""
    return bool(before) and (not after or _more(before, after))


def _longer(before: float | None, after: float | None) -> bool:
    """No limit is longer than any."""
    return before is not None and (after is None or after > before)


def _later(before: datetime | None, after: datetime | None) -> bool:
    return (after or _ENDLESS) > (before or _ENDLESS)


def _earlier(before: datetime | None, after: datetime | None) -> bool:
    """No beginning is as early as can be."""
    return before is not None and (after is None or after < before)


LOOSER: Mapping[str, _Looser] = MappingProxyType(
    {
        "purpose": _other,
        "legal_basis": _other,
        "authority": _other,
        "jurisdiction": _other,
        "kind": lambda before, after: before == "verify" != after,
        "floor": _lower,
        "fpir_target": _higher,
        "most_candidates": _higher,
        "reviewers": _lower,
        "sealed": _lower,
        "roles": _more,
        "keys": _more_keys,
        "must_carry": _less,
        "authorisation_hours": _longer,
        "retention_days": _longer,
        "consent": lambda before, after: before == "required" != after,
        "consent_sources": _more,
        "traits": _higher,
        "export": _higher,
        "streams": _higher,
        "portraits": _higher,
        "most_faces": _longer,
        "searches_per_day": _longer,
        "audit_days": _longer,
        "valid_from": _earlier,
        "valid_until": _later,
        "seed_share": _lower,
        "reviewer_error": _higher,
    }
)
"""For each field but name and version: whether the second value permits more than the first."""


def loosened(before: Policy, after: Policy) -> tuple[str, ...]:
    """The fields in which `after` permits more than `before`, in the order of the document."""
    found = [name for name, looser in LOOSER.items() if looser(getattr(before, name), getattr(after, name))]
    without = NEW_TO_PLAIN if before.name == PLAIN else frozenset[str]()
    if before.consent == "none":  # then every source was good enough
        without |= {"consent_sources"}
    return tuple(name for name in found if name not in without)


@dataclass(frozen=True, slots=True)
class Why:
    """What a loosening change is proposed with: a reason, and for a lower threshold the name of an audit."""

    reason: str
    audit: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A loosening change that waits for a second person.

    A new version of a policy has its `document` (canonical JSON); a change of a collection's policy has its
    `collection`, and `name` is the policy that it is to have, None for none. `base` says which version held, so that
    nothing is approved that has changed meanwhile.
    """

    id: str
    name: str | None
    document: str | None
    collection: str | None
    base: str
    loosened: tuple[str, ...]
    reason: str
    audit: str | None
    key_id: str
    person: str
    at: datetime
    done: bool = False

    def admit(self, by: AccessKey, *, now: datetime) -> None:
        """Refuse whoever may not approve it, and a time at which nobody may. Raises RuleError."""
        require_administrator(by)
        if self.done:
            raise Reason.PROPOSAL_DONE.error(self.id)
        if now >= self.at + WAIT:
            raise Reason.PROPOSAL_EXPIRED.error(self.id)
        require_other(self.key_id, self.person, by)


@dataclass(frozen=True, slots=True)
class Rerun:
    """A signed audit: when it was run, and the similarities that it has figures at."""

    at: datetime
    similarities: frozenset[float]


class Audits(Protocol):
    """The signed audits of an installation."""

    def rerun(self, name: str) -> Rerun | None:
        """The audit of this name, if its signature counts here."""


def require_rerun(audits: Audits, name: str | None, *, floor: float, now: datetime) -> None:
    """Refuse a lower threshold without a fresh audit that has figures at it. Raises RuleError."""
    if name is None:
        raise Reason.RERUN_NEEDED.error(f"floor {floor:g}")
    rerun = audits.rerun(name)
    if rerun is None:
        raise Reason.RERUN_UNKNOWN.error(name)
    if now - rerun.at > RERUN_AGE:
        raise Reason.RERUN_TOO_OLD.error(f"{name}, run {rerun.at:%Y-%m-%d}")
    if floor not in rerun.similarities:
        raise Reason.RERUN_OTHER_THRESHOLD.error(f"{name} has none at {floor:g}")


def require_administrator(key: AccessKey) -> None:
    """Refuse any other role. Raises RuleError."""
    if key.role is not Role.ADMINISTRATOR:
        raise Reason.NOT_PERMITTED.error(f"{key.role} {key.id}")


def require_other(key_id: str, person: str, by: AccessKey) -> None:
    """Refuse a second person who is the first, under whichever key. Raises RuleError."""
    if key_id == by.id or person == by.holder:
        raise Reason.SAME_PERSON.error(by.id)
