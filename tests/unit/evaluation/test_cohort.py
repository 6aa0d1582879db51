"""A probe's scores on the scale of the curve: exact against brute force, equal for every kind of face, safe at the ends."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from recognizance.evaluation.cohort import LEAST_DEVIATION, TOP, Cohort
from recognizance.evaluation.curve import Table
from recognizance.search.exact import ExactIndex
from recognizance.testing.curve import LinearCurve
from recognizance.values import Rescaling


def gaussian_table(mean: float = 0.1, deviation: float = 0.1) -> Table:
    """The curve of a network whose non-mated scores are normally distributed."""
    scores = [-1.0, *np.linspace(-0.2, 0.79, 199).tolist(), 1.0]
    log10_fmr = [0.0, *(norm.logsf(scores[1:-1], mean, deviation) / np.log(10)).tolist(), -12.0]
    return Table(tuple(scores), tuple(log10_fmr), extrapolated_from=0.6)


TABLE = gaussian_table()
COHORT = Cohort(TABLE)


def best(scores: np.ndarray, size: int) -> np.ndarray:
    return np.sort(scores)[::-1][: COHORT.places(size)].astype(np.float32)


@pytest.mark.parametrize(
    ("size", "expected"),
    [(0, 1), (9, 1), (10, 2), (300, 31), (1000, 101), (1_000_000, 1 + TOP)],
    ids=lambda value: f"{value}",
)
def test_places_looks_at_a_tenth_of_the_gallery_and_never_more_than_the_top(size: int, expected: int):
    assert COHORT.places(size) == expected


@pytest.mark.parametrize("share", [0.1, 1e-2, 1e-4])
def test_expected_spread_is_that_of_the_scores_above_the_share(share: float):
    rng = np.random.default_rng(0)
    uniform = (np.arange(200_000) + rng.random(200_000)) / 200_000 * share
    tail = norm.isf(uniform, 0.1, 0.1)
    spread = COHORT.expected_spread(share)
    assert spread.mean == pytest.approx(tail.mean(), abs=2e-3)
    assert spread.deviation == pytest.approx(tail.std(), abs=2e-3)


@pytest.mark.parametrize(
    ("mean", "deviation", "plain"), [(0.1, 0.1, 1e-3), (0.08, 0.095, 2.4e-4), (0.2, 0.1, 1.8e-2), (0.25, 0.09, 3.8e-2)]
)
def test_one_curve_score_stands_for_one_rate_whoever_is_searched(mean: float, deviation: float, plain: float):
    rng = np.random.default_rng(3)
    size, searches = 2000, 150
    level = TABLE.score_at(-3.0)
    scores = rng.normal(mean, deviation, (searches, size))
    lines = [COHORT.rescaling(best(row, size), size) for row in scores]
    passed = np.mean([row >= line.raw_score(level) for row, line in zip(scores, lines, strict=True)])
    assert np.mean(scores >= level) == pytest.approx(plain, rel=0.3)
    # What is left is the trust in the curve's expectation, and the mean of a few scores.
    assert 0.25e-3 < passed < 4e-3


def test_candidates_from_the_raw_threshold_are_those_of_brute_force():
    rng = np.random.default_rng(5)
    size, lost, found = 400, 0, 0
    index = ExactIndex(16)
    templates = rng.standard_normal((size, 16))
    templates = (templates / np.linalg.norm(templates, axis=1, keepdims=True)).astype(np.float16)
    index.add(np.arange(size), templates)
    for _ in range(60):
        probe = rng.standard_normal(16).astype(np.float32)
        probe /= np.linalg.norm(probe)
        hits = index.search(probe, limit=size, min_score=-1.0)
        line = COHORT.rescaling(hits.scores[: COHORT.places(size)], size)
        level = rng.uniform(0.1, 0.5)
        wanted = [n for n, s in zip(hits.numbers, hits.scores.tolist(), strict=True) if line.curve_score(s) >= level]
        reached = index.search(probe, limit=size, min_score=line.raw_score(level)).numbers
        lost += len(set(wanted) - set(reached.tolist()))
        found += len(wanted)
        assert reached[: len(wanted)].tolist() == wanted
    assert lost == 0
    assert found > 60


def test_further_pictures_of_the_probes_own_person_are_not_taken_for_strangers():
    rng = np.random.default_rng(1)
    strangers = rng.normal(0.1, 0.1, 2000)
    alone = COHORT.rescaling(best(np.append(strangers, 0.8), 2001), 2001)
    many = COHORT.rescaling(best(np.append(strangers, [0.8] * 30), 2030), 2030)
    assert many.curve_score(0.8) == pytest.approx(alone.curve_score(0.8), abs=0.05)


def test_scores_stay_as_they_are_in_a_gallery_too_small_to_tell():
    assert COHORT.rescaling(np.array([0.7], np.float32), 8) == Rescaling(1.0, 0.0)


def test_a_probe_that_everyone_may_be_the_same_person_as_gets_the_expected_spread():
    line = COHORT.rescaling(np.full(11, 0.9, np.float32), 100)
    assert line.curve_score(0.5) == pytest.approx(0.5)


def test_equal_scores_do_not_turn_noise_into_certainty():
    line = COHORT.rescaling(np.full(COHORT.places(5000), 0.35, np.float32), 5000)
    assert line.slope == pytest.approx(1 / LEAST_DEVIATION)


def test_few_scores_move_less_than_many():
    def moved(size: int) -> float:
        return abs(COHORT.rescaling(np.full(COHORT.places(size), 0.45, np.float32), size).curve_score(0.45) - 0.45)

    assert moved(20) < moved(100) < moved(1000)


@pytest.mark.parametrize("share", [0.1, 1e-3, 1e-6])
def test_a_curve_of_few_knots_still_has_a_spread(share: float):
    """FMR(s) = 10 ** (-8 s) up to 0.5: an exponential tail, whose mean excess is its deviation."""
    spread = Cohort(LinearCurve.table).expected_spread(share)
    assert spread.deviation > 0.02
    if share == 0.1:
        assert spread.mean == pytest.approx(1 / 8 + 1 / (8 * np.log(10)), abs=2e-3)


@pytest.mark.parametrize("curve_score", [-0.9, 0.0, 0.52, 1.0])
def test_all_that_counts_as_much_reaches_the_raw_score(curve_score: float):
    line = Rescaling(0.75, 0.1275)
    least = line.raw_score(curve_score)
    assert line.curve_score(least) < curve_score <= line.curve_score(least + 1e-5)


def test_scores_on_the_curve_stay_between_minus_one_and_one():
    line = Rescaling(3.0, -0.5)
    assert (line.curve_score(0.9), line.curve_score(-0.9)) == (1.0, -1.0)
    assert line.raw_score(-1.0) == -1.0


@pytest.mark.parametrize("slope", [0.0, -1.0, float("nan")])
def test_a_line_that_does_not_rise_is_none(slope: float):
    with pytest.raises(ValueError, match="keeps the order of scores has a slope above 0"):
        Rescaling(slope, 0.0)
