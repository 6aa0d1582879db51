"""Rows of consents: plain functions on a connection. Names and signatures are kept apart, by the ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Row, Table, Text, insert, select, update

from recognizance.consent.record import Consent, Source
from recognizance.storage.schema import Moment, Name, Number, metadata

table = Table(
    "consents",
    metadata,
    Column("id", Name, primary_key=True),
    Column("notice", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("given_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("purpose_end", Moment),
    Column("withdrawn_at", Moment),
    Column("entry", Number, nullable=False),  # of the ledger: where it was recorded
)


def add(connection: Connection, consent: Consent, *, entry: int) -> None:
    """Store a new consent."""
    connection.execute(
        insert(table).values(
            id=consent.id,
            notice=consent.notice,
            purpose=consent.purpose,
            source=consent.source.value,
            given_at=consent.given_at,
            expires_at=consent.expires_at,
            purpose_end=consent.purpose_end,
            withdrawn_at=consent.withdrawn_at,
            entry=entry,
        )
    )


def find(connection: Connection, consent_id: str) -> Consent | None:
    """The consent with this id."""
    row = connection.execute(select(table).where(table.c.id == consent_id)).one_or_none()
    return None if row is None else _consent(row)


def page(connection: Connection, *, after: str | None, limit: int) -> list[Consent]:
    """Consents by id, those greater than `after`."""
    query = select(table).where(table.c.id > (after or "")).order_by(table.c.id).limit(limit)
    return [_consent(row) for row in connection.execute(query)]


def withdraw(connection: Connection, consent_id: str, at: datetime) -> None:
    """Mark a consent as withdrawn; the first time stays."""
    mine = (table.c.id == consent_id) & table.c.withdrawn_at.is_(None)
    connection.execute(update(table).where(mine).values(withdrawn_at=at))


def _consent(row: Row[Any]) -> Consent:
    return Consent(
        row.id,
        row.notice,
        row.purpose,
        Source(row.source),
        row.given_at,
        row.expires_at,
        row.purpose_end,
        row.withdrawn_at,
    )
