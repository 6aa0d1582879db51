"""Rows of portraits, the pictures of enrolled faces where they are kept: plain functions on a connection.

They pass through sealed, and go with the face; of a face whose term has run out nothing is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Column, Connection, ForeignKey, LargeBinary, Select, Table, delete, func, insert, select

from recognizance.storage import terms
from recognizance.storage.schema import Number, faces, metadata

table = Table(
    "portraits",
    metadata,
    Column("face_number", Number, ForeignKey("faces.number", ondelete="CASCADE"), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)


class Portrait(NamedTuple):
    """A sealed picture, the face that it shows, and the sealed key of that face, which opens it."""

    face_id: str
    sealed_key: bytes
    sealed: bytes


class Shown(NamedTuple):
    """A face with a portrait, and the number of its user."""

    face_id: str
    face_number: int
    user_number: int


def put(connection: Connection, face_number: int, sealed: bytes) -> None:
    """Keep the sealed picture of a face, in place of the one before."""
    connection.execute(delete(table).where(table.c.face_number == face_number))
    connection.execute(insert(table).values(face_number=face_number, sealed=sealed))


def of_faces(
    connection: Connection, collection_number: int, face_ids: Iterable[str], *, now: datetime
) -> list[Portrait]:
    """The portraits of those of the faces that have one."""
    query = _portraits(collection_number, now).where(faces.c.id.in_(list(face_ids)))
    return [Portrait(*row) for row in connection.execute(query)]


def of_user(
    connection: Connection, collection_number: int, user_number: int, *, limit: int, now: datetime
) -> list[Portrait]:
    """Some portraits of a user, those enrolled first."""
    query = _portraits(collection_number, now).where(faces.c.user_number == user_number)
    return [Portrait(*row) for row in connection.execute(query.order_by(faces.c.number).limit(limit))]


def span(connection: Connection, collection_number: int) -> tuple[int, int] | None:
    """The lowest and the highest number of a face of a collection; None if it has none."""
    of_collection = faces.c.collection_number == collection_number
    low = connection.scalar(select(func.min(faces.c.number)).where(of_collection))
    high = connection.scalar(select(func.max(faces.c.number)).where(of_collection))
    return None if low is None or high is None else (low, high)


def from_number(
    connection: Connection, collection_number: int, start: int, *, limit: int, now: datetime
) -> list[Shown]:
    """Faces of users with a portrait that may be searched, from a face number on."""
    query = _shown(collection_number, now).where(table.c.face_number >= start)
    return [Shown(*row) for row in connection.execute(query.order_by(table.c.face_number).limit(limit))]


def of_users(
    connection: Connection, collection_number: int, face_ids: Sequence[str], *, now: datetime
) -> dict[str, Shown]:
    """Those of the faces that have a portrait and a user and may be searched, by id."""
    query = _shown(collection_number, now).where(faces.c.id.in_(face_ids))
    return {row.id: Shown(*row) for row in connection.execute(query)}


def _portraits(collection_number: int, now: datetime) -> Select[str, bytes, bytes]:
    columns = select(faces.c.id, faces.c.sealed_key, table.c.sealed).join_from(table, faces)
    # A frozen face is shown: whoever contests a match has it frozen, and reviewers then look at it anew.
    return columns.where(faces.c.collection_number == collection_number, terms.listed(now))


def _shown(collection_number: int, now: datetime) -> Select[str, int, int]:
    columns = select(faces.c.id, faces.c.number, faces.c.user_number).join_from(table, faces)
    return columns.where(
        faces.c.collection_number == collection_number, faces.c.user_number.is_not(None), terms.usable(now)
    )
