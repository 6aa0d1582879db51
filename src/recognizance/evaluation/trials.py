"""Trials: embeddings and labels in, scores of mated and non-mated pairs out.

Which pairs count is decided here and nowhere else. A *mated* pair shows one person in two different photographs. A
*non-mated* pair shows two people, not in one photograph under two names, and not from two batches of one set. All
non-mated pairs are scored, block by block, into a histogram: no N x N matrix is ever held.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recognizance.evaluation.dataset import Photograph
from recognizance.values import FloatArray

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

STEPS_PER_UNIT = 10_000
"""Histogram bins for each 1.0 of score: rates are exact at thresholds that are multiples of 0.0001."""

BINS = 2 * STEPS_PER_UNIT + 1
_BLOCK = 512  # scores and mask of a block stay in a core's cache

REPEAT_SCORE = 0.985
"""Two pictures of a person whose cosine is this or more are taken for one photograph exported twice, and are no trial.

Such repeats would flatter the mated figures; dropping a true pair this easy can only make them look worse.
"""


@dataclass(frozen=True, slots=True)
class Labels:
    """Who is on which picture, as integer codes, each int64 (n,).

    Equal `person` or `capture` mean the same person or photograph; `batch` is unique to its set.
    """

    person: IntArray
    capture: IntArray
    set_code: IntArray
    batch: IntArray

    @classmethod
    def of(cls, photographs: Sequence[Photograph]) -> Labels:
        """Codes for the pictures, in their order."""

        def codes(values: list[str]) -> IntArray:
            return np.unique(values, return_inverse=True)[1].astype(np.int64)

        return cls(
            person=codes([photo.person for photo in photographs]),
            capture=np.array([photo.capture for photo in photographs], np.int64),
            set_code=codes([photo.set_name for photo in photographs]),
            batch=codes([f"{photo.set_name}/{photo.batch}" for photo in photographs]),
        )

    def take(self, index: NDArray[np.integer]) -> Labels:
        """The labels of some of the pictures, int (m,)."""
        return Labels(self.person[index], self.capture[index], self.set_code[index], self.batch[index])


@dataclass(frozen=True, slots=True)
class NonMated:
    """All non-mated scores, counted: `counts` int64 (BINS,), bin k holds scores from -1 + k / STEPS_PER_UNIT.

    `by_photo` int64 (n,) says in how many of the comparisons each picture took part.
    """

    counts: IntArray
    by_photo: IntArray

    @property
    def total(self) -> int:
        """Number of non-mated pairs."""
        return int(self.counts.sum())


@dataclass(frozen=True, slots=True)
class Pairs:
    """Scored pairs: positions `first` and `second` int64 (m,) and `scores` float32 (m,)."""

    first: IntArray
    second: IntArray
    scores: FloatArray


def non_mated(vectors: FloatArray, labels: Labels) -> NonMated:
    """Score every non-mated pair. `vectors`: embeddings, float32 (n, d)."""
    counts = np.zeros(BINS, np.int64)
    by_photo = np.zeros(len(vectors), np.int64)
    for rows, columns, scores, allowed in _blocks(vectors, labels):
        by_photo[rows] += np.count_nonzero(allowed, axis=1)
        by_photo[columns] += np.count_nonzero(allowed, axis=0)
        bins = ((scores[allowed] + 1.0) * STEPS_PER_UNIT).astype(np.int32)
        counts += np.bincount(np.clip(bins, 0, BINS - 1), minlength=BINS)
    return NonMated(counts, by_photo)


def non_mated_above(vectors: FloatArray, labels: Labels, score: float) -> Pairs:
    """The non-mated pairs that score `score` or more; meant for the thin upper tail."""
    firsts, seconds, kept = [], [], []
    for rows, columns, scores, allowed in _blocks(vectors, labels):
        first, second = np.nonzero(allowed & (scores >= score))
        firsts.append(first + rows.start)
        seconds.append(second + columns.start)
        kept.append(scores[first, second])
    return Pairs(np.concatenate(firsts), np.concatenate(seconds), np.concatenate(kept))


def are_repeats(one: FloatArray, other: FloatArray) -> BoolArray:
    """Whether embeddings, float32 (m, d) each, are row by row those of one photograph, whatever their lengths."""
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    repeats: BoolArray = np.einsum("ij,ij->i", one, other) >= REPEAT_SCORE * lengths
    return repeats


def mated(vectors: FloatArray, labels: Labels) -> Pairs:
    """Every mated pair that is not one photograph exported twice."""
    pairs = [
        pair
        for members in _by_person(labels)
        for pair in itertools.combinations(members, 2)
        if labels.capture[pair[0]] != labels.capture[pair[1]]
    ]
    first, second = np.array(pairs, np.int64).reshape(-1, 2).T
    scores = np.einsum("ij,ij->i", vectors[first], vectors[second])
    different = ~are_repeats(vectors[first], vectors[second])
    return Pairs(first[different], second[different], scores[different])


def rank_one(vectors: FloatArray, labels: Labels) -> tuple[BoolArray, IntArray]:
    """Search each mated probe in a gallery that holds one picture of every person (the first by position).

    Returns whether the best candidate was the mate, bool (m,), and whose search it was, int64 (m,): person codes.
    A picture that repeats the enrolled photograph is no probe.
    """
    groups = _by_person(labels)
    enrolled = np.array([members[0] for members in groups], np.int64)
    mates = [(members[0], probe) for members in groups for probe in members[1:]]
    mate, probe = np.array(mates, np.int64).reshape(-1, 2).T
    searched = (labels.capture[mate] != labels.capture[probe]) & ~are_repeats(vectors[mate], vectors[probe])
    mate, probe = mate[searched], probe[searched]
    best = np.concatenate(
        [
            enrolled[np.argmax(vectors[probe[start : start + _BLOCK]] @ vectors[enrolled].T, axis=1)]
            for start in range(0, len(probe), _BLOCK)
        ]
        or [mate]
    )
    return best == mate, labels.person[probe]


def _by_person(labels: Labels) -> list[list[int]]:
    groups: dict[int, list[int]] = {}
    for position, person in enumerate(labels.person.tolist()):
        groups.setdefault(person, []).append(position)
    return list(groups.values())


def _blocks(vectors: FloatArray, labels: Labels) -> Iterator[tuple[slice, slice, FloatArray, BoolArray]]:
    """Every unordered pair once: (rows, columns, scores, which of them are non-mated pairs)."""
    # Comparing codes is what a block costs beside its product: half as wide, they take half the time.
    person, capture, set_code, batch = (
        codes.astype(np.int32) for codes in (labels.person, labels.capture, labels.set_code, labels.batch)
    )
    starts = range(0, len(vectors), _BLOCK)
    for top, left in itertools.combinations_with_replacement(starts, 2):
        rows, columns = slice(top, min(top + _BLOCK, len(vectors))), slice(left, min(left + _BLOCK, len(vectors)))
        allowed = person[rows, None] != person[columns]
        allowed &= capture[rows, None] != capture[columns]
        allowed &= (set_code[rows, None] != set_code[columns]) | (batch[rows, None] == batch[columns])
        if top == left:
            allowed &= np.triu(np.ones(allowed.shape, np.bool_), 1)
        yield rows, columns, vectors[rows] @ vectors[columns].T, allowed
