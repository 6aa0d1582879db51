"""Rules: a request in, a permit or a refusal out, and after the search what the permit obliges to.

`permit` is asked before anything is looked at, `settle` in the transaction that records the search: what was stopped or
spent in between is refused there, and nothing of the search remains.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from recognizance.governance.authorisations import Authorisations
from recognizance.governance.limits import Limits
from recognizance.governance.policies import Policies
from recognizance.governance.stops import Stops
from recognizance.policy.authorisation import Clock, Standing
from recognizance.policy.decision import Ask, Obligation, Permit, Refusal, decide
from recognizance.policy.document import Policy
from recognizance.policy.operation import BIOMETRIC, OPERATIONS, SEARCHES
from recognizance.values import AccessKey


@dataclass(frozen=True, slots=True)
class Wish:
    """A request as rules see it. `tags` are the collection's; see `policy.decision.Ask` for the rest."""

    operation: str
    key: AccessKey
    said: Mapping[str, str] = field(default_factory=dict)
    collection: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    faces: int = 0
    new_faces: int = 0
    audited_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of an installation together. Safe to call from several threads."""

    policies: Policies
    stops: Stops
    authorisations: Authorisations
    limits: Limits

    def permit(self, wish: Wish, *, now: datetime) -> Permit:
        """The permit for a request. Raises RuleError with the reason code."""
        # Lists and deletions need no policy, so that a forged or unknown one never keeps anybody from deleting.
        governed = OPERATIONS.get(wish.operation) in BIOMETRIC
        return self._decide(self.policies.of(wish.tags) if governed else self.policies.plain, wish, now)

    def settle(
        self, permit: Permit, wish: Wish, *, now: datetime, probe: str | None = None, found: str | None = None
    ) -> None:
        """Do what a permit obliges to, beside recording and review. Raises RuleError if it does not hold any more.

        `probe`: keyed digest of the picture that was searched for. `found`: id of the case of review that was opened.
        """
        self._decide(permit.policy, wish, now)
        if Obligation.COUNT in permit.obligations:
            self.limits.spend(permit.policy, wish.key, now=now)
        if wish.collection is None:
            return
        hours = permit.policy.authorisation_hours
        if Obligation.CLOCK in permit.obligations and hours:
            self.authorisations.start(wish.said, wish.collection, hours=hours, found=found, now=now)
        if probe is not None:
            self.limits.watch(probe, wish.collection, wish.key, now=now)

    def _decide(self, policy: Policy, wish: Wish, now: datetime) -> Permit:
        at = self.limits.latest(now)
        searches, standing, clock = 0, Standing.ABSENT, Clock.OPEN
        if OPERATIONS.get(wish.operation) in SEARCHES:
            if policy.searches_per_day is not None:
                searches = self.limits.searches(policy, wish.key, now=at)
            if policy.authorisation_hours is not None and wish.collection is not None:
                standing, clock = self.authorisations.look(wish.said, wish.collection, wish.key.holder, now=at)
        ask = Ask(
            operation=wish.operation,
            key=wish.key,
            said=wish.said,
            collection=wish.collection,
            faces=wish.faces,
            new_faces=wish.new_faces,
            searches=searches,
            audited_at=wish.audited_at,
            standing=standing,
            clock=clock,
            stops=self.stops.standing(),
        )
        verdict = decide(policy, ask, now=at)
        if isinstance(verdict, Refusal):
            raise verdict.error()
        return verdict
