"""Cohort: the best scores of a search in, the same scores on the scale of the published curve out.

How alike strangers look to a network depends on who they are, and at one threshold some people get many more false
candidates than others. The gallery itself says how common a probe's kind of face is in it: by the probe's best scores
that are no match. Their mean and spread are brought to those that the curve expects at this place of its tail, so that
one similarity stands for one false match rate whoever is searched. Nothing is inferred about anybody, no cohort ships,
and a probe's candidates keep their order: a search stays exact, its threshold becomes another one of raw scores.
"""

from __future__ import annotations

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

_STEPS = 256
"""Steps of the integral over the curve's tail; a hundred times finer than what follows from it."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean and standard deviation of the scores in the upper tail of non-mated scores."""

    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Cohort(ports.Cohort):
    """Rescales searches to a curve, given as the table of its false match rates."""

    table: Table

    def places(self, size: int) -> int:
        """The best one, which may be the mate, and those that are looked at."""
        return 1 + min(TOP, int(SHARE * size))

    def rescaling(self, scores: FloatArray, size: int) -> Rescaling:
        """The line of one search. Without scores to look at, as in a gallery under ten, it changes nothing."""
        others = scores[1:].astype(np.float64)
        if not len(others):
            return Rescaling()
        expected = expected_spread(self.table, len(others) / size)
        strangers = others[others < self.table.score_at(SAME_PERSON_LOG10_FMR)]
        observed = _observed_spread(strangers, expected)
        slope = expected.deviation / observed.deviation
        return Rescaling(slope, expected.mean - slope * observed.mean)


def expected_spread(table: Table, share: float) -> Spread:
    """Mean and deviation of those non-mated scores that the false match rate `share` (0..1) lets through."""
    start = table.score_at(float(np.log10(share)))
    scores = np.linspace(start, table.scores[-1], _STEPS + 1)
    passed = 10 ** np.interp(scores, table.scores, table.log10_fmr) / share
    mean = float(np.trapezoid(passed, scores))
    square = 2 * float(np.trapezoid(passed * (scores - start), scores))
    return Spread(start + mean, (square - mean**2) ** 0.5)


def _observed_spread(strangers: NDArray[np.float64], expected: Spread) -> Spread:
    """Mean and deviation of scores (m,), drawn towards the expected ones the fewer they are."""
    if not len(strangers):
        return expected
    weight = len(strangers) / (len(strangers) + TRUST)
    mean = weight * float(strangers.mean()) + (1 - weight) * expected.mean
    deviation = weight * float(strangers.std()) + (1 - weight) * expected.deviation
    return Spread(mean, max(deviation, LEAST_DEVIATION * expected.deviation))
