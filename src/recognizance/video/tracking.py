"""Tracking: sightings frame by frame in, stretches of the same person out.

A sighting goes on a stretch that was about to be there, by where it is, and by what it looks like where both have a
face. Who is who after a gap or a cut is not decided here but in `linking`, with all stretches at hand. So this errs
towards breaking off: two stretches of one person can be joined, one of two people cannot be parted.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from recognizance.values import FloatArray
from recognizance.video.track import Sighting, corners, overlaps

PATIENCE_MS = 1_000
"""How long a stretch is expected to go on unseen."""

LEAST_OVERLAP = 0.2
"""Intersection over union with the expected place, below which a sighting needs its face to go on a stretch."""

SURE_OVERLAP = 0.5
"""The same where both have a face, and the faces do not surely belong together."""

SAME_SCORE = 0.40
"""Cosine of two faces from which they are one person's, where a stretch leads there too."""

OTHER_SCORE = 0.25
"""Cosine of two faces below which they are not one person's, wherever they are."""

REACH = 2.0
"""Widths of a person that one can be away from the expected place, if the face says so."""

PLAIN_OVERLAP = 0.5
"""Intersection over union with one expected place, and none near, from which it is plain whose a sighting is."""

NEAR_OVERLAP = 0.1
"""Intersection over union from which two are near each other."""

FRESH_MS = 600
"""How long the face of a stretch need not be looked at again, if all is plain."""

BETTER = 1.2
"""Times the best face of a stretch so far, from which a face is worth a look anyway."""

_SMOOTHING = 0.5  # weight of the newest movement
_LEARNING = 0.2  # weight of the newest face
_NEVER = 1e6


@dataclass(slots=True, eq=False)
class Stretch:
    """Sightings of one person without a gap; `velocity` of the box's corners in px a ms, (4,)."""

    sightings: list[Sighting]
    velocity: NDArray[np.float64] = field(default_factory=lambda: np.zeros(4))
    vector: FloatArray | None = None
    """Running mean of the faces, of length 1."""
    known_ms: int | None = None
    """When the face was last embedded."""
    best: float = 0.0
    """The most that an embedding of it is worth."""

    def expected(self, time_ms: int) -> NDArray[np.float64]:
        """The corners (4,) at a time, if the person moves on as before."""
        last = self.sightings[-1]
        expected: NDArray[np.float64] = corners([last.place])[0] + self.velocity * (time_ms - last.time_ms)
        return expected

    def go_on(self, sighting: Sighting) -> None:
        """Take in a sighting."""
        last = self.sightings[-1]
        moved = (corners([sighting.place])[0] - corners([last.place])[0]) / (sighting.time_ms - last.time_ms)
        # A body that appears around a face, or goes, changes the box and not the person.
        if (sighting.body is None) == (last.body is None):
            self.velocity = _SMOOTHING * moved + (1 - _SMOOTHING) * self.velocity
        self.sightings.append(sighting)
        self._learn(sighting)

    def is_known_beside(self, sighting: Sighting) -> bool:
        """Whether the face of a sighting that goes on the stretch would tell little more of it."""
        is_fresh = self.known_ms is not None and sighting.time_ms - self.known_ms < FRESH_MS
        return is_fresh and sighting.promise < BETTER * self.best

    def _learn(self, sighting: Sighting) -> None:
        if sighting.vector is None:
            return
        self.known_ms, self.best = sighting.time_ms, max(self.best, sighting.worth)
        unit = _unit(sighting.vector)
        if self.vector is None:
            self.vector = unit
        elif float(unit @ self.vector) >= SAME_SCORE:  # where a face dissolves into another, the first one stays known
            self.vector = _unit(_LEARNING * unit + (1 - _LEARNING) * self.vector)

    @classmethod
    def begin(cls, sighting: Sighting) -> Stretch:
        """A stretch of one sighting."""
        stretch = cls([sighting])
        stretch._learn(sighting)
        return stretch


