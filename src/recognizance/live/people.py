"""People: sightings of a running stream in, each with who it is out; each person is searched now and then.

Nothing of anybody is kept but in memory, and not longer than `FORGET_MS` after the last sighting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizance.values import FloatArray
from recognizance.video.identify import LEAST_WORTH, Search, crop
from recognizance.video.track import Sighting, corners, overlaps
from recognizance.video.tracking import LEAST_OVERLAP, OTHER_SCORE, SAME_SCORE

FORGET_MS = 5_000
"""How long somebody who left is remembered."""

AGAIN_MS = 10_000
"""After which a person is searched again: what holds may have changed meanwhile."""

BETTER = 1.3
"""How much better a face has to be than the one searched to be searched before that."""

PAUSE_MS = 400
"""Least time between two searches of one person."""


@dataclass(slots=True, eq=False)
class Person:
    """Somebody before the camera. `index` counts people of the processor's run from 0."""

    index: int
    sighting: Sighting
    vector: FloatArray | None = None
    searched_ms: int | None = None
    searched_worth: float = 0.0
    matches: Sequence[Mapping[str, Any]] = ()
    """Of the latest search, as SearchFacesByImage gives them."""

    def take(self, sighting: Sighting) -> None:
        """Go on with a sighting."""
        self.sighting = sighting
        if sighting.vector is not None:
            self.vector = _unit(sighting.vector if self.vector is None else self.vector + _unit(sighting.vector))

    def is_due(self) -> bool:
        """Whether the face just seen is to be searched."""
        if self.sighting.worth < LEAST_WORTH:
            return False
        if self.searched_ms is None:
            return True
        since = self.sighting.time_ms - self.searched_ms
        return since >= AGAIN_MS or (since >= PAUSE_MS and self.sighting.worth > BETTER * self.searched_worth)


class People:
    """Those before a camera, and who they are by the searches that `search` makes."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._present: list[Person] = []
        self._count = 0

    def see(self, time_ms: int, sightings: Sequence[Sighting], pixels: NDArray[np.uint8]) -> list[Person]:
        """Who is in a frame, one for each sighting. Raises what the search raises."""
        self._present = [person for person in self._present if time_ms - person.sighting.time_ms <= FORGET_MS]
        free = list(self._present)
        seen = []
        for sighting in sightings:
            person = _whose(free, sighting)
            if person is None:
                person = Person(self._count, sighting)
                self._count += 1
                self._present.append(person)
            else:
                free.remove(person)
            person.take(sighting)
            if person.is_due():
                self._ask(person, pixels)
            seen.append(person)
        return seen

    def _ask(self, person: Person, pixels: NDArray[np.uint8]) -> None:
        assert person.sighting.face is not None  # a sighting without a face has no worth
        person.matches = self._search(crop(pixels, person.sighting.face.box))
        person.searched_ms, person.searched_worth = person.sighting.time_ms, person.sighting.worth


def _whose(people: Sequence[Person], sighting: Sighting) -> Person | None:
    """The person whose face this is, or who stood there and may have that face."""
    best, best_score = None, 0.0
    for person in people:
        overlap = float(overlaps(corners([person.sighting.place]), corners([sighting.place]))[0, 0])
        face = _likeness(person, sighting)
        if face is not None and face < OTHER_SCORE:
            continue
        if overlap >= LEAST_OVERLAP or (face is not None and face >= SAME_SCORE):
            score = overlap + (face or 0.0)
            if score > best_score:
                best, best_score = person, score
    return best


def _likeness(person: Person, sighting: Sighting) -> float | None:
    if person.vector is None or sighting.vector is None:
        return None
    return float(person.vector @ _unit(sighting.vector))


def _unit(vector: FloatArray) -> FloatArray:
    unit: FloatArray = vector / max(float(np.linalg.norm(vector)), 1e-9)
    return unit
