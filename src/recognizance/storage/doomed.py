"""Rows of doomed keys: slots whose halves of face keys are to be destroyed. Plain functions on a connection.

They are written in the transaction that erases the faces, and the halves are destroyed right after its commit. What a
crash in between left is destroyed by the next start.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Column, Connection, Table, delete, insert, select

from recognizance.storage.schema import Number, metadata

table = Table("doomed_keys", metadata, Column("slot", Number, primary_key=True, autoincrement=False))


def add(connection: Connection, slots: Iterable[int]) -> None:
    """Store slots, each of which belonged to one face."""
    if rows := [{"slot": slot} for slot in slots]:
        connection.execute(insert(table), rows)


def page(connection: Connection) -> list[int]:
    """All slots that are stored."""
    return list(connection.scalars(select(table.c.slot)))


def clear(connection: Connection) -> None:
    """Forget all slots; for use when their halves have been destroyed."""
    connection.execute(delete(table))
