"""Evidence: scores of mated and non-mated pairs in, how good a likelihood ratio they make out.

A likelihood ratio says how many times likelier a score is for a mated pair than for a non-mated one. Its cost
(Brummer and du Preez, 2006) is Cllr = 1/2 [mean over mated pairs of log2(1 + 1 / LR) + mean over non-mated pairs of
log2(1 + LR)]: 0 is perfect, 1 as good as saying nothing. Cllr_min is what remains with the best monotone map of the
score (pool adjacent violators, PAV), so a matter of the scores; Cllr_cal = Cllr - Cllr_min is the part that a better
map would mend. All likelihood ratios are handled as log10.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import isotonic_regression, minimize
from scipy.special import expit

from recognizance.errors import RecognizanceError
from recognizance.evaluation.rates import Rates, grid_scores
from recognizance.evaluation.trials import BINS, STEPS_PER_UNIT, IntArray

Map = Callable[[ArrayLike], Rates]
"""Scores (m,) in, log10 of their likelihood ratios out, float64 (m,)."""

CLLR_CAL_GOAL = 0.02
"""What a better map of the scores may save at most, in bits."""

_LN10 = float(np.log(10.0))


class EvidenceError(RecognizanceError):
    """Scores that no likelihood ratio can be made of. One line: what is missing."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """How many mated and non-mated pairs have each score: `scores` float64 (m,) ascending, counts int64 (m,)."""

    scores: Rates
    mated: IntArray
    non_mated: IntArray

    def __post_init__(self) -> None:
        if not self.mated.sum() or not self.non_mated.sum():
            raise EvidenceError(
                f"{self.mated.sum()} mated and {self.non_mated.sum()} non-mated pairs; "
                "a likelihood ratio needs some of both"
            )

    @classmethod
    def of_scores(cls, mated: ArrayLike, non_mated: ArrayLike) -> Evidence:
        """From all scores, (m,) and (n,). Raises EvidenceError if either is empty."""
        sides = [np.asarray(side, np.float64) for side in (mated, non_mated)]
        scores, position = np.unique(np.concatenate(sides), return_inverse=True)
        split = len(sides[0])
        counts = [np.bincount(part, minlength=len(scores)) for part in (position[:split], position[split:])]
        return cls(scores, counts[0], counts[1])

    @classmethod
    def of_histogram(cls, mated: ArrayLike, non_mated_counts: IntArray) -> Evidence:
        """From mated scores (m,) and counted non-mated ones (`evaluation.trials.NonMated.counts`), cut to its grid."""
        bins = np.clip(((np.asarray(mated, np.float64) + 1) * STEPS_PER_UNIT).astype(np.int64), 0, BINS - 1)
        mated_counts = np.bincount(bins, minlength=BINS)
        seen = (mated_counts + non_mated_counts) > 0
        return cls(grid_scores()[seen], mated_counts[seen], non_mated_counts[seen])


@dataclass(frozen=True, slots=True)
class Cost:
    """Cllr of a map, and its parts: `cllr` = `cllr_min` + `cllr_cal`, in bits."""

    cllr: float
    cllr_min: float

    @property
    def cllr_cal(self) -> float:
        """What a better map of the same scores would save."""
        return self.cllr - self.cllr_min


@dataclass(frozen=True, slots=True)
class Line:
    """The logistic map: log10 LR = intercept + slope * score."""

    intercept: float
    slope: float

    def __call__(self, scores: ArrayLike) -> Rates:
        """log10 likelihood ratios of scores."""
        return self.intercept + self.slope * np.asarray(scores, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """The PAV map: `log10_lr` float64 (m,) holds from each of `scores` up to the next; infinite at separated ends."""

    scores: Rates
    log10_lr: Rates

    def __call__(self, scores: ArrayLike) -> Rates:
        """log10 likelihood ratios of scores; below the lowest known score the lowest value holds."""
        found = np.searchsorted(self.scores, np.asarray(scores, np.float64), side="right") - 1
        return self.log10_lr[np.maximum(found, 0)]


@dataclass(frozen=True, slots=True)
class Bounded:
    """A map held to the range that its evidence supports, as log10."""

    unbounded: Map
    low: float
    high: float

    def __call__(self, scores: ArrayLike) -> Rates:
        """log10 likelihood ratios of scores, within `low` and `high`."""
        return np.clip(self.unbounded(scores), self.low, self.high)


def cost(evidence: Evidence, log10_lr: Map) -> Cost:
    """Cllr of a map on evidence that it was not fitted to, and Cllr_min of the evidence itself."""
    return Cost(_cllr(evidence, log10_lr(evidence.scores)), _cllr(evidence, fit_pav(evidence).log10_lr))


def costs_by_group(
    mated: Mapping[str, ArrayLike], non_mated_counts: Mapping[str, IntArray], log10_lr: Map
) -> dict[str, Cost | None]:
    """Cost of one map in each group with mated scores (m,) and counted non-mated ones; None where either is missing."""
    costs: dict[str, Cost | None] = {}
    for group, counts in non_mated_counts.items():
        scores = np.asarray(mated.get(group, ()), np.float64)
        both = len(scores) and counts.sum()
        costs[group] = cost(Evidence.of_histogram(scores, counts), log10_lr) if both else None
    return costs


def fit_pav(evidence: Evidence) -> Steps:
    """The monotone map of least cost on this evidence: isotonic regression of the share of mated pairs."""
    total = evidence.mated + evidence.non_mated
    share = isotonic_regression(evidence.mated / total, weights=total).x
    with np.errstate(divide="ignore"):
        odds = np.log10(share) - np.log10(1 - share)
    return Steps(evidence.scores, odds - np.log10(evidence.mated.sum() / evidence.non_mated.sum()))


def fit_logistic(evidence: Evidence) -> Line:
    """Logistic regression with mated and non-mated pairs weighing the same: minimises Cllr over straight lines.

    Raises EvidenceError where the scores do not overlap, for then no slope is steep enough.
    """
    if evidence.scores[evidence.mated > 0].min() >= evidence.scores[evidence.non_mated > 0].max():
        raise EvidenceError(
            "no non-mated score is above a mated one, so no slope can be fitted; take more pairs, or PAV"
        )
    centre, scale = evidence.scores.mean(), evidence.scores.std()
    x = np.stack([np.ones_like(evidence.scores), (evidence.scores - centre) / scale])
    mated, non_mated = evidence.mated / evidence.mated.sum(), evidence.non_mated / evidence.non_mated.sum()

    def loss(line: Rates) -> tuple[float, Rates]:
        log_lr = line @ x
        value = mated @ np.logaddexp(0, -log_lr) + non_mated @ np.logaddexp(0, log_lr)
        return float(value), x @ ((mated + non_mated) * expit(log_lr) - mated)

    intercept, slope = minimize(loss, np.array([0.0, 1.0]), jac=True, method="BFGS", options={"gtol": 1e-9}).x
    return Line(float(intercept - slope * centre / scale) / _LN10, float(slope / scale) / _LN10)


def fit_bounded(evidence: Evidence) -> Bounded:
    """The logistic map, held to the range that the evidence supports. Raises EvidenceError like `fit_logistic`."""
    line = fit_logistic(evidence)
    return Bounded(line, *supported_range(evidence, line))


def supported_range(evidence: Evidence, log10_lr: Map) -> tuple[float, float]:
    """The range of log10 likelihood ratios that the evidence supports (ELUB; Vergeer et al., 2016).

    With one misleading pair more on either side than was seen, decisions at every threshold inside the range are
    still better than decisions without the score. No range exceeds the numbers of pairs by much: what never happened
    in n pairs cannot be called a million times rarer.
    """
    values = log10_lr(evidence.scores)
    return (
        -_supported(-values[::-1], evidence.non_mated[::-1], evidence.mated[::-1]),
        _supported(values, evidence.mated, evidence.non_mated),
    )


def _supported(values: Rates, right: IntArray, wrong: IntArray) -> float:
    """Upper end for ascending values, of which `right` pairs should be high and `wrong` ones low, int64 (m,).

    Deciding by a threshold T > 1 beats deciding against everything while T <= hits / false alarms, as shares with one
    misleading pair added. Both are constant from one value to the next.
    """
    starts = np.concatenate([[0.0], np.unique(values[values > 0])])
    above = np.searchsorted(values, starts, side="right")
    hits, false_alarms = (np.append(np.cumsum(side[::-1])[::-1], 0)[above] for side in (right, wrong))
    with np.errstate(divide="ignore"):
        limits = np.log10(hits / (right.sum() + 1)) - np.log10((false_alarms + 1) / (wrong.sum() + 1))
    ends = np.append(starts[1:], np.inf)
    fails = int(np.argmax(limits < ends))
    return float(max(starts[fails], limits[fails]))


def _cllr(evidence: Evidence, log10_lr: Rates) -> float:
    log_lr = log10_lr * _LN10
    return (_mean_bits(-log_lr, evidence.mated) + _mean_bits(log_lr, evidence.non_mated)) / 2


def _mean_bits(log_odds: Rates, counts: IntArray) -> float:
    # A score that nobody on this side has may have an infinite ratio, which must not meet its count of 0.
    seen = counts > 0
    return float(counts[seen] @ np.logaddexp(0, log_odds[seen]) / counts.sum() / np.log(2))
