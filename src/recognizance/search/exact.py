"""Exact search in plain numpy: the reference twin, and the scoring that both indexes share.

A template is a float16 vector as the store keeps it; a probe is float32. The score of a template is the dot
product in float32, held to -1..1 (rounding to float16 can push a perfect match to 1.0003). Better scores come
first; equal scores come in ascending number, so every answer has exactly one right order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recognizance.residue import fleeting
from recognizance.search.half import widen
from recognizance.values import FloatArray

Templates = NDArray[np.float16]
"""Float16 (n, d): one stored template a row, of unit length or less, give or take rounding."""

Numbers = NDArray[np.int64]
"""Int64 (n,): the number that names each row, unique within an index."""


class Hits(NamedTuple):
    """An answer, best first: numbers int64 (m,), and scores float32 (m,) in -1..1."""

    numbers: Numbers
    scores: FloatArray


def score(templates: Templates, probe: FloatArray) -> FloatArray:
    """Scores float32 (n,) of templates (n, d) against a probe float32 (d,).

    einsum adds up each row by itself in a fixed order, so a template scores the same bits wherever it stands and
    whatever stands beside it. A BLAS product does not, and ties would then fall differently in a subset.
    """
    with fleeting(widen(templates)) as rows:
        products: FloatArray = np.einsum("ij,j->i", rows, probe)
    return np.clip(products, -1.0, 1.0)


def rank(numbers: Numbers, scores: FloatArray, *, limit: int, min_score: float) -> Hits:
    """The at most `limit` best of those that reach `min_score`, in the one right order."""
    # A float64 scalar: numpy would round a plain float to float32 first, and let a hair too little pass.
    reached = np.flatnonzero(scores >= np.float64(min_score))
    order = np.lexsort((numbers[reached], -scores[reached]))[:limit]
    return Hits(numbers[reached][order], scores[reached][order])


class ExactIndex:
    """Every template scored for every probe. Slow, obvious, and right by construction."""

    def __init__(self, dimension: int) -> None:
        self._numbers: Numbers = np.empty(0, np.int64)
        self._templates: Templates = np.empty((0, dimension), np.float16)

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, numbers: Numbers, templates: Templates) -> None:
        """Take in templates (n, d) under numbers (n,) that the index does not hold."""
        self._numbers = np.concatenate([self._numbers, numbers])
        self._templates = np.concatenate([self._templates, templates])

    def remove(self, numbers: Numbers) -> None:
        """Drop the rows with these numbers; unknown numbers are ignored."""
        kept = ~np.isin(self._numbers, numbers)
        self._numbers, self._templates = self._numbers[kept], self._templates[kept]

    def search(self, probe: FloatArray, *, limit: int, min_score: float) -> Hits:
        """The at most `limit` best templates with score >= `min_score`."""
        return rank(self._numbers, score(self._templates, probe), limit=limit, min_score=min_score)
