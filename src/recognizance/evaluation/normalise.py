"""Normalise: embeddings in, vectors out whose scores mean more nearly the same for every kind of face.

Two steps, the same for everybody, which infer nothing about anyone. *Equalise*: what many faces of a diverse crowd have
in common says little about who somebody is, so the few directions in which that crowd lies count less. *Allow*:
different small children look alike to a network that saw few of them; a face in the direction in which portraits move
when they are drawn younger (`younger`) loses some of every score. That takes no child's picture.

A normalised vector has one component more than an embedding: half of its allowance, negative. A score is the inner
product of the other components plus both of these, so it is an inner product itself and an exact index stays exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizance.errors import SettingsError
from recognizance.values import FloatArray

FORMAT = "recognizance-normaliser/1"

DIRECTIONS = 4
"""Directions of the crowd that count less. More equalise no better, and show more of who was in the crowd."""

MEAN_WEIGHT = 0.25
"""Of what the whole crowd has in common. Where all of it counted less, pictures of another kind than the crowd's would
look more alike than these by comparison."""

RIDGE = 0.3
"""Of the mean eigenvalue, added to each, so that no direction is put out altogether."""

START_QUANTILE = 0.95
"""The share of adults' portraits that has no allowance."""

SLOPE = 2.0
"""Allowance for each 1.0 that a face lies beyond the start."""

PEOPLE_NEEDED = 500
"""People in each part of the evidence: averages over fewer shake, and show more of each."""

_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Normaliser:
    """What ships: `DIRECTIONS` + 1 averages over many people and some numbers.

    `shared` float32 (k, d): orthonormal directions of the crowd, whose components shrink by the factors `shrink`
    float32 (k,), 0..1. `young` float32 (d,): a direction of equalised vectors; one that lies more than `start` along it
    has `slope` times the excess as allowance.
    """

    shared: FloatArray
    shrink: FloatArray
    young: FloatArray
    start: float
    slope: float

    def equalise(self, embeddings: FloatArray) -> FloatArray:
        """Equalised vectors of length 1, float32 (n, d), of embeddings float32 (n, d)."""
        lost: FloatArray = embeddings @ self.shared.T * (1 - self.shrink)
        return _unit(embeddings - lost @ self.shared)

    def allowances(self, equalised: FloatArray) -> FloatArray:
        """The allowance of each equalised vector (n, d), float32 (n,), 0 or more; a score loses the mean of two."""
        excess: FloatArray = np.maximum(equalised @ self.young - np.float32(self.start), 0)
        return excess * np.float32(self.slope)

    def apply(self, embeddings: FloatArray) -> FloatArray:
        """Normalised vectors float32 (n, d + 1) of embeddings float32 (n, d)."""
        equalised = self.equalise(embeddings)
        return np.concatenate([equalised, -self.allowances(equalised)[:, np.newaxis] / 2], axis=1)

    def describe(self) -> dict[str, Any]:
        """The record as plain JSON, which `normaliser_of` reads."""
        return {
            "format": FORMAT,
            "shared": np.round(self.shared.astype(float), _DIGITS).tolist(),
            "shrink": np.round(self.shrink.astype(float), _DIGITS).tolist(),
            "young": np.round(self.young.astype(float), _DIGITS).tolist(),
            "start": round(self.start, _DIGITS),
            "slope": self.slope,
        }


def normaliser_of(document: Mapping[str, Any], *, name: str) -> Normaliser:
    """The record that a document holds. Raises SettingsError with `name` if it is none."""
    if document.get("format") != FORMAT:
        raise SettingsError(f"{name} is no normaliser that this version reads: expected format {FORMAT}")
    try:
        shared, shrink, young = (np.array(document[key], np.float32) for key in ("shared", "shrink", "young"))
        start, slope = float(document["start"]), float(document["slope"])
    except (KeyError, TypeError, ValueError) as error:
        raise SettingsError(f"the normaliser {name} cannot be used ({error}); fit it anew") from error
    if shared.shape != (*shrink.shape, *young.shape) or slope < 0:
        raise SettingsError(f"the normaliser {name} cannot be used: its parts do not fit together; fit it anew")
    return Normaliser(shared, shrink, young, start, slope)


def score(one: FloatArray, other: FloatArray) -> float:
    """The score of two normalised vectors float32 (d + 1,)."""
    return float(one[:-1] @ other[:-1] + one[-1] + other[-1])


def as_probe(normalised: FloatArray) -> tuple[FloatArray, float]:
    """A probe float32 (d + 1,) and an offset: score with a stored vector = inner product + offset.

    So a search for scores of `t` or more is one for inner products of `t - offset` or more, and loses nothing.
    """
    return np.append(normalised[:-1], np.float32(1)), float(normalised[-1])


def fit(crowd: FloatArray, adults: FloatArray, younger: FloatArray) -> Normaliser:
    """Fit on embeddings float32 (n, d), one a person.

    `crowd`: as diverse as can be had; `adults`: portraits of adults, and `younger`: the same portraits drawn younger.
    Raises ValueError where a part has fewer than PEOPLE_NEEDED.
    """
    for name, vectors in (("crowd", crowd), ("adults", adults), ("younger", younger)):
        if len(vectors) < PEOPLE_NEEDED:
            raise ValueError(f"{len(vectors)} people in {name} are too few for a normaliser: it takes {PEOPLE_NEEDED}")
    shared, shrink = _shared_directions(crowd.astype(np.float64))
    unlike = Normaliser(shared, shrink, np.zeros(crowd.shape[1], np.float32), start=0.0, slope=0.0)
    before, after = unlike.equalise(adults), unlike.equalise(younger)
    young = _unit((after.mean(axis=0) - before.mean(axis=0))[np.newaxis])[0]
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


def _unit(vectors: FloatArray) -> FloatArray:
    lengths: FloatArray = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / lengths
