"""Rows of stream processors: plain functions on a connection."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, RowMapping, Table, Text, delete, insert, select, update

from recognizance.errors import StreamNotFoundError
from recognizance.storage.schema import Moment, metadata
from recognizance.stream import Starter, StreamProcessor, StreamState

table = Table(
    "stream_processors",
    metadata,
    Column("name", Text, primary_key=True),
    Column("params", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("message", Text),
    Column("starter", Text),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
)


def create(connection: Connection, name: str, params: dict[str, Any], *, now: datetime) -> None:
    """Write a processor down, stopped."""
    values = {"state": StreamState.STOPPED.value, "created_at": now, "updated_at": now}
    connection.execute(insert(table).values(name=name, params=json.dumps(params), **values))


def exists(connection: Connection, name: str) -> bool:
    """Whether a processor has this name."""
    return connection.scalar(select(table.c.name).where(table.c.name == name)) is not None


def find(connection: Connection, name: str) -> StreamProcessor:
    """A processor. Raises StreamNotFoundError."""
    row = connection.execute(select(table).where(table.c.name == name)).mappings().one_or_none()
    if row is None:
        raise StreamNotFoundError(name)
    return _processor(row)


def page(connection: Connection, *, after: str | None, limit: int) -> list[StreamProcessor]:
    """Processors by name, those greater than `after`."""
    query = select(table).where(table.c.name > (after or "")).order_by(table.c.name).limit(limit)
    return [_processor(row) for row in connection.execute(query).mappings()]


def in_states(connection: Connection, states: Iterable[StreamState]) -> list[StreamProcessor]:
    """All processors that stand so."""
    query = select(table).where(table.c.state.in_([state.value for state in states])).order_by(table.c.name)
    return [_processor(row) for row in connection.execute(query).mappings()]


def start(connection: Connection, name: str, starter: Starter, *, now: datetime) -> None:
    """Note that a processor starts, and for whom."""
    asked = {"key_id": starter.key_id, "region": starter.region, "said": dict(starter.said)}
    values = {"state": StreamState.STARTING.value, "message": None, "starter": json.dumps(asked), "updated_at": now}
    connection.execute(update(table).where(table.c.name == name).values(values))


def move(  # noqa: PLR0913, PLR0917 - one argument a column
    connection: Connection,
    name: str,
    before: Iterable[StreamState],
    after: StreamState,
    message: str | None,
    now: datetime,
) -> None:
    """Bring a processor from one of some states into another; nothing happens where it stands otherwise."""
    connection.execute(
        update(table)
        .where(table.c.name == name, table.c.state.in_([state.value for state in before]))
        .values(state=after.value, message=message, updated_at=now)
    )


def remove(connection: Connection, name: str) -> None:
    """Forget a processor."""
    connection.execute(delete(table).where(table.c.name == name))


def _processor(row: RowMapping) -> StreamProcessor:
    return StreamProcessor(
        name=row["name"],
        params=json.loads(row["params"]),
        state=StreamState(row["state"]),
        message=row["message"],
        starter=Starter(**json.loads(row["starter"])) if row["starter"] else None,
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
