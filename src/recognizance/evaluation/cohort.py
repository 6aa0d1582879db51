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

from recognizance.evaluation.curve import Table
from recognizance.values import FloatArray

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


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean and standard deviation of the scores in the upper tail of non-mated scores."""

    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Rescaling:
    """The straight line from a probe's own scores in a gallery to those of the curve; it rises."""

    observed: Spread
    expected: Spread

    def curve_score(self, score: float) -> float:
        """What a raw score of this search counts on the curve; it may lie outside -1..1."""
        return self.expected.mean + (score - self.observed.mean) * self.expected.deviation / self.observed.deviation

    def raw_score(self, curve_score: float) -> float:
        """The raw score that counts as `curve_score`: where a search for candidates has to begin."""
        return (
            self.observed.mean + (curve_score - self.expected.mean) * self.observed.deviation / self.expected.deviation
        )


def places(size: int) -> int:
    """How many best scores `rescaling` wants of a gallery of `size` faces: the best one and those it looks at."""
    return 1 + min(TOP, int(SHARE * size))


def rescaling(scores: FloatArray, size: int, table: Table) -> Rescaling:
    """The rescaling of one search in a gallery of `size` faces.

    `scores`: its `places(size)` best raw scores, best first, float32 (m,). With too few of them, as in a gallery of
    fewer than ten faces, scores stay as they are.
    """
    others = scores[1:].astype(np.float64)
    if not len(others):
        unchanged = Spread(0.0, 1.0)
        return Rescaling(unchanged, unchanged)
    expected = expected_spread(table, len(others) / size)
    strangers = others[others < table.score_at(SAME_PERSON_LOG10_FMR)]
    return Rescaling(_observed_spread(strangers, expected), expected)


def expected_spread(table: Table, share: float) -> Spread:
    """Mean and deviation of those non-mated scores that the false match rate `share` (0..1) lets through."""
    knots = np.array(table.scores)
    start = table.score_at(float(np.log10(share)))
    scores = np.concatenate([[start], knots[knots > start]])
    # The rate between two knots of the curve falls nearly straight: trapezoids are exact to its own rounding.
    passed = 10 ** np.interp(scores, knots, table.log10_fmr) / share
    mean = float(np.trapezoid(passed, scores))
    square = 2 * float(np.trapezoid(passed * (scores - start), scores))
    return Spread(start + mean, max(square - mean**2, 0.0) ** 0.5)


def _observed_spread(strangers: NDArray[np.float64], expected: Spread) -> Spread:
    """Mean and deviation of scores (m,), drawn towards the expected ones the fewer they are."""
    if not len(strangers):
        return expected
    weight = len(strangers) / (len(strangers) + TRUST)
    mean = weight * float(strangers.mean()) + (1 - weight) * expected.mean
    deviation = weight * float(strangers.std()) + (1 - weight) * expected.deviation
    return Spread(mean, max(deviation, LEAST_DEVIATION * expected.deviation))