class Tracker:
    """Follows people through the frames of a clip."""

    def __init__(self) -> None:
        self._open: list[Stretch] = []
        self._ended: list[Stretch] = []

    def update(self, time_ms: int, sightings: list[Sighting]) -> list[Stretch]:
        """Take in what one frame shows, and give the stretches that go on or begin with it; times rise."""
        self._end([stretch for stretch in self._open if time_ms - stretch.sightings[-1].time_ms > PATIENCE_MS])
        taken = self._assign(time_ms, sightings)
        for row, column in taken:
            self._open[row].go_on(sightings[column])
        used = {column for _, column in taken}
        gone_on = [self._open[row] for row, _ in taken]
        begun = [Stretch.begin(sighting) for place, sighting in enumerate(sightings) if place not in used]
        self._open += begun
        return gone_on + begun

    def doubts(self, time_ms: int, sightings: list[Sighting]) -> list[int]:
        """Places of the sightings of a frame of which the face has to be known before `update` takes them in."""
        if not self._open or not sightings:
            return list(range(len(sightings)))
        overlap = overlaps(self._expected(time_ms), corners([sighting.place for sighting in sightings]))
        near = overlap >= NEAR_OVERLAP
        lone = near & (near.sum(axis=0) == 1) & (near.sum(axis=1, keepdims=True) == 1)
        plain = lone & (overlap >= PLAIN_OVERLAP)
        known = np.array([[stretch.is_known_beside(one) for one in sightings] for stretch in self._open])
        doubtful: list[int] = np.flatnonzero(~(plain & known).any(axis=0)).tolist()
        return doubtful

    def cut(self) -> None:
        """The picture changes: nobody is expected where he was."""
        self._end(list(self._open))

    def finish(self) -> list[Stretch]:
        """All stretches, by their beginning."""
        self.cut()
        return sorted(self._ended, key=lambda stretch: stretch.sightings[0].time_ms)

    def _end(self, stretches: list[Stretch]) -> None:
        self._ended += stretches
        over = {id(stretch) for stretch in stretches}
        self._open = [stretch for stretch in self._open if id(stretch) not in over]

    def _expected(self, time_ms: int) -> NDArray[np.float64]:
        return np.stack([stretch.expected(time_ms) for stretch in self._open])

    def _assign(self, time_ms: int, sightings: list[Sighting]) -> list[tuple[int, int]]:
        if not self._open or not sightings:
            return []
        expected = self._expected(time_ms)
        places = corners([sighting.place for sighting in sightings])
        faces = _face_scores(self._open, sightings)
        cost = _costs(overlaps(expected, places), _distances(expected, places), faces)
        rows, columns = linear_sum_assignment(cost)
        pairs = zip(rows.tolist(), columns.tolist(), strict=True)
        return [(row, column) for row, column in pairs if cost[row, column] < _NEVER]


def _costs(
    overlap: NDArray[np.float64], distance: NDArray[np.float64], faces: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What it costs to go on each stretch with each sighting; NaN in `faces` stands for "cannot be compared"."""
    known = ~np.isnan(faces)
    same = known & (np.nan_to_num(faces) >= SAME_SCORE) & (distance <= REACH)
    other = known & (np.nan_to_num(faces) < OTHER_SCORE)
    # Faces that are not surely one person's need a better place: somebody else may stand there after a cut.
    needed = np.where(known, SURE_OVERLAP, LEAST_OVERLAP)
    cost = 1 - overlap - np.where(known, np.nan_to_num(faces), 0)
    return np.where(other | ((overlap < needed) & ~same), _NEVER, cost)


def _face_scores(stretches: list[Stretch], sightings: list[Sighting]) -> NDArray[np.float64]:
    scores = np.full((len(stretches), len(sightings)), np.nan)
    for row, stretch in enumerate(stretches):
        for column, sighting in enumerate(sightings):
            if stretch.vector is not None and sighting.vector is not None:
                scores[row, column] = float(stretch.vector @ _unit(sighting.vector))
    return scores


def _distances(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distances of centres in widths of the first boxes, (n, m)."""
    centres = [(boxes[:, :2] + boxes[:, 2:]) / 2 for boxes in (one, other)]
    widths = np.maximum(one[:, 2] - one[:, 0], 1)
    distances: NDArray[np.float64] = np.linalg.norm(centres[0][:, None] - centres[1][None], axis=2) / widths[:, None]
    return distances


def _unit(vector: FloatArray) -> FloatArray:
    unit: FloatArray = vector / max(float(np.linalg.norm(vector)), 1e-9)
    return unit
