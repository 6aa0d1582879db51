"""Rows of terms: until when a face may be kept, and whether it is frozen. Plain functions on a connection.

They stand beside the faces: most installations have none. A face is *lapsed* from the moment its term runs out, whether
or not anything has erased it yet; every reader of faces leaves lapsed ones out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Integer,
    Table,
    Text,
    case,
    delete,
    exists,
    insert,
    select,
    type_coerce,
    update,
)

from recognizance.storage.schema import Moment, Number, collections, faces, metadata, users
from recognizance.values import FaceTerms

DAY_MS = timedelta(days=1) // timedelta(milliseconds=1)

table = Table(
    "face_terms",
    metadata,
    Column("face_number", Number, ForeignKey("faces.number", ondelete="CASCADE"), primary_key=True),
    Column("consent_id", Text, index=True),
    Column("limit_at", Moment),  # the shortest of all limits but the collection's days
    Column("expires_at", Moment, index=True),  # the shortest of all
)

collection_terms = Table(
    "collection_terms",
    metadata,
    Column("collection_number", Number, ForeignKey("collections.number", ondelete="CASCADE"), primary_key=True),
    Column("retention_days", Integer, nullable=False),
)

freezes = Table(
    "freezes",
    metadata,
    Column("face_number", Number, ForeignKey("faces.number", ondelete="CASCADE"), primary_key=True),
    Column("request_id", Text, primary_key=True, index=True),
)


class TermedFace(NamedTuple):
    """A face with a term: its collection's id, its number, its own id, and its user's id."""

    collection_id: str
    number: int
    face_id: str
    user_id: str | None


def listed(now: datetime) -> ColumnElement[bool]:
    """Of a row of `faces`: its term has not run out at that time."""
    return ~exists().where(table.c.face_number == faces.c.number, table.c.expires_at <= now)


def usable(now: datetime) -> ColumnElement[bool]:
    """Of a row of `faces`: its term has not run out, and it is not frozen."""
    return listed(now) & ~exists().where(freezes.c.face_number == faces.c.number)


# --- terms ----------------------------------------------------------------------------------------


def put(connection: Connection, collection_number: int, face_numbers: Sequence[int], terms: FaceTerms | None) -> None:
    """Give faces of a collection terms, in place of those before; without any, the collection's days alone hold."""
    if not face_numbers:
        return
    connection.execute(delete(table).where(table.c.face_number.in_(face_numbers)))
    days = retention_days(connection, collection_number)
    if terms is None and days is None:
        return
    values = FaceTerms() if terms is None else terms
    connection.execute(
        insert(table),
        [
            {
                "face_number": number,
                "consent_id": values.consent_id,
                "limit_at": values.limit_at,
            }
            for number in face_numbers
        ],
    )
    _reckon(connection, days, table.c.face_number.in_(face_numbers))


def find(connection: Connection, face_numbers: Iterable[int]) -> dict[int, FaceTerms]:
    """The terms of those faces that have any, by number."""
    query = select(table.c.face_number, table.c.consent_id, table.c.limit_at)
    rows = connection.execute(query.where(table.c.face_number.in_(list(face_numbers))))
    return {number: FaceTerms(*terms) for number, *terms in rows}


def retention_days(connection: Connection, collection_number: int) -> int | None:
    """How many days a face of the collection is kept at most; None: no such limit."""
    days = collection_terms.c.retention_days
    return connection.scalar(select(days).where(collection_terms.c.collection_number == collection_number))


def set_retention_days(connection: Connection, collection_number: int, days: int | None) -> None:
    """Limit how long faces of a collection are kept, those that are there already included."""
    connection.execute(delete(collection_terms).where(collection_terms.c.collection_number == collection_number))
    own = select(faces.c.number).where(faces.c.collection_number == collection_number)
    if days is not None:
        connection.execute(insert(collection_terms).values(collection_number=collection_number, retention_days=days))
        bare = own.where(~exists().where(table.c.face_number == faces.c.number))
        connection.execute(insert(table).from_select(["face_number"], bare))
    _reckon(connection, days, table.c.face_number.in_(own))


def expire(connection: Connection, consent_id: str, at: datetime) -> list[TermedFace]:
    """End the term of every face that was stored with a consent; the faces that had not lapsed before."""
    still = table.c.expires_at.is_(None) | (table.c.expires_at > at)
    ended = _faces(connection, table, (table.c.consent_id == consent_id) & still)
    numbers = [face.number for face in ended]
    connection.execute(update(table).where(table.c.face_number.in_(numbers)).values(limit_at=at, expires_at=at))
    return ended


def lapsed(connection: Connection, now: datetime, *, limit: int) -> list[TermedFace]:
    """Some faces, in all collections, whose term has run out."""
    return _faces(connection, table, table.c.expires_at <= now, limit=limit)


def of_consent(connection: Connection, consent_id: str) -> list[TermedFace]:
    """The faces that were stored with a consent."""
    return _faces(connection, table, table.c.consent_id == consent_id)


def users_with_lapsed(
    connection: Connection, collection_number: int, *, after: datetime | None, now: datetime
) -> list[int]:
    """Numbers of the users of a collection with a face whose term ran out after a moment (None: ever) and up to now."""
    query = (
        select(faces.c.user_number)
        .join_from(table, faces, table.c.face_number == faces.c.number)
        .where(
            table.c.expires_at <= now,
            faces.c.collection_number == collection_number,
            faces.c.user_number.is_not(None),
        )
        .distinct()
    )
    if after is not None:
        query = query.where(table.c.expires_at > after)
    return [number for number in connection.scalars(query) if number is not None]


# --- freezes --------------------------------------------------------------------------------------


def freeze(connection: Connection, face_numbers: Iterable[int], request_id: str) -> None:
    """Keep faces out of searches for the sake of a request."""
    if rows := [{"face_number": number, "request_id": request_id} for number in face_numbers]:
        connection.execute(insert(freezes), rows)


def thaw(connection: Connection, request_id: str) -> None:
    """End the freeze of a request. A face that another request has frozen stays frozen."""
    connection.execute(delete(freezes).where(freezes.c.request_id == request_id))


def frozen_by(connection: Connection, request_id: str) -> list[TermedFace]:
    """The faces that a request has frozen."""
    return _faces(connection, freezes, freezes.c.request_id == request_id)


# --- steps ----------------------------------------------------------------------------------------


def _faces(
    connection: Connection, beside: Table, condition: ColumnElement[bool], *, limit: int | None = None
) -> list[TermedFace]:
    """Faces with a row in a table beside them, in the order of their numbers."""
    query = (
        select(collections.c.id, faces.c.number, faces.c.id, users.c.id)
        .join_from(beside, faces, beside.c.face_number == faces.c.number)
        .join(collections, faces.c.collection_number == collections.c.number)
        .outerjoin(users, faces.c.user_number == users.c.number)
        .where(condition, collections.c.id.is_not(None))
        .order_by(beside.c.face_number)
        .limit(limit)
    )
    return [TermedFace(*row) for row in connection.execute(query)]


def _reckon(connection: Connection, days: int | None, which: ColumnElement[bool]) -> None:
    """Set when faces expire, from their own limit and the collection's days."""
    expires: ColumnElement[datetime | None] = table.c.limit_at
    if days is not None:
        enrolled = select(faces.c.enrolled_at).where(faces.c.number == table.c.face_number).scalar_subquery()
        due: ColumnElement[datetime] = type_coerce(type_coerce(enrolled, BigInteger) + days * DAY_MS, Moment)
        expires = case((table.c.limit_at < due, table.c.limit_at), else_=due)
    connection.execute(update(table).where(which).values(expires_at=expires))
