"""Identify: a person's best pictures in, who of a collection that is out, decided once for the whole clip.

A face in a single frame may be turned, blurred or half hidden. So the few frames that show a person best are searched,
apart in time, and an enrolled face counts when most of them lead to it; its similarity is the median of theirs.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizance.values import Box
from recognizance.video.track import Match, Sighting, Track
from recognizance.video.tracking import Stretch

EVIDENCE = 3
"""Frames that are searched for each person, at most."""

APART_MS = 400
"""Least time between two of them: neighbouring frames say the same."""

MARGIN = 0.6
"""Of the face's size, kept around it on each side in the picture that is searched."""

LEAST_CROP_PX = 160
"""Least side of that picture, where the frame has it: a search takes no smaller one than 80 px."""

LEAST_WORTH = 0.08
"""Worth of a face (see `Sighting.worth`) below which it is not searched."""

Search = Callable[[NDArray[np.uint8]], Sequence[Mapping[str, Any]]]
"""Searches a collection for the face in a picture RGB uint8 (h, w, 3), under all of its rules: members of FaceMatches
as the API shows them, best first."""


@dataclass(slots=True)
class Identifier:
    """Keeps pictures of faces while a clip is watched, and searches the best of each person at the end."""

    search: Search
    _best: dict[Stretch, list[Sighting]] = field(default_factory=dict)
    _crops: dict[Sighting, NDArray[np.uint8]] = field(default_factory=dict)

    def keep(self, stretches: Iterable[Stretch], pixels: NDArray[np.uint8]) -> None:
        """Keep the faces of a frame that are among the best of their stretches, and drop those that are no more."""
        for stretch in stretches:
            newest, before = stretch.sightings[-1], self._best.get(stretch, [])
            best = self._best[stretch] = choose([*before, newest])
            if newest.face is not None and newest in best:
                self._crops[newest] = crop(pixels, newest.face.box)
            for beaten in set(before).difference(best):
                del self._crops[beaten]

    def decide(self, track: Track) -> Track:
        """The track, and who that is."""
        evidence = choose([sighting for sighting in track.sightings if sighting in self._crops])
        votes: dict[str, list[float]] = defaultdict(list)
        faces: dict[str, Mapping[str, Any]] = {}
        for sighting in evidence:
            for found in self.search(self._crops[sighting]):
                faces[found["Face"]["FaceId"]] = found["Face"]
                votes[found["Face"]["FaceId"]].append(found["Similarity"])
        needed = len(evidence) // 2 + 1
        matches = [
            Match(faces[name], statistics.median(found)) for name, found in votes.items() if len(found) >= needed
        ]
        matches.sort(key=lambda match: -match.similarity)
        return replace(track, matches=tuple(matches), evidence_ms=tuple(sighting.time_ms for sighting in evidence))


def choose(sightings: Sequence[Sighting]) -> list[Sighting]:
    """The sightings to search: the best, apart in time, in order of time."""
    chosen: list[Sighting] = []
    for sighting in sorted(sightings, key=lambda sighting: -sighting.worth):
        if len(chosen) == EVIDENCE or sighting.worth < LEAST_WORTH:
            break
        if all(abs(sighting.time_ms - other.time_ms) >= APART_MS for other in chosen):
            chosen.append(sighting)
    return sorted(chosen, key=lambda sighting: sighting.time_ms)


def crop(pixels: NDArray[np.uint8], face: Box) -> NDArray[np.uint8]:
    """A copy of a face with `MARGIN` around it, and of at least `LEAST_CROP_PX` a side, as far as the frame goes."""
    rows = _stretch(face.top, face.height, pixels.shape[0])
    columns = _stretch(face.left, face.width, pixels.shape[1])
    return pixels[rows, columns].copy()


def _stretch(start: float, length: float, most: int) -> slice:
    middle, half = start + length / 2, max(length * (0.5 + MARGIN), LEAST_CROP_PX / 2)
    low = max(round(min(middle - half, most - 2 * half)), 0)  # at the frame's edge it reaches further inwards
    return slice(low, min(low + round(2 * half), most))
