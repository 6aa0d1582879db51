from __future__ import annotations

import numpy as np
import pytest

from recognizance.evaluation import rates, trials
from recognizance.evaluation.curve import SimilarityCurve
from recognizance.evaluation.fit import Fit, fit_worst
from recognizance.evaluation.tail import EVENTS_NEEDED
from recognizance.evaluation.trials import Labels

PEOPLE = 900


@pytest.fixture(scope="module")
def evidence():
    """One picture each of 900 people; the second half look more alike, as a group that networks saw less of."""
    rng = np.random.default_rng(11)
    vectors = rng.standard_normal((PEOPLE, 64)) + np.where(np.arange(PEOPLE)[:, None] < 450, 0.0, 0.35)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    zeros = np.zeros(PEOPLE, np.int64)
    labels = Labels(np.arange(PEOPLE), np.arange(PEOPLE), zeros, zeros)
    groups = {"all": np.arange(PEOPLE), "spread": np.arange(450), "alike": np.arange(450, PEOPLE)}
    counted = {name: trials.non_mated(vectors[index], labels.take(index)) for name, index in groups.items()}
    return vectors, labels, groups, counted


@pytest.fixture(scope="module")
def fit(evidence) -> Fit:
    return fit_worst(*evidence)


def test_where_it_was_counted_the_table_is_the_worst_groups_rate(fit: Fit, evidence):
    counts = evidence[3]["alike"].counts
    for score, log10_fmr in zip(fit.table.scores, fit.table.log10_fmr, strict=True):
        if 0.3 < score < fit.table.extrapolated_from:
            assert fit.worst_at(score).name == "alike"
            assert 10**log10_fmr == pytest.approx(rates.fmr(counts, score), rel=1e-5)


def test_no_group_has_a_higher_rate_than_the_table(fit: Fit):
    scores = np.array(fit.table.scores)
    for group in fit.groups:
        assert (group.log10_fmr(scores) <= np.array(fit.table.log10_fmr) + 1e-6).all()


def test_measuring_ends_where_thirty_false_matches_are_expected(fit: Fit, evidence):
    alike = evidence[3]["alike"]
    at_end = rates.false_matches(alike.counts, fit.table.extrapolated_from)
    assert EVENTS_NEEDED - 1 <= at_end <= EVENTS_NEEDED
    curve = SimilarityCurve(fit.table, space="town/1")
    assert not curve.is_extrapolated(curve.score(25))
    assert curve.is_extrapolated(curve.score(80))


def test_the_tail_goes_on_where_counting_ends(fit: Fit):
    for group in fit.groups:
        below, above = group.log10_fmr(np.array([group.measured_to, group.measured_to + 1e-9]))
        assert above == pytest.approx(below, abs=1e-6)
        assert group.tail.start < group.measured_to


def test_every_group_takes_the_shape_of_all(fit: Fit):
    everybody, *others = fit.groups
    assert everybody.name == "all"
    # A group may have to stretch it so that its tail does not end below 1.
    assert all(group.tail.shape >= everybody.tail.shape for group in others)


def test_a_tail_that_is_not_down_at_one_ends_there():
    """A handful of look-alikes makes a tail so slow that 1e-12 lies past a score of 1."""
    rng = np.random.default_rng(3)
    vectors = rng.standard_normal((400, 4))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    zeros = np.zeros(400, np.int64)
    labels = Labels(np.arange(400), np.arange(400), zeros, zeros)
    fit = fit_worst(vectors, labels, {"all": np.arange(400)}, {"all": trials.non_mated(vectors, labels)})
    assert (fit.table.scores[-1], fit.table.log10_fmr[-1]) == (1.0, -12.0)
    assert SimilarityCurve(fit.table, space="x/1").similarity(1.0) == 100
