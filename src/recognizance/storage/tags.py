"""Rows of tags: plain functions on a connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, delete, insert, select

from recognizance.errors import QuotaExceededError
from recognizance.storage.schema import collections
from recognizance.storage.schema import tags as table

MAX_TAGS = 200
"""Tags of one collection."""


def find(connection: Connection, collection_number: int) -> dict[str, str]:
    """All tags of a collection, by key."""
    query = select(table.c.key, table.c.value).where(table.c.collection_number == collection_number)
    return {row.key: row.value for row in connection.execute(query.order_by(table.c.key))}


def holders(connection: Connection, key: str, value: str) -> list[str]:
    """The ids of the collections with a tag of this value."""
    held = select(collections.c.id).join(table, table.c.collection_number == collections.c.number)
    query = held.where(table.c.key == key, table.c.value == value, collections.c.id.is_not(None))
    return list(connection.scalars(query.order_by(collections.c.id)))


def put(connection: Connection, collection_number: int, tags: Mapping[str, str]) -> None:
    """Add or overwrite tags. Raises QuotaExceededError past 200."""
    together = find(connection, collection_number) | dict(tags)
    if len(together) > MAX_TAGS:
        raise QuotaExceededError(f"a collection has at most {MAX_TAGS} tags, this would make {len(together)}")
    remove(connection, collection_number, list(tags))
    if tags:
        rows = [{"collection_number": collection_number, "key": key, "value": value} for key, value in tags.items()]
        connection.execute(insert(table), rows)


def remove(connection: Connection, collection_number: int, keys: Sequence[str]) -> None:
    """Remove tags; unknown keys are ignored."""
    connection.execute(delete(table).where(table.c.collection_number == collection_number, table.c.key.in_(list(keys))))
