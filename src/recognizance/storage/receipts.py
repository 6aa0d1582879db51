"""Rows of receipts: which entry of the ledger tells of the erasure of a face. Plain functions on a connection."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Column, Connection, Table, Text, insert, select

from recognizance.storage.schema import Number, metadata

table = Table(
    "receipts",
    metadata,
    Column("face_id", Text, primary_key=True),
    Column("entry", Number, nullable=False),
)


def add(connection: Connection, face_ids: Iterable[str], entry: int) -> None:
    """Store where the erasure of faces was recorded."""
    if rows := [{"face_id": face_id, "entry": entry} for face_id in face_ids]:
        connection.execute(insert(table), rows)


def find(connection: Connection, face_ids: Iterable[str]) -> dict[str, int]:
    """The entry of each of the faces that were erased, by face id."""
    rows = connection.execute(select(table).where(table.c.face_id.in_(list(face_ids))))
    return {row.face_id: row.entry for row in rows}
