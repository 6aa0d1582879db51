"""The decision: a policy, what is asked and the time in; a permit with obligations, or a refusal with its reason out.

Deny by default: an operation that the table of operations does not know is refused, and every rule below that concerns
the operation's use has to hold. The first rule that does not gives the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from recognizance.errors import RuleError
from recognizance.policy.authorisation import Clock, Standing
from recognizance.policy.document import PLAIN, Policy
from recognizance.policy.operation import BIOMETRIC, OPERATIONS, SEARCHES, Use
from recognizance.policy.reason import Reason
from recognizance.policy.stop import Stop
from recognizance.values import AccessKey


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody wants to do, and the facts that rules look at."""

    operation: str
    key: AccessKey
    said: Mapping[str, str] = field(default_factory=dict)
    """What the client states, by the names of `wire.session`."""
    collection: str | None = None
    faces: int = 0
    """Faces in the collection now."""
    new_faces: int = 0
    """Faces that would be added."""
    searches: int = 0
    """Searches that this person made today under this policy."""
    audited_at: datetime | None = None
    """When the latest audit was made that counts for these models and this collection; None if none does."""
    standing: Standing = Standing.ABSENT
    """What the stated authorisation is worth."""
    clock: Clock = Clock.OPEN
    """Where the stated case's clock stands."""
    stops: tuple[Stop, ...] = ()
    """All stops that were set and not lifted."""


class Obligation(StrEnum):
    """What has to happen along with a permitted use, in its transaction."""

    RECORD = "record"
    """The search is an entry of the ledger before its answer leaves."""
    COUNT = "count"
    """The search counts towards the person's limit of the day."""
    CLOCK = "clock"
    """The search starts the clock of its case, if it does not run yet."""
    REVIEW = "review"
    """What the search finds opens a case for `reviewers`."""
    SEAL = "seal"
    """The candidates are withheld until that case is decided."""
    CONSENT = "consent"
    """The consent that the client states must be on record, from one of the policy's sources."""


@dataclass(frozen=True, slots=True)
class Permit:
    """A use that the policy permits, on its terms: floor, FPIR target, most candidates and so on are the policy's."""

    policy: Policy
    use: Use
    obligations: frozenset[Obligation]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A use that is refused: the reason code, and what may help whoever reads it."""

    reason: Reason
    detail: str

    def error(self) -> RuleError:
        """The error that tells the client."""
        return self.reason.error(self.detail)


def decide(policy: Policy, ask: Ask, *, now: datetime) -> Permit | Refusal:
    """Whether a policy permits a use at a time."""
    use = OPERATIONS.get(ask.operation)
    if use is None:
        return Refusal(Reason.OPERATION_UNKNOWN, ask.operation)
    for stop in ask.stops:
        if stop.holds(ask.operation, collection=ask.collection, purpose=policy.purpose, now=now):
            return Refusal(Reason.STOPPED, stop.words)
    for rule in RULES:
        if use in rule.uses and rule.breaks(policy, ask, now):
            return Refusal(rule.reason, f"policy {policy.name}, version {policy.version}")
    return Permit(policy, use, frozenset(_obligations(policy, use)))


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: which uses it concerns, what breaks it, and the reason that is then given."""

    reason: Reason
    uses: AbstractSet[Use]
    breaks: Callable[[Policy, Ask, datetime], bool]


_ASKS_FOR_FACES = SEARCHES | {Use.RESULTS, Use.EXPORT}


def _lacks(name: str) -> Callable[[Policy, Ask, datetime], bool]:
    return lambda policy, ask, _: name in policy.must_carry and not ask.said.get(name, "").strip()


def _stands(*standings: Standing) -> Callable[[Policy, Ask, datetime], bool]:
    return lambda policy, ask, _: policy.authorisation_hours is not None and ask.standing in standings


def _clock_is(state: Clock) -> Callable[[Policy, Ask, datetime], bool]:
    return lambda policy, ask, _: policy.authorisation_hours is not None and ask.clock is state


def _audit_is_too_old(policy: Policy, ask: Ask, now: datetime) -> bool:
    if policy.audit_days is None or ask.audited_at is None:
        return False
    return now >= ask.audited_at + timedelta(days=policy.audit_days)


