"""Answers kept under idempotency tokens: plain functions on a connection."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from recognizance.errors import TokenReusedError
from recognizance.storage.schema import tokens as table

LIFE = timedelta(days=7)
"""How long an answer is kept."""


def find(connection: Connection, operation: str, token: str, digest: str, *, now: datetime) -> dict[str, object] | None:
    """The answer kept under a token for an input with this digest, None if there is none (any more).

    Raises TokenReusedError if the token was used with other input.
    """
    row = connection.execute(
        select(table.c.digest, table.c.answer).where(
            table.c.operation == operation, table.c.token == token, table.c.created_at > now - LIFE
        )
    ).one_or_none()
    if row is None:
        return None
    if row.digest != digest:
        raise TokenReusedError(token)
    answer: dict[str, object] = json.loads(row.answer)
    return answer


def keep(  # noqa: PLR0913 - one argument a column
    connection: Connection, operation: str, token: str, digest: str, answer: dict[str, object], *, now: datetime
) -> None:
    """Keep an answer under a token, and drop those that have outlived their time."""
    connection.execute(delete(table).where(table.c.created_at <= now - LIFE))
    connection.execute(
        insert(table).values(operation=operation, token=token, digest=digest, answer=json.dumps(answer), created_at=now)
    )
