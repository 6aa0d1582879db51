from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import binomtest

from recognizance.evaluation import trials
from recognizance.evaluation.intervals import Rate, false_match_rate, rate_over_people, wilson
from recognizance.evaluation.trials import Labels


@pytest.mark.parametrize(("events", "trials_"), [(28, 535), (0, 535), (0, 25), (1, 1000), (535, 535), (3, 4)])
def test_wilson_agrees_with_scipy(events: int, trials_: int):
    rate = wilson(events, trials_)
    expected = binomtest(events, trials_).proportion_ci(method="wilson")
    assert (rate.low, rate.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_the_aclu_count_has_its_published_interval():
    rate = wilson(28, 535)
    assert [round(100 * value, 1) for value in (rate.value, rate.low, rate.high)] == [5.2, 3.6, 7.5]


def test_fewer_effective_trials_widen_the_interval():
    assert wilson(10, 1000, effective=100).high - wilson(10, 1000, effective=100).low > 2 * (
        wilson(10, 1000).high - wilson(10, 1000).low
    )


def test_one_trial_a_person_is_plain_wilson():
    errors = np.arange(200) % 10 == 0
    rate = rate_over_people(errors, np.arange(200))
    assert (rate.low, rate.high) == pytest.approx((wilson(20, 200).low, wilson(20, 200).high))


def test_errors_of_one_person_count_as_one_throw():
    person = np.repeat(np.arange(20), 10)
    rate = rate_over_people(person < 2, person)  # two people fail ten times each
    assert (rate.events, rate.trials) == (20, 200)
    assert (rate.low, rate.high) == pytest.approx((wilson(2, 20).low, wilson(2, 20).high))


@pytest.mark.parametrize("error", [False, True])
def test_without_any_error_or_success_people_are_the_trials(error: bool):
    rate = rate_over_people(np.full(60, error), np.repeat(np.arange(20), 3))
    plain = wilson(20 if error else 0, 20)
    assert (rate.events, rate.low, rate.high) == (60 * error, plain.low, plain.high)


def pictures_of(people: int, seed: int) -> tuple[np.ndarray, Labels]:
    rng = np.random.default_rng(seed)
    person = np.sort(rng.integers(0, people, 2 * people))
    vectors = rng.standard_normal((people, 6))[person] + 0.2 * rng.standard_normal((len(person), 6))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    zeros = np.zeros(len(person), np.int64)
    return vectors, Labels(person, np.arange(len(person)), zeros, zeros)


def test_false_match_rate_has_the_variance_of_pairs_that_share_people():
    """Against the definition: the covariances of all pairs of pairs with a person in common, one by one."""
    vectors, labels = pictures_of(12, seed=3)
    counted = trials.non_mated(vectors, labels)
    matches = trials.non_mated_above(vectors, labels, 0.3)
    p = len(matches.scores) / counted.total
    residual = {
        pair: sum(
            float(vectors[i] @ vectors[j] >= 0.3) - p
            for i in np.flatnonzero(labels.person == pair[0])
            for j in np.flatnonzero(labels.person == pair[1])
        )
        for pair in combinations(range(12), 2)
    }
    variance = (
        sum(a * b for x, a in residual.items() for y, b in residual.items() if set(x) & set(y)) / counted.total**2
    )
    expected = wilson(len(matches.scores), counted.total, effective=p * (1 - p) / variance)
    rate = false_match_rate(counted, labels, matches)
    assert len(matches.scores) > 10
    assert (rate.low, rate.high) == pytest.approx((expected.low, expected.high), rel=1e-9)


def test_no_false_match_leaves_the_rule_of_three():
    vectors, labels = pictures_of(12, seed=3)
    counted = trials.non_mated(vectors, labels)
    rate = false_match_rate(counted, labels, trials.non_mated_above(vectors, labels, 0.9999))
    assert (rate.events, rate.low) == (0, 0.0)
    assert 3 / counted.total < rate.high < 4 / counted.total


def test_one_look_alike_with_many_pictures_is_not_many_events():
    """Nine false matches between two people say less than nine between nine pairs of people."""
    person = np.repeat(np.arange(40), 3)
    zeros = np.zeros(120, np.int64)
    labels = Labels(person, np.arange(120), zeros, zeros)
    counted = trials.non_mated(np.eye(120, dtype=np.float32), labels)
    one_pair = trials.Pairs(np.repeat([0, 1, 2], 3), np.tile([3, 4, 5], 3), np.ones(9, np.float32))
    nine_pairs = trials.Pairs(np.arange(0, 54, 6), np.arange(3, 57, 6), np.ones(9, np.float32))
    narrow, wide = (false_match_rate(counted, labels, matches) for matches in (nine_pairs, one_pair))
    assert narrow.value == wide.value
    assert wide.high / wide.low > 3 * narrow.high / narrow.low
    plain: Rate = wilson(9, counted.total)
    assert (narrow.low, narrow.high) == pytest.approx((plain.low, plain.high), rel=0.1)


def test_intervals_cover_the_true_rate():
    """1,000 draws of 100 people with errors of their own: close to 95 in 100 intervals hold the true rate."""
    rng = np.random.default_rng(5)
    person = np.repeat(np.arange(100), 4)
    covered = 0
    for _ in range(1000):
        errors = rng.random(400) < np.repeat(rng.beta(0.5, 4.5, 100), 4)  # true rate 0.1
        rate = rate_over_people(errors, person)
        covered += rate.low <= 0.1 <= rate.high
    assert 920 <= covered <= 970
