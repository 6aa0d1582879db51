"""Rows of users: plain functions on a connection. A user is searchable (ACTIVE) while faces are tied to it.

Where a function takes `now`, faces that are frozen or whose term has run out by then do not count.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, exists, insert, select

from recognizance.errors import UserExistsError, UserNotFoundError
from recognizance.storage import terms
from recognizance.storage.schema import faces
from recognizance.storage.schema import users as table
from recognizance.values import User, UserStatus


def create(connection: Connection, collection_number: int, user_id: str, *, now: datetime) -> None:
    """Store a new user. Raises UserExistsError."""
    taken = select(table.c.number).where(table.c.collection_number == collection_number, table.c.id == user_id)
    if connection.scalar(taken) is not None:
        raise UserExistsError(user_id)
    connection.execute(insert(table).values(collection_number=collection_number, id=user_id, created_at=now))


def find(connection: Connection, collection_number: int, user_id: str) -> User:
    """The user with this id. Raises UserNotFoundError."""
    row = connection.execute(_users(collection_number).where(table.c.id == user_id)).one_or_none()
    if row is None:
        raise UserNotFoundError(user_id)
    return _user(row)


def page(
    connection: Connection, collection_number: int, *, after: int | None, limit: int, now: datetime | None = None
) -> list[User]:
    """Users by number, those greater than `after`."""
    query = _users(collection_number, now).order_by(table.c.number).limit(limit)
    if after is not None:
        query = query.where(table.c.number > after)
    return [_user(row) for row in connection.execute(query)]


def active_by_number(
    connection: Connection, collection_number: int, numbers: Iterable[int], *, now: datetime | None = None
) -> dict[int, User]:
    """Those of the numbered users that exist and are active, by number."""
    rows = connection.execute(_users(collection_number, now).where(table.c.number.in_(list(numbers))))
    return {row.number: _user(row) for row in rows if row.active}


def remove(connection: Connection, number: int) -> None:
    """Erase the user; by the foreign key its faces become free."""
    connection.execute(delete(table).where(table.c.number == number))


def _users(collection_number: int, now: datetime | None = None) -> Select[Any]:
    active = exists().where(faces.c.user_number == table.c.number)
    if now is not None:
        active = active.where(terms.usable(now))
    return select(table.c.id, table.c.number, active.label("active")).where(
        table.c.collection_number == collection_number
    )


def _user(row: Row[Any]) -> User:
    return User(row.id, UserStatus.ACTIVE if row.active else UserStatus.CREATED, row.number)
