"""Rows of stops: plain functions on a connection."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Boolean, Column, Connection, Index, Row, Table, Text, insert, select, update

from recognizance.errors import StopNotFoundError
from recognizance.policy.stop import Scope, Stop
from recognizance.storage.schema import Moment, Number, metadata

table = Table(
    "stops",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("scope", Text, nullable=False),
    Column("target", Text),
    Column("reason", Text, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("set_at", Moment, nullable=False),
    Column("until", Moment),
    Column("spared", Text, nullable=False),  # purposes, by commas
    Column("over", Boolean, nullable=False),
    Column("lift_key", Text),
    Column("lift_person", Text),
    Column("lift_at", Moment),
    sqlite_autoincrement=True,
)

Index("ix_stops_over", table.c.over)


@dataclass(frozen=True, slots=True)
class Lift:
    """Who proposed to lift a stop, and when."""

    key_id: str
    person: str
    at: datetime


def add(connection: Connection, stop: Stop) -> None:
    """Store a new stop."""
    connection.execute(
        insert(table).values(
            id=stop.id,
            scope=stop.scope.value,
            target=stop.target,
            reason=stop.reason,
            set_by=stop.set_by,
            set_at=stop.set_at,
            until=stop.until,
            spared=",".join(stop.spared),
            over=False,
        )
    )


def standing(connection: Connection) -> tuple[Stop, ...]:
    """The stops that were not lifted and have not ended, oldest first."""
    rows = connection.execute(select(table).where(table.c.over.is_(False)).order_by(table.c.number))
    return tuple(_stop(row) for row in rows)


def find(connection: Connection, stop_id: str) -> tuple[Stop, Lift | None, bool]:
    """A stop, the proposal to lift it, and whether it is over. Raises StopNotFoundError."""
    row = connection.execute(select(table).where(table.c.id == stop_id)).one_or_none()
    if row is None:
        raise StopNotFoundError(stop_id)
    lift = None if row.lift_key is None else Lift(row.lift_key, row.lift_person, row.lift_at)
    return _stop(row), lift, row.over


def lifts(connection: Connection) -> dict[str, Lift]:
    """The proposals to lift stops that stand, by the stop's id."""
    query = select(table).where(table.c.over.is_(False), table.c.lift_key.is_not(None))
    return {row.id: Lift(row.lift_key, row.lift_person, row.lift_at) for row in connection.execute(query)}


def propose_lift(connection: Connection, stop_id: str, lift: Lift) -> None:
    """Note who proposes to lift a stop."""
    connection.execute(
        update(table)
        .where(table.c.id == stop_id)
        .values(lift_key=lift.key_id, lift_person=lift.person, lift_at=lift.at)
    )


def end(connection: Connection, stop_id: str) -> None:
    """Note that a stop is over."""
    connection.execute(update(table).where(table.c.id == stop_id).values(over=True))


def _stop(row: Row[tuple[object, ...]]) -> Stop:
    return Stop(
        id=row.id,
        scope=Scope(row.scope),
        target=row.target,
        reason=row.reason,
        set_by=row.set_by,
        set_at=row.set_at,
        until=row.until,
        spared=tuple(row.spared.split(",")) if row.spared else (),
    )
