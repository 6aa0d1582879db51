"""Rows of subject requests: what a person asked for, and whether it is settled. Plain functions on a connection."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Column, Connection, Table, Text, insert, select, update

from recognizance.storage.schema import Moment, Number, metadata

table = Table(
    "subject_requests",
    metadata,
    Column("id", Text, primary_key=True),
    Column("action", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("resolved_at", Moment),
    Column("entry", Number, nullable=False),  # of the ledger: where it was recorded
)


class SubjectRequest(NamedTuple):
    """A request: its id, what was asked for, when, until when it was open, and its entry in the ledger."""

    id: str
    action: str
    opened_at: datetime
    resolved_at: datetime | None
    entry: int


def add(connection: Connection, request: SubjectRequest) -> None:
    """Store a new request."""
    connection.execute(insert(table).values(request._asdict()))


def find(connection: Connection, request_id: str) -> SubjectRequest | None:
    """The request with this id."""
    row = connection.execute(select(table).where(table.c.id == request_id)).one_or_none()
    return None if row is None else SubjectRequest(*row)


def unresolved(connection: Connection) -> list[SubjectRequest]:
    """Requests that wait for somebody, the oldest first."""
    query = select(table).where(table.c.resolved_at.is_(None)).order_by(table.c.opened_at, table.c.id)
    return [SubjectRequest(*row) for row in connection.execute(query)]


def resolve(connection: Connection, request_id: str, at: datetime) -> None:
    """Mark a request as settled."""
    connection.execute(update(table).where(table.c.id == request_id).values(resolved_at=at))
