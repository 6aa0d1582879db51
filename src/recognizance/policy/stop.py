"""Stops: what is switched off, and until when. A stop and a use in, whether it holds out; the clock is an argument."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from recognizance.policy.operation import BIOMETRIC, OPERATIONS


class Scope(StrEnum):
    """What a stop is about."""

    INSTALLATION = "installation"
    COLLECTION = "collection"
    PURPOSE = "purpose"
    OPERATION = "operation"


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop as it was set. `target` is the collection's id, the purpose or the operation; None for the installation.

    `spared` are purposes that go on all the same, such as a missing person. Without `until` it holds until lifted.
    """

    id: str
    scope: Scope
    target: str | None
    reason: str
    set_by: str
    set_at: datetime
    until: datetime | None = None
    spared: tuple[str, ...] = ()

    def holds(self, operation: str, *, collection: str | None, purpose: str, now: datetime) -> bool:
        """Whether it refuses this operation now. Only a stop of an operation itself refuses lists and deletions."""
        if purpose in self.spared or self.ended(now):
            return False
        if self.scope is Scope.OPERATION:
            return operation == self.target
        if OPERATIONS.get(operation) not in BIOMETRIC:
            return False
        told = {Scope.INSTALLATION: None, Scope.COLLECTION: collection, Scope.PURPOSE: purpose}
        return told[self.scope] == self.target

    def ended(self, now: datetime) -> bool:
        """Whether its end date has come."""
        return self.until is not None and now >= self.until

    @property
    def words(self) -> str:
        """Which stop, of what, and until when, for whoever it refuses."""
        until = f"until {self.until.isoformat()}" if self.until else "until it is lifted"
        return f"stop {self.id} of this {self.scope}, {until}"
