"""Seeds: cases with a known answer, made of kept portraits, which look like any other and measure who votes on them.

One portrait of a user is the probe. The other candidates are the faces of other users that are most like it, as a
search would find them. In a known mate's case another portrait of the user is among them, in a known non-mate's not.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from recognizance.storage import collections as collection_rows
from recognizance.storage import portraits as rows
from recognizance.storage.database import Database
from recognizance.storage.portraits import Shown

Alike = Callable[[str, str, int], Sequence[tuple[str, float]]]
"""Of a collection and a face of it, at most so many others: ids and similarities (0..100), the most alike first."""

WINDOW = 200
"""Faces among which somebody with two portraits is looked for: those of a person are mostly enrolled together."""

LOOKALIKES_ASKED = 10
"""Faces asked for beyond each candidate needed: some are the probe's own user, some have no portrait or no user."""


@dataclass(frozen=True, slots=True)
class Seed:
    """Face ids: the probe, the candidates with their similarities, and which of them is the mate, None for nobody."""

    probe: str
    candidates: tuple[tuple[str, float], ...]
    mate: str | None


class Seeds:
    """Finds material for seeded cases. Safe to call from several threads."""

    def __init__(self, database: Database, alike: Alike, dice: random.Random) -> None:
        self._database = database
        self._alike = alike
        self._dice = dice

    def due(self, share: float) -> bool:
        """Whether a seeded case is to join a real one, so that `share` of all cases are seeded."""
        return self._dice.random() * (1 - share) < share

    def find(self, collection_id: str, size: int, *, now: datetime) -> Seed | None:
        """Material for a case of at most `size` candidates; None if the portraits of the collection do not suffice."""
        pair = self._database.read(lambda connection: self._pair(connection, collection_id, now))
        if pair is None:
            return None
        probe, mate = pair
        alike = self._alike(collection_id, probe.face_id, size * LOOKALIKES_ASKED)
        similarity = dict(alike)
        known = self._database.read(lambda connection: _known(connection, collection_id, list(similarity), now))
        strangers = [face for face, _ in alike if face in known and known[face].user_number != probe.user_number]
        mated = mate.face_id in similarity and self._dice.random() < 0.5
        chosen = [*strangers[: size - 1], mate.face_id] if mated else strangers[:size]
        if not strangers:
            return None
        candidates = sorted(((face, similarity[face]) for face in chosen), key=lambda one: -one[1])
        return Seed(probe.face_id, tuple(candidates), mate.face_id if mated else None)

    def _pair(self, connection: Connection, collection_id: str, now: datetime) -> tuple[Shown, Shown] | None:
        """Two faces with a portrait of some user."""
        number = collection_rows.find(connection, collection_id).number
        span = rows.span(connection, number)
        if span is None:
            return None
        for start in (self._dice.randint(*span), span[0]):
            by_user: dict[int, list[Shown]] = defaultdict(list)
            for face in rows.from_number(connection, number, start, limit=WINDOW, now=now):
                by_user[face.user_number].append(face)
            if pairs := [faces for faces in by_user.values() if len(faces) > 1]:
                probe, mate = self._dice.sample(self._dice.choice(pairs), 2)
                return probe, mate
        return None


def _known(connection: Connection, collection_id: str, face_ids: Sequence[str], now: datetime) -> dict[str, Shown]:
    return rows.of_users(connection, collection_rows.find(connection, collection_id).number, face_ids, now=now)
