"""Searching an open collection: the index ranks, the rows decide who is still there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from recognizance.errors import FaceNotFoundError
from recognizance.gallery.collection import OpenCollection
from recognizance.gallery.shelf import mean_template
from recognizance.search.quantized import QuantizedIndex
from recognizance.storage import faces as face_rows
from recognizance.storage import users as user_rows
from recognizance.values import EnrolledFace, FaceMatch, FloatArray, User, UserMatch

Record = TypeVar("Record")


def search_faces(
    collection: OpenCollection, probe: FloatArray, *, limit: int, min_score: float, without: int | None = None
) -> list[FaceMatch]:
    """The best faces for a probe float32 (d,), the one numbered `without` left out."""

    def fetch(numbers: list[int]) -> dict[int, EnrolledFace]:
        return face_rows.by_number(collection.connection, collection.number, numbers)

    ranked = _ranked(collection.shelf.faces, probe, fetch, limit=limit, min_score=min_score, without=without)
    return [FaceMatch(face, score) for face, score in ranked]


def search_users(
    collection: OpenCollection, probe: FloatArray, *, limit: int, min_score: float, without: int | None = None
) -> list[UserMatch]:
    """The best active users for a probe float32 (d,), the one numbered `without` left out."""

    def fetch(numbers: list[int]) -> dict[int, User]:
        return user_rows.active_by_number(collection.connection, collection.number, numbers)

    ranked = _ranked(collection.shelf.users, probe, fetch, limit=limit, min_score=min_score, without=without)
    return [UserMatch(user, score) for user, score in ranked]


def face_probe(collection: OpenCollection, face_id: str) -> tuple[int, FloatArray]:
    """The number of an enrolled face and its template as a probe float32 (d,). Raises FaceNotFoundError."""
    rows = face_rows.templates(collection.connection, collection.number, face_ids=[face_id])
    if not rows:
        raise FaceNotFoundError(face_id)
    number, _, _, key, template = rows[0]
    return number, collection.key.open(face_id, key, template).astype(np.float32)


def user_probe(collection: OpenCollection, user_id: str) -> tuple[int, FloatArray | None]:
    """The number of a user and its template as a probe float32 (d,), None without faces. Raises UserNotFoundError."""
    user = user_rows.find(collection.connection, collection.number, user_id)
    templates = collection.templates(user_number=user.number)
    return user.number, mean_template(templates.values()).astype(np.float32) if templates else None


def _ranked(  # noqa: PLR0913 - three of them only pass through
    index: QuantizedIndex,
    probe: FloatArray,
    fetch: Callable[[list[int]], dict[int, Record]],
    *,
    limit: int,
    min_score: float,
    without: int | None,
) -> list[tuple[Record, float]]:
    wanted = limit if without is None else limit + 1
    while True:
        hits = index.search(probe, limit=wanted, min_score=min_score)
        numbers = [number for number in hits.numbers.tolist() if number != without]
        records = fetch(numbers)
        scores = dict(zip(hits.numbers.tolist(), hits.scores.tolist(), strict=True))
        found = [(records[number], scores[number]) for number in numbers if number in records]
        if len(found) >= limit or len(hits.numbers) < wanted:
            return found[:limit]
        # Rows vanished between a commit and its news to the index: ask for more, so that `limit` is still honoured.
        wanted *= 2
