from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu, norm

from recognizance.evaluation import rates
from recognizance.evaluation.trials import BINS, STEPS_PER_UNIT


def counted(scores: list[float] | np.ndarray) -> np.ndarray:
    """The histogram of scores that lie in the middle of their bins."""
    return np.bincount(np.floor((np.asarray(scores) + 1) * STEPS_PER_UNIT).astype(int), minlength=BINS)


TEN = counted([-0.50005, 0.00005, 0.10005, 0.10005, 0.20005, 0.30005, 0.30005, 0.40005, 0.40005, 0.90005])


@pytest.mark.parametrize(
    ("threshold", "matches"),
    [(-1.0, 10), (0.1, 8), (0.1001, 6), (0.3, 5), (0.30001, 3), (0.9, 1), (0.9001, 0), (1.0, 0), (2.0, 0)],
)
def test_fmr_counts_scores_at_or_above_and_rounds_thresholds_up(threshold: float, matches: int):
    assert rates.false_matches(TEN, threshold) == matches
    assert rates.fmr(TEN, threshold) == pytest.approx(matches / 10)


def test_fmr_is_exact_at_every_grid_line():
    rng = np.random.default_rng(1)
    scores = rng.integers(0, BINS - 1, 5000) / STEPS_PER_UNIT - 1 + 0.5 / STEPS_PER_UNIT
    edges = rates.grid_scores()
    expected = (scores[:, None] >= edges[None, ::250]).sum(axis=0)
    assert rates.false_matches(counted(scores), edges[::250]).tolist() == expected.tolist()


@pytest.mark.parametrize(
    ("rate", "threshold"), [(1.0, -1.0), (0.5, 0.2001), (0.3, 0.3001), (0.1, 0.4001), (0.0, 0.9001)]
)
def test_threshold_is_the_smallest_that_keeps_the_rate(rate: float, threshold: float):
    assert rates.threshold_at(TEN, rate) == pytest.approx(threshold)


def test_a_pair_of_equal_vectors_needs_a_threshold_past_one():
    counts = np.zeros(BINS, np.int64)
    counts[-1] = 1
    assert rates.threshold_at(counts, 0.5) > 1.0


def test_fnmr_counts_scores_below():
    mated = np.array([0.2, 0.4, 0.4, 0.8], np.float32)
    assert rates.fnmr(mated, [0.1, 0.2, 0.3, 0.5, 0.9]).tolist() == [0, 0, 0.25, 0.75, 1]


def test_generalised_fnmr_counts_failures_as_misses():
    assert rates.generalised(0.02, 0.05) == pytest.approx(0.069)


def test_auc_is_the_rank_sum_statistic():
    rng = np.random.default_rng(2)
    mated, other = (
        np.round(rng.normal(0.5, 0.2, 300), 2).clip(-1, 0.99),
        np.round(rng.normal(0.2, 0.2, 700), 2).clip(-1, 0.99),
    )
    middle = 0.5 / STEPS_PER_UNIT
    expected = mannwhitneyu(mated, other).statistic / (300 * 700)
    assert rates.auc((mated + middle).astype(np.float32), counted(other + middle)) == pytest.approx(expected, abs=1e-12)


def test_eer_of_two_normals_is_the_tail_between_them():
    grid = np.linspace(1e-4, 1 - 1e-4, 20_000)
    mated, other = norm.ppf(grid, 0.5, 0.1).astype(np.float32), norm.ppf(grid, 0.1, 0.1)
    assert rates.eer(mated, counted(other.clip(-1, 1))) == pytest.approx(norm.sf(2), rel=0.01)
