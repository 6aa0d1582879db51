"""Searching an open collection: the index ranks, the cohort says what a score counts, the rows who is still there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from recognizance import ports
from recognizance.errors import FaceNotFoundError
from recognizance.gallery.association import MAX_USER_FACES
from recognizance.gallery.collection import OpenCollection
from recognizance.gallery.shelf import mean_template
from recognizance.residue import fleeting, wipe
from recognizance.search.quantized import QuantizedIndex
from recognizance.storage import faces as face_rows
from recognizance.storage import users as user_rows
from recognizance.values import EnrolledFace, FaceMatch, FloatArray, Rescaling, User, UserMatch

Record = TypeVar("Record")

Candidates = list[tuple[int, float]]
"""(number, score on the curve), best first."""


class PlainScores(ports.Cohort):
    """Leaves scores as they are: what a similarity means then depends on who is searched."""

    def places(self, size: int) -> int:  # noqa: ARG002 - the Protocol's signature
        """A first look at a usual list; none of it is needed."""
        return 10

    def rescaling(self, scores: FloatArray, size: int) -> Rescaling:  # noqa: ARG002
        """The line that changes nothing."""
        return Rescaling()


PLAIN = PlainScores()


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """What is searched for: a vector float32 (d,), and what the index holds of the same person.

    `number` names the probe itself if it is in the index, and is no candidate. `kin` are all numbers that are known to
    be of its person, itself among them: they say nothing about strangers. A vector made of templates is to be wiped.
    """

    vector: FloatArray
    number: int | None = None
    kin: Sequence[int] = ()


def search_faces(collection: OpenCollection, probe: Probe, *, limit: int, min_score: float) -> list[FaceMatch]:
    """The best faces for a probe."""

    def fetch(numbers: list[int]) -> dict[int, EnrolledFace]:
        return face_rows.by_number(collection.connection, collection.number, numbers, now=collection.now)

    ranked = _rank(collection.shelf.faces, probe, collection.cohort, fetch, limit=limit, min_score=min_score)
    return [FaceMatch(face, score) for face, score in ranked]


def search_users(collection: OpenCollection, probe: Probe, *, limit: int, min_score: float) -> list[UserMatch]:
    """The best active users for a probe."""

    def fetch(numbers: list[int]) -> dict[int, User]:
        return user_rows.active_by_number(collection.connection, collection.number, numbers, now=collection.now)

    ranked = _rank(collection.shelf.users, probe, collection.cohort, fetch, limit=limit, min_score=min_score)
    return [UserMatch(user, score) for user, score in ranked]


def face_probe(collection: OpenCollection, face_id: str) -> Probe:
    """An enrolled face as probe among faces, its user's other faces as kin. Raises FaceNotFoundError."""
    rows = face_rows.templates(collection.connection, collection.number, face_ids=[face_id], now=collection.now)
    if not rows:
        raise FaceNotFoundError(face_id)
    number, _, user, key, template = rows[0]
    kin = [number] if user is None else _faces_of(collection, user)
    with fleeting(collection.key.open(face_id, key, template)) as opened:
        return Probe(opened.astype(np.float32), number, kin)


def user_probe(collection: OpenCollection, user_id: str) -> Probe | None:
    """A user as probe among users; None for one without faces. Raises UserNotFoundError."""
    user = user_rows.find(collection.connection, collection.number, user_id)
    templates = collection.templates(user_number=user.number)
    if not templates:
        return None
    with fleeting(mean_template(templates.values())) as template:
        wipe(*templates.values())
        return Probe(template.astype(np.float32), user.number, [user.number])


def _faces_of(collection: OpenCollection, user_number: int) -> list[int]:
    faces = face_rows.page(
        collection.connection, collection.number, after=None, limit=MAX_USER_FACES, user_number=user_number
    )
    return [face.number for face in faces]


def _rank(  # noqa: PLR0913 - two of them only pass through
    index: QuantizedIndex,
    probe: Probe,
    cohort: ports.Cohort,
    fetch: Callable[[list[int]], dict[int, Record]],
    *,
    limit: int,
    min_score: float,
) -> list[tuple[Record, float]]:
    """The at most `limit` best that reach `min_score` on the curve, with their scores there."""
    size = len(index) - len(probe.kin)
    places = cohort.places(size)
    wanted = places + len(probe.kin)
    hits = index.search(probe.vector, limit=wanted, min_score=-1.0)
    strangers = hits.scores[~np.isin(hits.numbers, probe.kin)] if probe.kin else hits.scores
    line = cohort.rescaling(strangers[:places], size)
    least = line.raw_score(min_score)
    while True:
        near = slice(int(np.count_nonzero(hits.scores >= least)))
        scored = zip(hits.numbers[near].tolist(), map(line.curve_score, hits.scores[near].tolist()), strict=True)
        reached = [(number, score) for number, score in scored if score >= min_score and number != probe.number]
        found = _existing(reached, fetch, limit)
        if len(found) == limit or len(hits.numbers) < wanted or hits.scores[-1] < least:
            return found
        # More reach the score than the cohort takes, or rows vanished between a commit and its news to the index.
        wanted = max(2 * wanted, limit + 1)
        hits = index.search(probe.vector, limit=wanted, min_score=least)


def _existing(
    candidates: Candidates, fetch: Callable[[list[int]], dict[int, Record]], limit: int
) -> list[tuple[Record, float]]:
    """The first `limit` candidates that rows back."""
    found: list[tuple[Record, float]] = []
    for start in range(0, len(candidates), limit):
        some = candidates[start : start + limit]
        records = fetch([number for number, _ in some])
        found += [(records[number], score) for number, score in some if number in records]
        if len(found) >= limit:
            break
    return found[:limit]
