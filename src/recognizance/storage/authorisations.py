"""Rows of authorisations and of the clocks of cases: plain functions on a connection.

What people call a case or an authorisation comes as a keyed digest; the names themselves are kept apart by the ledger.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, ColumnElement, Connection, Index, Integer, Row, Table, Text, insert, or_, select, update

from recognizance.errors import AuthorisationNotFoundError
from recognizance.policy.authorisation import Authorisation, CaseClock
from recognizance.storage.schema import Moment, Number, metadata

table = Table(
    "authorisations",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("reference", Text, nullable=False),
    Column("case", Text, nullable=False),
    Column("collection_id", Text),
    Column("issuer", Text, nullable=False),
    Column("registered_by", Text, nullable=False),
    Column("registered_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("rejected_at", Moment),
    sqlite_autoincrement=True,
)

Index("ix_authorisations_reference", table.c.reference)
Index("ix_authorisations_case", table.c.case)

clocks = Table(
    "case_clocks",
    metadata,
    Column("case", Text, primary_key=True),
    Column("collection_id", Text, primary_key=True),
    Column("hours", Integer, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("authorised_at", Moment),
    Column("rejected_at", Moment),
)

clocked = Table(
    "clocked_cases",
    metadata,
    Column("case_id", Text, primary_key=True),  # of review: what a search under the clock found
    Column("case", Text, nullable=False),
    Column("collection_id", Text, nullable=False),
)


def add(connection: Connection, authorisation: Authorisation) -> None:
    """Store an authorisation."""
    connection.execute(
        insert(table).values(
            id=authorisation.id,
            reference=authorisation.reference,
            case=authorisation.case,
            collection_id=authorisation.collection,
            issuer=authorisation.issuer,
            registered_by=authorisation.registered_by,
            registered_at=authorisation.registered_at,
            expires_at=authorisation.expires_at,
            rejected_at=authorisation.rejected_at,
        )
    )


def find(connection: Connection, authorisation_id: str) -> Authorisation:
    """One authorisation. Raises AuthorisationNotFoundError."""
    row = connection.execute(select(table).where(table.c.id == authorisation_id)).one_or_none()
    if row is None:
        raise AuthorisationNotFoundError(authorisation_id)
    return _authorisation(row)


def called(connection: Connection, reference: str) -> list[Authorisation]:
    """The authorisations with a reference, oldest first."""
    rows = connection.execute(select(table).where(table.c.reference == reference).order_by(table.c.number))
    return [_authorisation(row) for row in rows]


def of_case(connection: Connection, case: str) -> list[Authorisation]:
    """The authorisations of a case, oldest first."""
    rows = connection.execute(select(table).where(table.c.case == case).order_by(table.c.number))
    return [_authorisation(row) for row in rows]


def every(connection: Connection) -> list[Authorisation]:
    """All authorisations, oldest first."""
    return [_authorisation(row) for row in connection.execute(select(table).order_by(table.c.number))]


def reject(connection: Connection, authorisation_id: str, *, at: datetime) -> None:
    """Note that an authorisation was refused or taken back."""
    connection.execute(update(table).where(table.c.id == authorisation_id).values(rejected_at=at))


def clock(connection: Connection, case: str, collection_id: str) -> CaseClock | None:
    """The clock of a case in a collection; None where no search started it."""
    row = connection.execute(
        select(clocks).where(clocks.c.case == case, clocks.c.collection_id == collection_id)
    ).one_or_none()
    return None if row is None else _clock(row)


def start_clock(connection: Connection, case: str, collection_id: str, started: CaseClock) -> None:
    """Store the clock of a case."""
    connection.execute(
        insert(clocks).values(
            case=case,
            collection_id=collection_id,
            hours=started.hours,
            opened_at=started.opened_at,
            authorised_at=started.authorised_at,
            rejected_at=started.rejected_at,
        )
    )


def clocks_of(connection: Connection, case: str, collection_id: str | None) -> dict[str, CaseClock]:
    """The clocks of a case by collection, all of them or that of one collection."""
    query = select(clocks).where(clocks.c.case == case)
    if collection_id is not None:
        query = query.where(clocks.c.collection_id == collection_id)
    return {row.collection_id: _clock(row) for row in connection.execute(query)}


def set_clock(connection: Connection, case: str, collection_id: str, changed: CaseClock) -> None:
    """Note on a clock that its case was authorised, or that this was rejected."""
    connection.execute(
        update(clocks)
        .where(clocks.c.case == case, clocks.c.collection_id == collection_id)
        .values(authorised_at=changed.authorised_at, rejected_at=changed.rejected_at)
    )


def tie(connection: Connection, case_id: str, case: str, collection_id: str) -> None:
    """Put what a search found (a case of review) under a clock."""
    connection.execute(insert(clocked).values(case_id=case_id, case=case, collection_id=collection_id))


def untie(connection: Connection, case_id: str) -> None:
    """Take a case of review, which was destroyed, from under its clock."""
    connection.execute(clocked.delete().where(clocked.c.case_id == case_id))


def clock_over(connection: Connection, case_id: str) -> CaseClock | None:
    """The clock that a case of review stands under; None for none."""
    query = select(clocks).join(clocked, _same()).where(clocked.c.case_id == case_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else _clock(row)


def unpermitted(connection: Connection) -> dict[str, CaseClock]:
    """The cases of review, by id, whose clock nobody stopped by an authorisation, or that was rejected."""
    query = select(clocked.c.case_id, clocks).join(clocks, _same())
    query = query.where(or_(clocks.c.authorised_at.is_(None), clocks.c.rejected_at.is_not(None)))
    return {row.case_id: _clock(row) for row in connection.execute(query.order_by(clocks.c.opened_at))}


def _same() -> ColumnElement[bool]:
    return (clocks.c.case == clocked.c.case) & (clocks.c.collection_id == clocked.c.collection_id)


def _clock(row: Row[tuple[object, ...]]) -> CaseClock:
    return CaseClock(row.opened_at, row.hours, row.authorised_at, row.rejected_at)


def _authorisation(row: Row[tuple[object, ...]]) -> Authorisation:
    return Authorisation(
        id=row.id,
        reference=row.reference,
        case=row.case,
        collection=row.collection_id,
        issuer=row.issuer,
        registered_by=row.registered_by,
        registered_at=row.registered_at,
        expires_at=row.expires_at,
        rejected_at=row.rejected_at,
    )
