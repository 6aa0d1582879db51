"""Rows of collections: plain functions on a connection. A collection is found by its id and worked on by its number."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from recognizance.errors import CollectionExistsError, CollectionNotFoundError
from recognizance.storage.schema import collections as table
from recognizance.values import Collection


class CollectionRow(NamedTuple):
    """A collection as stored: what the API shows, the number its rows refer to, and its sealed key."""

    collection: Collection
    number: int
    sealed_key: bytes


def create(  # noqa: PLR0913 - one argument a column
    connection: Connection, collection_id: str, *, space: str, model_version: str, sealed_key: bytes, now: datetime
) -> CollectionRow:
    """Store a new collection. Raises CollectionExistsError."""
    if connection.scalar(select(table.c.number).where(table.c.id == collection_id)) is not None:
        raise CollectionExistsError(collection_id)
    connection.execute(
        insert(table).values(
            id=collection_id,
            space=space,
            model_version=model_version,
            created_at=now,
            face_count=0,
            user_count=0,
            sealed_key=sealed_key,
        )
    )
    return find(connection, collection_id)


def find(connection: Connection, collection_id: str) -> CollectionRow:
    """The collection with this id. Raises CollectionNotFoundError."""
    row = connection.execute(select(table).where(table.c.id == collection_id)).mappings().one_or_none()
    if row is None:
        raise CollectionNotFoundError(collection_id)
    return _row(row)


def page(connection: Connection, *, after: str | None, limit: int | None = None) -> list[CollectionRow]:
    """Collections by id, those greater than `after`; all of them without a limit."""
    query = select(table).where(table.c.id > (after or "")).order_by(table.c.id).limit(limit)
    return [_row(row) for row in connection.execute(query).mappings()]


def count(connection: Connection, number: int, *, faces: int = 0, users: int = 0) -> None:
    """Add to the counts of faces and users."""
    connection.execute(
        update(table)
        .where(table.c.number == number)
        .values(face_count=table.c.face_count + faces, user_count=table.c.user_count + users)
    )


def doom(connection: Connection, number: int) -> None:
    """Take the collection's id and destroy its key: it is gone, its templates are shredded, its rows are rubble."""
    connection.execute(update(table).where(table.c.number == number).values(id=None, sealed_key=b""))


def doomed(connection: Connection) -> list[int]:
    """Numbers of the collections whose rows are still to be erased."""
    return list(connection.scalars(select(table.c.number).where(table.c.id.is_(None))))


def remove(connection: Connection, number: int) -> None:
    """Erase the collection, and by the foreign keys all that refers to it."""
    connection.execute(delete(table).where(table.c.number == number))


def _row(row: RowMapping) -> CollectionRow:
    collection = Collection(
        id=row["id"],
        space=row["space"],
        model_version=row["model_version"],
        created_at=row["created_at"],
        face_count=row["face_count"],
        user_count=row["user_count"],
    )
    return CollectionRow(collection, row["number"], row["sealed_key"])
