"""Normaliser fit: vectors of a crowd, of portraits, and of the same portraits drawn younger in, a normaliser out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recognizance.models.normaliser import Normaliser
from recognizance.values import FloatArray

DIRECTIONS = 4
"""Directions of the crowd that count less. More equalise no better, and show more of who was in the crowd."""

MEAN_WEIGHT = 0.25
"""Of what the whole crowd has in common. Where all of it counted less, pictures of another kind than the crowd's would
look more alike than these by comparison."""

RIDGE = 0.3
"""Of the mean eigenvalue, added to each, so that no direction is put out altogether."""

START_QUANTILE = 0.5
"""The share of adults' portraits that keep their length."""

SLOPE = 0.5
"""How fast embeddings grow shorter beyond the start. Steeper, more mates are missed than by plain cosine."""

PEOPLE_NEEDED = 300
"""People in each part of the evidence: averages over fewer shake, and show more of each."""


def fit(crowd: FloatArray, adults: FloatArray, younger: FloatArray) -> Normaliser:
    """Fit on vectors float32 (n, d) of length 1, one a person.

    `crowd`: as diverse as can be had; `adults`: portraits of adults, and `younger`: the same portraits drawn younger.
    Raises ValueError where a part has fewer than PEOPLE_NEEDED.
    """
    for name, vectors in (("crowd", crowd), ("portraits", adults)):
        if len(vectors) < PEOPLE_NEEDED:
            raise ValueError(
                f"{len(vectors)} people with a usable face in the {name} are too few for a normaliser: "
                f"it takes {PEOPLE_NEEDED}"
            )
    shared, shrink = _shared_directions(crowd.astype(np.float64))
    even = Normaliser(shared, shrink, np.zeros(crowd.shape[1], np.float32), start=0.0, slope=0.0)
    before, after = even.equalise(adults), even.equalise(younger)
    change = after.mean(axis=0) - before.mean(axis=0)
    young = change / np.linalg.norm(change)
    return Normaliser(shared, shrink, young, float(np.quantile(before @ young, START_QUANTILE)), SLOPE)


def _shared_directions(crowd: NDArray[np.float64]) -> tuple[FloatArray, FloatArray]:
    """The first directions of the crowd's second moment, its mean weighted down, and their factors."""
    mean = crowd.mean(axis=0)
    moment = np.cov(crowd.T, bias=True) + MEAN_WEIGHT * np.outer(mean, mean)
    values, vectors = np.linalg.eigh(moment)
    ridge = RIDGE * values.mean()
    first, rest = values[-DIRECTIONS:], values[:-DIRECTIONS].mean()
    # Each ends up as if the moment had been made round there: with the root of its inverse.
    shrink = ((first + ridge) / (rest + ridge)) ** -0.5
    return vectors[:, -DIRECTIONS:].T.astype(np.float32), shrink.astype(np.float32)
