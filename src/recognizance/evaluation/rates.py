"""Rates: counted or listed scores in, FMR, FNMR, thresholds, AUC and EER out. Pure numpy.

Scores of non-mated pairs come as the histogram of `trials.NonMated`; rates at multiples of 0.0001 are exact.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recognizance.evaluation.trials import BINS, STEPS_PER_UNIT, IntArray
from recognizance.values import FloatArray

Rates = NDArray[np.float64]


def grid_scores() -> Rates:
    """Lower edges of the histogram bins, float64 (BINS,), ascending from -1 to 1."""
    return np.arange(-STEPS_PER_UNIT, STEPS_PER_UNIT + 1, dtype=np.float64) / STEPS_PER_UNIT


def false_matches(counts: IntArray, thresholds: ArrayLike) -> IntArray:
    """How many non-mated pairs score at or above each threshold; a threshold is rounded up to the grid."""
    # A ten-millionth of slack keeps 0.43, which binary fractions miss by a hair, on its own grid line.
    bins = np.ceil((np.asarray(thresholds, np.float64) + 1.0) * STEPS_PER_UNIT - 1e-3).astype(np.int64)
    at_or_above = np.append(np.cumsum(counts[::-1])[::-1], 0)
    return at_or_above[np.clip(bins, 0, BINS)]


def fmr(counts: IntArray, thresholds: ArrayLike) -> Rates:
    """False match rate at each threshold: non-mated pairs at or above it, over all non-mated pairs."""
    rates: Rates = false_matches(counts, thresholds) / int(counts.sum())
    return rates


def threshold_at(counts: IntArray, rate: float) -> float:
    """The smallest threshold of the grid whose false match rate is at most `rate`."""
    beyond = fmr(counts, grid_scores()) <= rate
    # Past the last grid line nothing scores: a rate of 0 is always reached there.
    return float(np.append(grid_scores(), 1.0 + 1.0 / STEPS_PER_UNIT)[np.argmax(np.append(beyond, True))])


def fnmr(mated_scores: FloatArray, thresholds: ArrayLike) -> Rates:
    """False non-match rate at each threshold: mated pairs below it, over all mated pairs."""
    return np.searchsorted(np.sort(mated_scores), np.asarray(thresholds), side="left") / len(mated_scores)


def generalised(rate: float, failure_to_enrol: float) -> float:
    """FNMR with failures to find a face counted as misses: FTE + (1 - FTE) * FNMR."""
    return failure_to_enrol + (1.0 - failure_to_enrol) * rate


def auc(mated_scores: FloatArray, counts: IntArray) -> float:
    """Probability that a mated pair scores above a non-mated one, ties counted half, on scores cut to the grid."""
    bins = ((mated_scores + 1.0) * STEPS_PER_UNIT).astype(np.int64)
    below = np.concatenate([[0], np.cumsum(counts)])
    return float((below[bins] + 0.5 * counts[bins]).mean() / counts.sum())


def eer(mated_scores: FloatArray, counts: IntArray) -> float:
    """Equal error rate: where FMR and FNMR cross, the mean of both at the grid line where they are closest."""
    thresholds = grid_scores()
    false_match, miss = fmr(counts, thresholds), fnmr(mated_scores, thresholds)
    nearest = int(np.argmin(np.abs(false_match - miss)))
    return float((false_match[nearest] + miss[nearest]) / 2)
