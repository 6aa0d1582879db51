"""Rows of reviewers, and their votes on cases with a known answer: plain functions on a connection."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Connection, Row, Table, Text, delete, insert, select

from recognizance.review.choice import Mark, mark
from recognizance.review.reviewer import Reviewer
from recognizance.storage.cases import table as cases
from recognizance.storage.cases import votes
from recognizance.storage.schema import Moment, metadata

table = Table(
    "reviewers",
    metadata,
    Column("person", Text, primary_key=True),
    Column("trained_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("suspended_at", Moment),
)


def find(connection: Connection, person: str) -> Reviewer | None:
    """The qualification of a person, None for whoever has none."""
    row = connection.execute(select(table).where(table.c.person == person)).one_or_none()
    return None if row is None else _reviewer(row)


def every(connection: Connection) -> list[Reviewer]:
    """All reviewers, those lapsed and suspended too, by name."""
    return [_reviewer(row) for row in connection.execute(select(table).order_by(table.c.person))]


def save(connection: Connection, reviewer: Reviewer) -> None:
    """Store a qualification in place of the one before."""
    connection.execute(delete(table).where(table.c.person == reviewer.person))
    connection.execute(
        insert(table).values(
            person=reviewer.person,
            trained_at=reviewer.trained_at,
            expires_at=reviewer.expires_at,
            suspended_at=reviewer.suspended_at,
        )
    )


def marks(connection: Connection, person: str, *, since: datetime) -> list[Mark]:
    """What the votes of a person on seeded cases were, from a time on."""
    query = (
        select(votes.c.choice, cases.c.truth)
        .join(cases)
        .where(votes.c.person == person, votes.c.at >= since, cases.c.truth.is_not(None))
    )
    return [mark(row.choice, row.truth) for row in connection.execute(query)]


def _reviewer(row: Row[tuple[object, ...]]) -> Reviewer:
    return Reviewer(row.person, row.trained_at, row.expires_at, row.suspended_at)