RULES: tuple[Rule, ...] = (
    Rule(Reason.POLICY_NOT_YET_VALID, BIOMETRIC, lambda policy, _, now: now < (policy.valid_from or now)),
    Rule(
        Reason.POLICY_EXPIRED,
        BIOMETRIC,
        lambda policy, _, now: policy.valid_until is not None and now >= policy.valid_until,
    ),
    Rule(Reason.IDENTIFICATION_OFF, SEARCHES | {Use.RESULTS}, lambda policy, *_: policy.kind != "identify"),
    Rule(Reason.TRAITS_OFF, {Use.TRAITS}, lambda policy, *_: not policy.traits),
    Rule(Reason.EXPORT_OFF, {Use.EXPORT}, lambda policy, *_: not policy.export),
    Rule(Reason.STREAMS_OFF, {Use.STREAM}, lambda policy, *_: not policy.streams),
    Rule(Reason.ROLE_NOT_PERMITTED, _ASKS_FOR_FACES, lambda policy, ask, _: ask.key.role.value not in policy.roles),
    Rule(
        Reason.KEY_NOT_PERMITTED,
        _ASKS_FOR_FACES,
        lambda policy, ask, _: bool(policy.keys) and ask.key.id not in policy.keys,
    ),
    Rule(Reason.PURPOSE_MISSING, SEARCHES, _lacks("purpose")),
    Rule(
        Reason.PURPOSE_MISMATCH,
        BIOMETRIC,
        lambda policy, ask, _: policy.name != PLAIN and ask.said.get("purpose", policy.purpose) != policy.purpose,
    ),
    Rule(Reason.CASE_MISSING, SEARCHES, _lacks("case")),
    Rule(Reason.CASE_DESTROYED, SEARCHES | {Use.RESULTS}, _clock_is(Clock.DESTROYED)),
    Rule(Reason.CASE_SEALED, SEARCHES | {Use.RESULTS}, _clock_is(Clock.SEALED)),
    Rule(Reason.AUTHORISATION_MISSING, SEARCHES, _lacks("authorisation")),
    Rule(Reason.AUTHORISATION_UNKNOWN, SEARCHES, _stands(Standing.ABSENT, Standing.UNKNOWN)),
    Rule(
        Reason.AUTHORISATION_UNKNOWN,
        SEARCHES,
        lambda policy, ask, _: policy.authorisation_hours == 0 and ask.standing is Standing.PENDING,
    ),
    Rule(Reason.AUTHORISATION_EXPIRED, SEARCHES, _stands(Standing.EXPIRED)),
    Rule(Reason.AUTHORISATION_REJECTED, SEARCHES, _stands(Standing.REJECTED)),
    Rule(Reason.AUTHORISATION_OTHER_SCOPE, SEARCHES, _stands(Standing.OTHER_SCOPE)),
    Rule(Reason.AUTHORISATION_OWN, SEARCHES, _stands(Standing.OWN)),
    Rule(
        Reason.CONSENT_MISSING,
        {Use.ENROL},
        lambda policy, ask, _: policy.consent == "required" and not ask.said.get("consent", "").strip(),
    ),
    Rule(
        Reason.COLLECTION_FULL,
        {Use.ENROL},
        lambda policy, ask, _: policy.most_faces is not None and ask.faces + ask.new_faces > policy.most_faces,
    ),
    Rule(
        Reason.AUDIT_MISSING, SEARCHES, lambda policy, ask, _: policy.audit_days is not None and ask.audited_at is None
    ),
    Rule(Reason.AUDIT_TOO_OLD, SEARCHES, _audit_is_too_old),
    Rule(
        Reason.SEARCHES_SPENT,
        SEARCHES,
        lambda policy, ask, _: policy.searches_per_day is not None and ask.searches >= policy.searches_per_day,
    ),
)
"""All rules, in the order in which their reasons are given."""


def _obligations(policy: Policy, use: Use) -> set[Obligation]:
    if use is Use.ENROL:
        return {Obligation.CONSENT} if policy.consent == "required" else set()
    if use not in SEARCHES:
        return set()
    wanted = {
        Obligation.RECORD: True,
        Obligation.COUNT: policy.searches_per_day is not None,
        Obligation.CLOCK: bool(policy.authorisation_hours),
        Obligation.REVIEW: policy.reviewers > 0,
        Obligation.SEAL: policy.sealed,
    }
    return {obligation for obligation, holds in wanted.items() if holds}
