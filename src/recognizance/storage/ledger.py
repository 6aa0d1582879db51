"""Rows of the ledger: entries, the texts kept apart from them, and the head. Plain functions on a connection.

An entry's row is written once and never changed. It has the entry's bytes, the hashes that this entry completed in
the tree (of 1, 2, 4, ... leaves up to it, so any proof reads few rows), and copies of fields to find it by.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    LargeBinary,
    Table,
    Text,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from recognizance.storage.schema import Moment, Number, metadata

HASH_BYTES = 32

entries = Table(
    "ledger_entries",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),  # from 0, without a gap
    Column("at", Moment, nullable=False),
    Column("kind", Text, nullable=False),
    Column("collection", Text),
    Column("case", Text),
    Column("case_reference", Text),
    Column("operator", Text),
    Column("body", Text, nullable=False),
    Column("nodes", LargeBinary, nullable=False),
)

for _column in (entries.c.case, entries.c.case_reference):
    Index(
        f"ix_ledger_entries_{_column.name}",
        _column,
        sqlite_where=_column.is_not(None),
        postgresql_where=_column.is_not(None),
    )

texts = Table(
    "ledger_texts",
    metadata,
    Column("ref", Text, primary_key=True),
    Column("lookup", Text, nullable=False, index=True),  # keyed digest: the same text is found again
    Column("commitment", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

heads = Table(
    "ledger_head",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),  # always 1
    Column("size", Number, nullable=False),
    Column("peaks", LargeBinary, nullable=False),
    Column("previous", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("note", Text, nullable=False),
)


class Head(NamedTuple):
    """Where the ledger ends: what the next entry needs, and the signed checkpoint."""

    size: int
    peaks: bytes
    """Roots of the complete subtrees, the largest first, 32 bytes each."""
    previous: str
    """Hash of the last entry, hex."""
    at: datetime
    """Time of the last entry."""
    note: str


class EntryRow(NamedTuple):
    """An entry as it is stored."""

    number: int
    at: datetime
    kind: str
    collection: str | None
    case: str | None
    case_reference: str | None
    operator: str | None
    body: str
    nodes: bytes


def copies(fields: Mapping[str, Any]) -> dict[str, str | None]:
    """The columns that an entry of these fields is found by."""
    copied = {name: fields.get(name) for name in ("collection", "case", "case_reference", "operator")}
    if isinstance(reference := copied["case_reference"], Mapping):
        copied["case_reference"] = reference["ref"]
    return {name: value if isinstance(value, str) else None for name, value in copied.items()}


class TextRow(NamedTuple):
    """A text kept apart, sealed."""

    ref: str
    lookup: str
    commitment: str
    sealed: bytes


# Made once: these run with every entry, and SQLAlchemy takes longer to make a statement than SQLite to run it.
_FIND_HEAD = select(heads.c.size, heads.c.peaks, heads.c.previous, heads.c.at, heads.c.note)
_PUT_HEAD = update(heads)
_ADD = insert(entries)


def find_head(connection: Connection) -> Head | None:
    """The head; None for a ledger without entries."""
    row = connection.execute(_FIND_HEAD).one_or_none()
    return None if row is None else Head(*row)


def put_head(connection: Connection, head: Head) -> None:
    """Replace the head."""
    values = head._asdict()
    if not connection.execute(_PUT_HEAD, values).rowcount:
        connection.execute(insert(heads).values(number=1, **values))


def add(connection: Connection, rows: Sequence[EntryRow]) -> None:
    """Store new entries."""
    connection.execute(_ADD, [row._asdict() for row in rows])


def last_number(connection: Connection) -> int:
    """Number of the last entry that is stored; -1 if there is none."""
    number = connection.scalar(select(func.max(entries.c.number)))
    return -1 if number is None else number


def node(connection: Connection, level: int, place: int) -> bytes:
    """Root of the complete subtree of 2^level leaves from `place * 2^level` on; b"" where the row is not whole."""
    last = ((place + 1) << level) - 1
    nodes = connection.scalar(select(entries.c.nodes).where(entries.c.number == last)) or b""
    return nodes[level * HASH_BYTES : (level + 1) * HASH_BYTES]


def page(  # noqa: PLR0913 - one argument a filter
    connection: Connection,
    *,
    first: int,
    limit: int,
    kinds: Sequence[str] = (),
    collection: str | None = None,
    case: Iterable[str] = (),
    operator: str | None = None,
) -> list[EntryRow]:
    """Entries from number `first` on, in order, narrowed by the filters that are given.

    `case`: ids of cases, or references to what clients called them.
    """
    query = select(*(column for column in entries.c)).where(entries.c.number >= first).order_by(entries.c.number)
    if kinds:
        query = query.where(entries.c.kind.in_(kinds))
    if collection is not None:
        query = query.where(entries.c.collection == collection)
    if named := sorted(case):
        query = query.where(or_(entries.c.case.in_(named), entries.c.case_reference.in_(named)))
    if operator is not None:
        query = query.where(entries.c.operator == operator)
    return [EntryRow(*row) for row in connection.execute(query.limit(limit))]


def find_texts(connection: Connection, *, lookup: str) -> list[TextRow]:
    """The rows of a text; more than one where two threads kept it at the same moment."""
    return _texts(connection, texts.c.lookup == lookup)


def texts_of(connection: Connection, refs: Iterable[str]) -> list[TextRow]:
    """The rows of references, by reference; those erased are left out."""
    return _texts(connection, texts.c.ref.in_(sorted(refs)))


def keep_texts(connection: Connection, rows: Sequence[TextRow]) -> None:
    """Store texts; those that are stored already stay as they are."""
    if not rows:
        return
    known = {row.ref for row in texts_of(connection, {row.ref for row in rows})}
    fresh = {row.ref: row._asdict() for row in rows if row.ref not in known}
    if fresh:
        connection.execute(insert(texts), list(fresh.values()))


def erase_texts(connection: Connection, refs: Iterable[str]) -> None:
    """Erase texts, with the keys of their commitments."""
    connection.execute(delete(texts).where(texts.c.ref.in_(sorted(refs))))


def _texts(connection: Connection, condition: ColumnElement[bool]) -> list[TextRow]:
    columns = (texts.c.ref, texts.c.lookup, texts.c.commitment, texts.c.sealed)
    return [TextRow(*row) for row in connection.execute(select(*columns).where(condition).order_by(texts.c.ref))]
