"""Linking: stretches of a clip in, people out: who left and came back, or was hidden, or was there before the cut.

Two stretches can be one person's if they were never seen in one frame, and are taken to be if their faces say so;
bodies without a face say so only when one stretch begins soon and near where the other ended and the colours agree.
Each stretch, by its beginning, goes to the person of those before whom it is most like.
"""

from __future__ import annotations

import numpy as np

from recognizance.values import FloatArray
from recognizance.video.track import Sighting, Track
from recognizance.video.tracking import Stretch

LINK_SCORE = 0.45
"""Cosine of two people's mean faces from which they are one."""

FACES_COUNTED = 8
"""The best faces of a stretch that make its mean."""

BODY_GAP_MS = 3_000
BODY_REACH = 2.5
"""Widths of a person between where a body was lost and where one is found again, for them to be one without a face."""

BODY_LIKENESS = 0.90
"""Cosine of two bodies' colours, as above."""

LEAST_SIGHTINGS = 2
"""Sightings that make a person: a single one is more often a mistake of the detector."""


class _Person:
    """Stretches that are one person's, and what they look like together."""

    def __init__(self) -> None:
        self.sightings: list[Sighting] = []
        self.vector: FloatArray | None = None
        self.colours: FloatArray | None = None
        self.times: set[int] = set()

    def take(self, stretch: Stretch) -> None:
        self.sightings += stretch.sightings
        self.sightings.sort(key=lambda sighting: sighting.time_ms)
        self.times.update(sighting.time_ms for sighting in stretch.sightings)
        self.vector, self.colours = mean_face(self.sightings), _mean_colours(self.sightings)

    def met(self, stretch: Stretch) -> bool:
        """Whether both were seen in one frame."""
        return any(sighting.time_ms in self.times for sighting in stretch.sightings)


def link(stretches: list[Stretch]) -> list[Track]:
    """People, numbered by their first appearance. Stretches come by their beginning, as `Tracker.finish` gives them."""
    people: list[_Person] = []
    for stretch in stretches:
        person = _whose(people, stretch)
        if person is None:
            person = _Person()
            people.append(person)
        person.take(stretch)
    kept = [person.sightings for person in people if len(person.sightings) >= LEAST_SIGHTINGS]
    return [Track(index, tuple(sightings)) for index, sightings in enumerate(kept)]


def _whose(people: list[_Person], stretch: Stretch) -> _Person | None:
    """The person to whom a stretch belongs; None for somebody new. A face outweighs any body."""
    face, colours = mean_face(stretch.sightings), _mean_colours(stretch.sightings)
    by_face = [(float(face @ p.vector), p) for p in people if face is not None and p.vector is not None]
    likely = [(score, person) for score, person in by_face if score >= LINK_SCORE]
    if not likely and (face is None or colours is not None):
        unseen = [person for person in people if face is None or person.vector is None]
        likely = [(_body_likeness(person, stretch, colours), person) for person in unseen]
    for score, person in sorted(likely, key=lambda pair: -pair[0]):
        if score > 0 and not person.met(stretch):
            return person
    return None


def _body_likeness(person: _Person, stretch: Stretch, colours: FloatArray | None) -> float:
    last, first = person.sightings[-1], stretch.sightings[0]
    if person.colours is None or colours is None or not 0 < first.time_ms - last.time_ms <= BODY_GAP_MS:
        return 0.0
    apart = abs(last.place.left + last.place.width / 2 - first.place.left - first.place.width / 2)
    if apart > BODY_REACH * max(last.place.width, first.place.width):
        return 0.0
    likeness = float(person.colours @ colours)
    return likeness if likeness >= BODY_LIKENESS else 0.0


def mean_face(sightings: list[Sighting]) -> FloatArray | None:
    """The mean of the best faces, float32 (d,) of length 1; None without a face to tell anybody by."""
    best = sorted((sighting for sighting in sightings if sighting.vector is not None), key=lambda s: -s.worth)
    return _unit_mean([s.vector for s in best[:FACES_COUNTED] if s.vector is not None])


def _mean_colours(sightings: list[Sighting]) -> FloatArray | None:
    return _unit_mean([sighting.colours for sighting in sightings if sighting.colours is not None])


def _unit_mean(vectors: list[FloatArray]) -> FloatArray | None:
    if not vectors:
        return None
    total: FloatArray = np.sum([vector / max(float(np.linalg.norm(vector)), 1e-9) for vector in vectors], axis=0)
    unit: FloatArray = total / max(float(np.linalg.norm(total)), 1e-9)
    return unit
