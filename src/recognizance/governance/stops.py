"""Stops: uses switched off with a reason, until a date or until two administrators lift it.

A stop reaches the process that set it at once, and every other within half a second.
"""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from recognizance.ledger.entry import write_moment
from recognizance.ledger.kinds import Json
from recognizance.ledger.port import Ledger
from recognizance.policy.change import require_administrator, require_other
from recognizance.policy.document import Purpose
from recognizance.policy.operation import OPERATIONS
from recognizance.policy.reason import Reason
from recognizance.policy.stop import Scope, Stop
from recognizance.storage import collections as collection_rows
from recognizance.storage import limits
from recognizance.storage import stops as rows
from recognizance.storage.database import Database
from recognizance.values import AccessKey, Role

FRESH_S = 0.5
"""How old the stops may be that a request goes by."""

Result = TypeVar("Result")

_SETTERS = (Role.ADMINISTRATOR, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be stopped, why, until when (None: until it is lifted), and which purposes go on all the same."""

    scope: Scope
    target: str | None
    reason: str
    until: datetime | None = None
    spared: tuple[Purpose, ...] = ()


class Stops:
    """The stops of an installation. Safe to call from several threads and beside other processes."""

    def __init__(self, database: Database, ledger: Ledger) -> None:
        self._database = database
        self._ledger = ledger
        self._seen: tuple[float, tuple[Stop, ...]] = (-math.inf, ())

    def standing(self) -> tuple[Stop, ...]:
        """The stops that nobody lifted and that were not seen to end, oldest first."""
        return self._database.read(rows.standing)

    def lifts(self) -> dict[str, rows.Lift]:
        """Who proposed to lift which of them, by the stop's id."""
        return self._database.read(rows.lifts)

    def recent(self) -> tuple[Stop, ...]:
        """The stops as they stood at most `FRESH_S` ago; those set or lifted through this object at once.

        Every request asks: the rows are read a few times a second, not with each of them.
        """
        read_at, stops = self._seen
        if time.monotonic() - read_at > FRESH_S:
            read_at, stops = time.monotonic(), self.standing()
            self._seen = read_at, stops
        return stops

    def require_none(self, operation: str, *, collection: str | None, purpose: str, now: datetime) -> None:
        """Refuse what was stopped since it was permitted: for use where a search is recorded. Raises RuleError."""
        for stop in self.recent():
            if stop.holds(operation, collection=collection, purpose=purpose, now=now):
                raise Reason.STOPPED.error(stop.words)

    def set(self, order: Order, *, by: AccessKey, now: datetime) -> Stop:
        """Stop something from now on. Raises RuleError, CollectionNotFoundError."""
        if by.role not in _SETTERS:
            raise Reason.NOT_PERMITTED.error(f"{by.role} {by.id}")
        if not order.reason.strip():
            raise Reason.REASON_MISSING.error()

        def work(connection: Connection) -> Stop:
            at = limits.note_time(connection, now)
            _require_target(connection, order)
            if order.until is not None and order.until <= at:
                raise Reason.STOP_EMPTY.error(f"it begins at {at.isoformat()}")
            stop = Stop(
                id=str(uuid.uuid4()),
                scope=order.scope,
                target=order.target,
                reason=order.reason,
                set_by=by.id,
                set_at=at,
                until=order.until,
                spared=tuple(purpose.value for purpose in order.spared),
            )
            rows.add(connection, stop)
            self._record_set(stop)
            return stop

        return self._write(work)

    def propose_lift(self, stop_id: str, reason: str, *, by: AccessKey, now: datetime) -> None:
        """Propose to lift a stop before its end, as the first of two administrators. Raises RuleError."""
        require_administrator(by)
        if not reason.strip():
            raise Reason.REASON_MISSING.error()

        def work(connection: Connection) -> None:
            at = limits.note_time(connection, now)
            lift = _standing(connection, stop_id, at)
            if lift is not None:
                raise Reason.LIFT_PROPOSED.error(f"by {lift.key_id}")
            rows.propose_lift(connection, stop_id, rows.Lift(by.id, by.holder, at))
            self._record_lift(stop_id, "proposed", at, by=by.id, reason=self._ledger.keep_apart("reason", reason))

        self._write(work)

    def confirm_lift(self, stop_id: str, *, by: AccessKey, now: datetime) -> None:
        """Lift a stop, as the second of two administrators. Raises RuleError."""
        require_administrator(by)

        def work(connection: Connection) -> None:
            at = limits.note_time(connection, now)
            lift = _standing(connection, stop_id, at)
            if lift is None:
                raise Reason.LIFT_NOT_PROPOSED.error()
            require_other(lift.key_id, lift.person, by)
            rows.end(connection, stop_id)
            self._record_lift(stop_id, "confirmed", at, by=by.id)

        self._write(work)

    def end_due(self, *, now: datetime) -> list[str]:
        """Put on record which stops ended by their date, since which they refuse nothing; their ids."""

        def work(connection: Connection) -> list[str]:
            at = limits.note_time(connection, now)
            due = [stop.id for stop in rows.standing(connection) if stop.ended(at)]
            for stop_id in due:
                rows.end(connection, stop_id)
                self._record_lift(stop_id, "ended", at)
            return due

        return self._write(work)

    def _write(self, work: Callable[[Connection], Result]) -> Result:
        """Run a change, and forget what was read before it."""
        try:
            return self._database.write(work)
        finally:
            self._seen = (-math.inf, ())

    def _record_set(self, stop: Stop) -> None:
        self._ledger.append(
            "stop",
            {
                "stop": stop.id,
                "scope": stop.scope.value,
                "target": stop.target,
                "spared": list(stop.spared),
                "until": write_moment(stop.until) if stop.until else None,
                "reason": self._ledger.keep_apart("reason", stop.reason),
                "operator": stop.set_by,
            },
            at=stop.set_at,
        )

    def _record_lift(
        self, stop_id: str, action: str, at: datetime, *, by: str | None = None, reason: Json = None
    ) -> None:
        self._ledger.append("lift", {"stop": stop_id, "action": action, "reason": reason, "operator": by}, at=at)


def _standing(connection: Connection, stop_id: str, now: datetime) -> rows.Lift | None:
    """The proposal to lift a stop that stands. Raises StopNotFoundError, RuleError for one that is over."""
    stop, lift, over = rows.find(connection, stop_id)
    if over or stop.ended(now):
        raise Reason.STOP_ENDED.error(stop_id)
    return lift


def _require_target(connection: Connection, order: Order) -> None:
    match order.scope, order.target:
        case Scope.INSTALLATION, None:
            return
        case Scope.COLLECTION, str(target):
            collection_rows.find(connection, target)
            return
        case Scope.PURPOSE, str(target) if target in set(Purpose):
            return
        case Scope.OPERATION, str(target) if target in OPERATIONS:
            return
    raise Reason.STOP_TARGET.error(f"{order.scope}, {order.target}")
