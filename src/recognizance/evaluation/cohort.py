"""Cohort: the best scores of a search in, the same scores on the scale of the published curve out.

How alike strangers look to a network depends on who they are, and at one threshold some people get many more false
candidates than others. The gallery itself says how common a probe's kind of face is in it: by the probe's best scores
that are no match. Their mean and spread are brought to those that the curve expects at this place of its tail, so that
one similarity stands for one false match rate whoever is searched. Nothing is inferred about anybody, no cohort ships,
and a probe's candidates keep their order: a search stays exact, its threshold becomes another one of raw scores.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recognizance import ports
from recognizance.evaluation.curve import Table
from recognizance.values import FloatArray, Rescaling

TOP = 100
"""Scores after the best one that are looked at. Fewer shake more; more reach past the people of the probe's kind."""

SHARE = 0.1
"""The most of a gallery that is looked at: in a small one `TOP` scores would be no tail."""

TRUST = 20
"""Scores looked at that weigh as much as the curve's expectation; below some dozens the expectation prevails."""

SAME_PERSON_LOG10_FMR = -7.0
"""A score this rare may be a further picture of the probe's own person, and says nothing about strangers."""

LEAST_DEVIATION = 0.5
"""Of the expected one: the deviation of a few equal scores would turn noise into certainty."""

_STEPS = 2000
"""Steps of the integral over the curve: far finer than its knots."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean and standard deviation of the scores in the upper tail of non-mated scores."""

    mean: float
    deviation: float


class Cohort(ports.Cohort):
    """Rescales searches to a curve. Immutable and free of locks."""

    def __init__(self, table: Table) -> None:
        """`table`: the false match rates of the curve."""
        self._same_person = table.score_at(SAME_PERSON_LOG10_FMR)
        # Integrals from each score on, of the rate and of rate times score: a search then looks up two numbers.
        self._scores = np.linspace(table.scores[0], table.scores[-1], _STEPS + 1)
        self._log10_fmr = np.interp(self._scores, table.scores, table.log10_fmr)
        rates = 10**self._log10_fmr
        self._areas, self._moments = _integrate(rates, self._scores), _integrate(rates * self._scores, self._scores)

    def places(self, size: int) -> int:
        """The best one, which may be the mate, and those that are looked at."""
        return 1 + min(TOP, int(SHARE * size))

    def rescaling(self, scores: FloatArray, size: int) -> Rescaling:
        """The line of one search. Without scores to look at, as in a gallery under ten, it changes nothing."""
        others = scores[1:].astype(np.float64)
        if not len(others):
            return Rescaling()
        expected = self.expected_spread(len(others) / size)
        observed = _observed_spread(others[others < self._same_person], expected)
        slope = expected.deviation / observed.deviation
        return Rescaling(slope, expected.mean - slope * observed.mean)

    def expected_spread(self, share: float) -> Spread:
        """Mean and deviation of those non-mated scores that the false match rate `share` (0..1) lets through."""
        start = float(np.interp(-math.log10(share), -self._log10_fmr, self._scores))
        area, moment = (float(np.interp(start, self._scores, whole)) for whole in (self._areas, self._moments))
        # Both by parts: the mean excess over `start` is the integral of the rate, the mean square that of the moment.
        excess, square = area / share, 2 * (moment - start * area) / share
        return Spread(start + excess, (square - excess**2) ** 0.5)


def _integrate(values: NDArray[np.float64], scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """The integral of values (n,) from each score to the last, by trapezoids, (n,)."""
    pieces = (values[1:] + values[:-1]) / 2 * np.diff(scores)
    return np.append(np.cumsum(pieces[::-1])[::-1], 0.0)


def _observed_spread(strangers: NDArray[np.float64], expected: Spread) -> Spread:
    """Mean and deviation of scores (m,), drawn towards the expected ones the fewer they are."""
    if not len(strangers):
        return expected
    weight = len(strangers) / (len(strangers) + TRUST)
    middle = strangers.mean()
    away = strangers - middle  # np.std takes longer than all the rest
    mean = weight * float(middle) + (1 - weight) * expected.mean
    deviation = weight * math.sqrt(away @ away / len(away)) + (1 - weight) * expected.deviation
    return Spread(mean, max(deviation, LEAST_DEVIATION * expected.deviation))
