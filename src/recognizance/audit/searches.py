"""Searches: the people of an audit in, an open-set search among them out: a gallery, and probes with and without mate.

A hash of the identity says who is enrolled, with the first picture. Further photographs of these people are mated
probes; the first picture of everybody else is a non-mated probe. A picture without a usable face stays: as a probe it
finds nobody, and its person is enrolled in name only, so that every search for him misses.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from recognizance.audit.open_set import CosineSearch, Searches
from recognizance.audit.protocol import Part, Population
from recognizance.evaluation.dataset import Photograph
from recognizance.evaluation.trials import BoolArray, IntArray, are_repeats
from recognizance.values import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class OpenSet:
    """A planned search: called with positions in the gallery, int64 (m,), it searches that part (see `search_samples`).

    `probes` are positions in the population's pictures, found ones before failed ones, in the order of the searches.
    """

    engine: CosineSearch
    probes: IntArray
    mated: BoolArray
    person: IntArray

    @property
    def gallery_person(self) -> IntArray:
        """Whose each enrolled picture is, int64 (N,)."""
        return self.engine.gallery_person

    def of(self, part: Part) -> IntArray:
        """Positions of the searches by people of a part, int64 (m,)."""
        return np.flatnonzero(np.isin(self.probes, part.members))

    def search_all(self) -> Searches:
        """Search every probe in the whole gallery."""
        return self(np.arange(len(self.gallery_person)))

    def __call__(self, part: IntArray) -> Searches:
        """Search every probe; those without a face find nobody."""
        searched = self.engine(part)
        blank = len(self.probes) - len(searched.person)
        depth = searched.scores.shape[1]
        return replace(
            searched,
            scores=np.concatenate([searched.scores, np.full((blank, depth), -np.inf, np.float32)]),
            is_mate=np.concatenate([searched.is_mate, np.zeros((blank, depth), np.bool_)]),
            mated=self.mated,
            person=self.person,
        )


def plan_searches(population: Population) -> OpenSet | None:
    """Who is enrolled and who searches; None where nobody can be enrolled or nobody searches."""
    everyone = population.found + population.failed
    person = np.unique([photo.person for photo in everyone], return_inverse=True)[1].astype(np.int64)
    gallery, mated, non_mated = _roles(everyone, population.vectors)
    probes = np.sort(np.array(mated + non_mated, np.int64))
    seen = len(population.found)
    enrolled = np.array([i for i in gallery if i < seen], np.int64)
    with_face = probes[probes < seen]
    if not len(enrolled) or not len(with_face):
        return None
    engine = CosineSearch(
        population.vectors[enrolled],
        person[enrolled],
        population.vectors[with_face],
        person[with_face],
        cohort=population.cohort,
    )
    return OpenSet(engine, probes, np.isin(probes, np.array(mated, np.int64)), person[probes])


def is_enrolled(person: str) -> bool:
    """Whether a person belongs into the gallery: half of all people do, by a hash."""
    return bool(hashlib.sha256(f"enrolled:{person}".encode()).digest()[0] & 1)


def _roles(everyone: Sequence[Photograph], vectors: FloatArray) -> tuple[list[int], list[int], list[int]]:
    """Positions of enrolled pictures, of mated and of non-mated probes."""
    first: dict[str, int] = {}
    mated, non_mated = [], []
    for position, photo in _by_label(everyone):
        if photo.person not in first:
            first[photo.person] = position
            if not is_enrolled(photo.person):
                non_mated.append(position)
        elif is_enrolled(photo.person) and not _repeats(position, first[photo.person], everyone, vectors):
            mated.append(position)
    return [position for person, position in first.items() if is_enrolled(person)], mated, non_mated


def _by_label(everyone: Sequence[Photograph]) -> list[tuple[int, Photograph]]:
    """Pictures in the order of their paths, failed ones too, of the largest batch of each set.

    People of two batches may be the same person under two names, so only one batch takes part in searches.
    """
    sizes = Counter((photo.set_name, photo.batch) for photo in everyone)
    largest = {name: batch for (name, batch), _ in reversed(sizes.most_common())}
    kept = [(i, photo) for i, photo in enumerate(everyone) if photo.batch == largest[photo.set_name]]
    return sorted(kept, key=lambda pair: (pair[1].set_name, str(pair[1].path)))


def _repeats(one: int, other: int, everyone: Sequence[Photograph], vectors: FloatArray) -> bool:
    """Whether two pictures of a person are one photograph exported twice."""
    if everyone[one].capture == everyone[other].capture:
        return True
    return max(one, other) < len(vectors) and bool(are_repeats(vectors[[one]], vectors[[other]])[0])
