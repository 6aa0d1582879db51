"""Stops: uses switched off by one person, and on again by two."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import Field

from recognizance.api.endpoint import Ask, Moment, Nothing, Record, Text
from recognizance.governance.stops import Order
from recognizance.policy.document import Purpose
from recognizance.policy.stop import Scope, Stop
from recognizance.storage.stops import Lift


class StopView(Record):
    """A stop that stands: of what, why, set by which key, and until when (null: until it is lifted).

    `lift_proposed_by` is the key of the first of the two administrators who lift it.
    """

    id: str
    scope: Scope
    target: str | None
    reason: str
    set_by: str
    set_at: datetime
    until: datetime | None
    spared: list[str]
    lift_proposed_by: str | None

    @classmethod
    def of(cls, stop: Stop, lift: Lift | None = None) -> Self:
        """The view of a stop, with the proposal to lift it."""
        return cls(
            id=stop.id,
            scope=stop.scope,
            target=stop.target,
            reason=stop.reason,
            set_by=stop.set_by,
            set_at=stop.set_at,
            until=stop.until,
            spared=list(stop.spared),
            lift_proposed_by=None if lift is None else lift.key_id,
        )


class StopList(Record):
    """Stops, oldest first."""

    stops: list[StopView]


class StopOrder(Record):
    """What is to be stopped."""

    scope: Scope
    target: Text | None = Field(None, description="The collection, purpose or operation; none for the installation.")
    reason: Text
    until: Moment | None = Field(None, description="Until when; otherwise until it is lifted.")
    spared: list[Purpose] = Field([], description="Purposes that go on all the same.")


class Reason(Record):
    """Why something is done."""

    reason: Text


def list_stops(ask: Ask) -> StopList:
    """Give the stops that stand."""
    stops = ask.parts.governance.stops
    lifts = stops.lifts()
    return StopList(stops=[StopView.of(one, lifts.get(one.id)) for one in stops.standing() if not one.ended(ask.now)])


def set_stop(ask: Ask) -> StopView:
    """Stop a use from now on, here and in every other process within a second."""
    wanted = ask.body
    order = Order(wanted.scope, wanted.target, wanted.reason, wanted.until, tuple(wanted.spared))
    return StopView.of(ask.parts.governance.stops.set(order, by=ask.signer, now=ask.now))


def propose_lift(ask: Ask) -> Nothing:
    """Propose to lift a stop, as the first of two administrators."""
    ask.parts.governance.stops.propose_lift(ask.path["stop"], ask.body.reason, by=ask.signer, now=ask.now)
    return Nothing()


def confirm_lift(ask: Ask) -> Nothing:
    """Lift a stop, as the second of two administrators."""
    ask.parts.governance.stops.confirm_lift(ask.path["stop"], by=ask.signer, now=ask.now)
    return Nothing()
