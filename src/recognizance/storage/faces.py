"""Rows of faces: plain functions on a connection. Templates pass through sealed, in and out.

Where a function takes `now`, faces whose term has run out by then are left out; without it, they are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from recognizance.storage import terms
from recognizance.storage.schema import faces as table
from recognizance.storage.schema import users
from recognizance.values import EnrolledFace
from recognizance.vault import SealedTemplate

BATCH_ROWS = 10_000
"""Rows at a time where a whole collection passes through memory, or out of existence."""

_SHOWN = (
    table.c.id,
    table.c.image_id,
    table.c.external_image_id,
    table.c.left,
    table.c.top,
    table.c.width,
    table.c.height,
    table.c.confidence,
    table.c.model_version,
    users.c.id.label("user_id"),
    table.c.number,
)


SealedRow = Row[int, str, int | None, bytes, bytes]
"""A template at rest: face number, face id, number of the user or None, sealed face key, sealed template."""


def insert_face(
    connection: Connection, collection_number: int, face: EnrolledFace, sealed: SealedTemplate, *, now: datetime
) -> EnrolledFace:
    """Store a face; the answer carries its number, which takes the place of the one in `face`."""
    left, top, width, height = face.box_ratios
    number = connection.execute(
        insert(table)
        .values(
            collection_number=collection_number,
            id=face.face_id,
            image_id=face.image_id,
            external_image_id=face.external_image_id or "",
            left=left,
            top=top,
            width=width,
            height=height,
            confidence=face.confidence,
            model_version=face.model_version,
            enrolled_at=now,
            user_number=None,
            sealed_key=sealed.key,
            sealed_template=sealed.template,
        )
        .returning(table.c.number)
    ).scalar_one()
    return replace(face, number=number)


def page(  # noqa: PLR0913 - two of them are filters
    connection: Connection,
    collection_number: int,
    *,
    after: int | None,
    limit: int,
    user_number: int | None = None,
    face_ids: Sequence[str] | None = None,
    now: datetime | None = None,
) -> list[EnrolledFace]:
    """Faces by number, those greater than `after`, narrowed by the filters."""
    query = _shown(collection_number)
    if now is not None:
        query = query.where(terms.listed(now))
    if user_number is not None:
        query = query.where(table.c.user_number == user_number)
    if face_ids is not None:
        found = _in_order(connection, query.where(table.c.id.in_(face_ids)))
        return [face for face in found if after is None or face.number > after][:limit]
    if after is not None:
        query = query.where(table.c.number > after)
    return [_face(row) for row in connection.execute(query.order_by(table.c.number).limit(limit))]


def of_image(
    connection: Connection,
    collection_number: int,
    *,
    image_id: str,
    external_image_id: str | None,
    now: datetime | None = None,
) -> list[EnrolledFace]:
    """Faces of one picture under one external id, in the order of enrolment."""
    query = _shown(collection_number).where(
        table.c.image_id == image_id, table.c.external_image_id == (external_image_id or "")
    )
    return _in_order(connection, query if now is None else query.where(terms.listed(now)))


def disown(
    connection: Connection, collection_number: int, *, image_id: str, external_image_id: str | None, now: datetime
) -> None:
    """Cut the tie between a picture and its faces whose term has run out, so that it can be enrolled anew."""
    connection.execute(
        update(table)
        .where(
            table.c.collection_number == collection_number,
            table.c.image_id == image_id,
            table.c.external_image_id == (external_image_id or ""),
            ~terms.listed(now),
        )
        .values(image_id=table.c.id)
    )


def by_number(
    connection: Connection, collection_number: int, numbers: Iterable[int], *, now: datetime | None = None
) -> dict[int, EnrolledFace]:
    """Those of the numbered faces that exist, by number; with `now`, frozen ones are left out too."""
    query = _shown(collection_number).where(table.c.number.in_(list(numbers)))
    found = connection.execute(query if now is None else query.where(terms.usable(now)))
    return {row.number: _face(row) for row in found}


def by_id(
    connection: Connection, collection_number: int, face_ids: Iterable[str], *, now: datetime | None = None
) -> dict[str, EnrolledFace]:
    """Those of the named faces that exist, by id; with `now`, frozen ones are left out too."""
    query = _shown(collection_number).where(table.c.id.in_(list(face_ids)))
    found = connection.execute(query if now is None else query.where(terms.usable(now)))
    return {row.id: _face(row) for row in found}


def enrolled_at(connection: Connection, numbers: Iterable[int]) -> dict[int, datetime]:
    """When the numbered faces were enrolled, by number."""
    found = connection.execute(select(table.c.number, table.c.enrolled_at).where(table.c.number.in_(list(numbers))))
    return {row.number: row.enrolled_at for row in found}


def templates(
    connection: Connection,
    collection_number: int,
    *,
    face_ids: Iterable[str] | None = None,
    user_number: int | None = None,
    now: datetime | None = None,
) -> Sequence[SealedRow]:
    """Sealed templates of those faces that exist, or of a user's faces; with `now`, without frozen ones too."""
    query = _sealed(collection_number)
    if face_ids is not None:
        query = query.where(table.c.id.in_(list(face_ids)))
    if user_number is not None:
        query = query.where(table.c.user_number == user_number)
    return connection.execute(query if now is None else query.where(terms.usable(now))).all()


def all_templates(connection: Connection, collection_number: int) -> Iterator[Sequence[SealedRow]]:
    """All sealed templates of a collection, in batches: there may be millions."""
    query = _sealed(collection_number).execution_options(yield_per=BATCH_ROWS)
    yield from connection.execute(query).partitions()


def tie(connection: Connection, numbers: Iterable[int], user_number: int | None) -> None:
    """Tie the numbered faces to a user, or to nobody."""
    connection.execute(update(table).where(table.c.number.in_(list(numbers))).values(user_number=user_number))


def remove(connection: Connection, numbers: Iterable[int]) -> list[bytes]:
    """Erase the numbered faces with their sealed templates; the sealed keys that they had."""
    erased = delete(table).where(table.c.number.in_(list(numbers))).returning(table.c.sealed_key)
    return list(connection.scalars(erased))


def remove_batch(connection: Connection, collection_number: int) -> list[bytes]:
    """Erase some faces of a collection; the sealed keys that they had, none when no face is left."""
    some = select(table.c.number).where(table.c.collection_number == collection_number).limit(BATCH_ROWS)
    erased = delete(table).where(table.c.number.in_(some)).returning(table.c.sealed_key)
    return list(connection.scalars(erased))


def _shown(collection_number: int) -> Select[Any]:
    joined = table.outerjoin(users, table.c.user_number == users.c.number)
    return select(*_SHOWN).select_from(joined).where(table.c.collection_number == collection_number)


def _in_order(connection: Connection, query: Select[Any]) -> list[EnrolledFace]:
    """Few faces, by number. SQLite, asked for that order, would walk the collection instead of using the ids."""
    return sorted((_face(row) for row in connection.execute(query)), key=lambda face: face.number)


def _sealed(collection_number: int) -> Select[int, str, int | None, bytes, bytes]:
    columns = (table.c.number, table.c.id, table.c.user_number, table.c.sealed_key, table.c.sealed_template)
    return select(*columns).where(table.c.collection_number == collection_number)


def _face(row: Row[Any]) -> EnrolledFace:
    return EnrolledFace(
        face_id=row.id,
        image_id=row.image_id,
        external_image_id=row.external_image_id or None,
        box_ratios=(row.left, row.top, row.width, row.height),
        confidence=row.confidence,
        model_version=row.model_version,
        user_id=row.user_id,
        number=row.number,
    )
