from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance.evaluation.evidence import (
    Bounded,
    Evidence,
    EvidenceError,
    Line,
    cost,
    costs_by_group,
    fit_bounded,
    fit_logistic,
    fit_pav,
    supported_range,
)
from recognizance.evaluation.trials import BINS

MATED = [0.9, 0.8, 0.7, 0.65, 0.4, 0.3]
NON_MATED = [0.75, 0.5, 0.35, 0.3, 0.2, 0.1, 0.05, 0.0, -0.1, -0.2]
SCORES = st.lists(st.integers(-20, 20).map(lambda n: n / 20), min_size=1, max_size=25)


def normal(mated: int = 300, non_mated: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.normal(2, 1, mated), rng.normal(-1, 1, non_mated)


def test_the_cost_by_hand():
    """Likelihood ratios 4 and 1 for mates, 1/2 and 1 for others: a mean of log2 of 5/4, 2, 3/2 and 2."""
    ratios = {1.0: 4.0, 0.5: 1.0, 0.0: 0.5, 0.25: 1.0}
    table = np.vectorize(lambda score: math.log10(ratios[score]))
    by_hand = np.mean([math.log2(5 / 4), 1, math.log2(3 / 2), 1])
    assert cost(Evidence.of_scores([1.0, 0.5], [0.0, 0.25]), table).cllr == pytest.approx(by_hand)


def test_saying_nothing_costs_one_bit():
    said_nothing = cost(Evidence.of_scores(MATED, NON_MATED), Line(0, 0))
    assert said_nothing.cllr == pytest.approx(1)
    assert said_nothing.cllr_cal == pytest.approx(1 - said_nothing.cllr_min)


def test_scores_without_order_cost_one_bit_at_best():
    assert cost(Evidence.of_scores([0.1, 0.9], [0.1, 0.9]), Line(0, 1)).cllr_min == pytest.approx(1)


def test_perfect_scores_cost_nothing_at_best():
    evidence = Evidence.of_scores([0.8, 0.9], [0.1, 0.2])
    assert cost(evidence, Line(-10, 20)).cllr_min == 0
    assert fit_pav(evidence).log10_lr.tolist() == [-math.inf, -math.inf, math.inf, math.inf]


@pytest.mark.parametrize(
    ("mated", "non_mated", "line", "cllr", "cllr_min"),
    [
        # lir 1.3.1: lir.metrics.cllr and cllr_min on log10 LR = intercept + slope * score
        pytest.param(MATED, NON_MATED, Line(-1.5, 4), 0.6719822106741045, 0.4783558705740558, id="few, one tie"),
        pytest.param(*normal(), Line(0, 1), 0.3108392204280987, 0.21669332757058507, id="2,300 normal scores"),
    ],
)
def test_costs_agree_with_lir(mated, non_mated, line: Line, cllr: float, cllr_min: float):
    found = cost(Evidence.of_scores(mated, non_mated), line)
    assert (found.cllr, found.cllr_min) == pytest.approx((cllr, cllr_min), abs=1e-12)


@pytest.mark.parametrize(
    ("mated", "non_mated", "line", "bounds"),
    [
        # lir 1.3.1: lir.algorithms.bayeserror.elub, which steps by 0.01
        pytest.param(MATED, NON_MATED, Line(-1.5, 4), (-0.58, 0.32), id="few"),
        pytest.param(*normal(), Line(0, 1), (-1.81, 2.69), id="normal"),
        pytest.param(*normal(), Line(0, 3), (-1.82, 1.03), id="overstated threefold"),
    ],
)
def test_the_supported_range_agrees_with_lir(mated, non_mated, line: Line, bounds: tuple[float, float]):
    assert supported_range(Evidence.of_scores(mated, non_mated), line) == pytest.approx(bounds, abs=0.01)


def test_the_logistic_map_agrees_with_scikit_learn():
    # scikit-learn 1.9.1: LogisticRegression(C=inf, tol=1e-12), weights 1/300 and 1/2000, over ln 10
    line = fit_logistic(Evidence.of_scores(*normal()))
    assert (line.intercept, line.slope) == pytest.approx((-0.63960618, 1.32001779), abs=1e-6)


def test_the_logistic_map_is_the_cheapest_line():
    evidence = Evidence.of_scores(MATED, NON_MATED)
    line = fit_logistic(evidence)
    best = cost(evidence, line).cllr
    for intercept, slope in [(0.01, 0), (-0.01, 0), (0, 0.01), (0, -0.01)]:
        assert cost(evidence, Line(line.intercept + intercept, line.slope + slope)).cllr > best


def slow_pav(shares: list[float], weights: list[float]) -> list[float]:
    """Pool adjacent violators as the name says."""
    blocks: list[list[float]] = []
    for share, weight in zip(shares, weights, strict=True):
        blocks.append([share, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            (a, wa, na), (b, wb, nb) = blocks[-2:]
            blocks[-2:] = [[(a * wa + b * wb) / (wa + wb), wa + wb, na + nb]]
    return [share for share, _, length in blocks for _ in range(int(length))]


@given(SCORES, SCORES)
def test_pav_agrees_with_its_slow_twin(mated: list[float], non_mated: list[float]):
    evidence = Evidence.of_scores(mated, non_mated)
    total = evidence.mated + evidence.non_mated
    shares = np.array(slow_pav((evidence.mated / total).tolist(), total.tolist()))
    with np.errstate(divide="ignore"):
        expected = np.log10(shares) - np.log10(1 - shares) - np.log10(len(mated) / len(non_mated))
    assert fit_pav(evidence).log10_lr == pytest.approx(expected, abs=1e-9)


@given(SCORES, SCORES, st.floats(-2, 2), st.floats(0, 5))
def test_no_rising_map_is_cheaper_than_pav(mated, non_mated, intercept: float, slope: float):
    found = cost(Evidence.of_scores(mated, non_mated), Line(intercept, slope))
    assert found.cllr_cal >= -1e-12
    assert 0 <= found.cllr_min <= 1 + 1e-12


@given(SCORES, SCORES)
def test_the_least_cost_depends_on_the_order_of_scores_alone(mated, non_mated):
    plain, bent = (
        cost(Evidence.of_scores(*sides), Line(0, 1)).cllr_min
        for sides in ((mated, non_mated), ([np.exp(3 * s) for s in mated], [np.exp(3 * s) for s in non_mated]))
    )
    assert plain == pytest.approx(bent, abs=1e-12)


@given(SCORES, SCORES)
def test_the_supported_range_does_not_exceed_the_numbers_of_pairs(mated, non_mated):
    evidence = Evidence.of_scores(mated, non_mated)
    low, high = supported_range(evidence, fit_pav(evidence))
    assert -math.log10(len(mated) + 1) - 1e-9 <= low <= 0 <= high <= math.log10(len(non_mated) + 1) + 1e-9


def test_a_bounded_map_keeps_to_its_range():
    evidence = Evidence.of_scores([0.8, 0.9], [0.1, 0.2])
    pav = fit_pav(evidence)
    bounded = Bounded(pav, *supported_range(evidence, pav))
    # Two pairs a side, and one misleading pair added: hits of 2/3 against false alarms of 1/3.
    assert bounded([-1.0, 0.15, 0.85, 1.0]) == pytest.approx(np.log10([1 / 2, 1 / 2, 2, 2]))


def test_the_bounded_logistic_map_says_no_more_than_its_evidence():
    evidence = Evidence.of_scores(*normal())
    line, bounded = fit_logistic(evidence), fit_bounded(evidence)
    low, high = supported_range(evidence, line)
    assert bounded([-9.0, 0.5, 9.0]) == pytest.approx([low, float(line(0.5)), high])


def test_a_step_holds_up_to_the_next():
    pav = fit_pav(Evidence.of_scores([0.5, 0.9], [0.1, 0.5]))
    assert pav([0.49, 0.5, 0.89]).tolist() == [-math.inf, 0.0, 0.0]


def test_a_histogram_gives_what_its_scores_give():
    mated, non_mated = (np.round(side / 6, 4) + 5e-5 for side in normal())
    counts = np.bincount(((non_mated + 1) * 10_000).astype(int), minlength=BINS)
    binned, plain = Evidence.of_histogram(mated, counts), Evidence.of_scores(mated, non_mated)
    assert binned.scores == pytest.approx(plain.scores, abs=1e-4)
    assert cost(binned, Line(0, 0)).cllr_min == pytest.approx(cost(plain, Line(0, 0)).cllr_min, abs=1e-9)


def test_costs_by_group_name_the_groups_that_have_none():
    mated, non_mated = (side / 5 for side in normal())
    counts = np.bincount(((non_mated + 1) * 10_000).astype(int), minlength=BINS)
    line = Line(0, 5)
    found = costs_by_group(
        {"a": mated, "no mates": [], "no others": mated},
        {"a": counts, "no mates": counts, "no others": 0 * counts, "unheard of": counts},
        line,
    )
    assert found["a"] == cost(Evidence.of_histogram(mated, counts), line)
    assert [name for name, one in found.items() if one is None] == ["no mates", "no others", "unheard of"]


@pytest.mark.parametrize(
    ("mated", "non_mated", "message"),
    [([], [0.1], "0 mated and 1 non-mated pairs"), ([0.1, 0.2], [], "2 mated and 0 non-mated pairs")],
    ids=["no mates", "no others"],
)
def test_evidence_needs_both_kinds_of_pairs(mated, non_mated, message: str):
    with pytest.raises(EvidenceError, match=message):
        Evidence.of_scores(mated, non_mated)


def test_no_slope_fits_scores_that_do_not_overlap():
    with pytest.raises(EvidenceError, match="no slope can be fitted"):
        fit_logistic(Evidence.of_scores([0.8, 0.9], [0.1, 0.2]))
