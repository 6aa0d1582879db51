from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from recognizance.audit.equity import count_across, rate_across, shift_threshold, trace_equity
from recognizance.audit.errors import GroupingError, NoTrialsError
from recognizance.evaluation import trials
from recognizance.evaluation.fit import GroupRates, fit_group
from recognizance.evaluation.trials import BINS, Labels
from recognizance.testing.curve import LinearCurve

from .people import labels_of


def faces(people: int, *, dimensions: int = 6, pictures: int = 2, seed: int = 0) -> tuple[np.ndarray, Labels]:
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), pictures)
    rows = rng.standard_normal((people, dimensions))[person] + 0.2 * rng.standard_normal((len(person), dimensions))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), labels_of(person)


def by_score(**counts: list[float]) -> dict[str, np.ndarray]:
    """Counted non-mated scores of each group."""
    return {
        name: np.bincount(((np.array(scores) + 1) * 10_000).astype(int), minlength=BINS)
        for name, scores in counts.items()
    }


# --- the equity curve -------------------------------------------------------------------------


def test_the_equity_curve_by_hand():
    counts = by_score(a=[0.15, 0.25, 0.35, 0.45], b=[0.05, 0.15, 0.15, 0.25])
    curve = trace_equity(counts, np.array([0.0, 0.2, 0.3, 0.5]))
    assert curve.fmr.tolist() == [[1, 1], [0.75, 0.25], [0.5, 0.125], [0.125, 0.125]]
    assert curve.floored.tolist() == [[False, False], [False, False], [False, True], [True, True]]
    assert curve.max_min.tolist() == [1, 3, 4, 1]
    assert curve.max_geomean == pytest.approx(np.sqrt([1, 3, 4, 1]))
    assert curve.groups == ("a", "b")


def test_a_group_without_a_pair_is_named():
    with pytest.raises(NoTrialsError, match="the group 'b' has no non-mated pairs"):
        trace_equity(by_score(a=[0.1], b=[]), np.array([0.0]))


def test_one_group_has_no_equity_curve():
    with pytest.raises(GroupingError, match="at least two groups"):
        trace_equity(by_score(a=[0.1]), np.array([0.0]))


# --- group against group ----------------------------------------------------------------------


def test_counts_across_groups_are_those_of_a_loop():
    vectors, labels = faces(30)
    labels = Labels(labels.person, labels.capture, labels.set_code, labels.person % 2)  # two batches never meet
    groups = {"a": np.arange(0, 20), "b": np.arange(20, 50), "c": np.arange(50, 60)}
    counted = count_across(vectors, labels, groups)
    assert list(counted) == [("a", "a"), ("b", "b"), ("c", "c"), ("a", "b"), ("a", "c"), ("b", "c")]
    group_of = {position: name for name, index in groups.items() for position in index.tolist()}
    found = rate_across(vectors, labels, groups, counted, 0.5)
    for (first, second), comparisons in counted.items():
        scores = [
            float(vectors[i] @ vectors[j])
            for i in range(60)
            for j in range(i + 1, 60)
            if labels.person[i] != labels.person[j]
            and labels.person[i] % 2 == labels.person[j] % 2
            and sorted((group_of[i], group_of[j])) == sorted((first, second))
        ]
        assert comparisons.total == len(scores)
        assert comparisons.counts[15_000:].sum() == sum(score >= 0.5 for score in scores)
        assert comparisons.by_photo.sum() == 2 * len(scores)
        rate = found[first, second]
        assert rate is not None
        assert (rate.events, rate.trials) == (sum(score >= 0.5 for score in scores), len(scores))
        assert rate.low <= rate.value < rate.high


def test_groups_that_are_never_compared_have_no_rate():
    vectors, labels = faces(10)
    labels = Labels(labels.person, labels.capture, labels.set_code, labels.person // 5)
    groups = {"a": np.arange(10), "b": np.arange(10, 20)}
    found = rate_across(vectors, labels, groups, count_across(vectors, labels, groups), 0.9)
    assert found["a", "b"] is None
    assert found["a", "a"] is not None
    assert found["a", "a"].high > 0


def test_a_group_of_one_person_has_rates_across_only():
    vectors, labels = faces(10)
    groups = {"one": np.arange(2), "rest": np.arange(2, 20)}
    found = rate_across(vectors, labels, groups, count_across(vectors, labels, groups), 0.5)
    assert found["one", "one"] is None
    assert found["one", "rest"] is not None
    assert found["one", "rest"].trials == 2 * 18


def test_people_who_look_alike_match_inside_their_group():
    rng = np.random.default_rng(2)
    rows = np.concatenate([rng.standard_normal((60, 16)), rng.standard_normal((60, 16)) + 1.0])
    vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    groups = {"spread out": np.arange(60), "alike": np.arange(60, 120)}
    labels = labels_of(np.arange(120))
    found = rate_across(vectors, labels, groups, count_across(vectors, labels, groups), 0.6)
    inside, across, other = (
        found[pair] for pair in [("alike", "alike"), ("spread out", "alike"), ("spread out", "spread out")]
    )
    assert inside is not None
    assert across is not None
    assert other is not None
    assert inside.low > max(across.high, other.high)


@pytest.mark.parametrize(
    ("capture", "second", "message"),
    [
        pytest.param(np.arange(20), np.arange(5, 20), "5 photographs are in both 'a' and 'b'", id="a picture in both"),
        pytest.param(np.arange(20) % 17, np.arange(10, 20), "3 photographs are in both 'a' and 'b'", id="copies apart"),
    ],
)
def test_photographs_in_two_groups_are_refused(capture: np.ndarray, second: np.ndarray, message: str):
    vectors, labels = faces(10)
    labels = Labels(labels.person, capture, labels.set_code, labels.batch)
    with pytest.raises(GroupingError, match=message):
        count_across(vectors, labels, {"a": np.arange(10), "b": second})


def test_ten_thousand_pictures_are_never_held_as_a_matrix():
    vectors, labels = faces(10_000, pictures=1, dimensions=8)
    groups = {"a": np.arange(5000), "b": np.arange(5000, 10_000)}
    tracemalloc.start()
    try:
        counted = count_across(vectors, labels, groups)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sum(comparisons.total for comparisons in counted.values()) == 10_000 * 9_999 // 2
    assert peak < 300e6  # all scores as float32 would take 400 MB


# --- own thresholds ---------------------------------------------------------------------------


def group_rates(name: str, *, dimensions: int) -> GroupRates:
    vectors, labels = faces(400, dimensions=dimensions, pictures=1)
    return fit_group(name, vectors, labels, trials.non_mated(vectors, labels), shape=None)


@pytest.mark.parametrize(
    ("fmr", "extrapolated"), [(1e-2, False), (1e-6, True)], ids=["measured", "past the measured range"]
)
def test_a_group_that_matches_more_easily_needs_a_higher_threshold(fmr: float, extrapolated: bool):
    group, overall, curve = group_rates("alike", dimensions=8), group_rates("all", dimensions=24), LinearCurve()
    shift = shift_threshold(group, overall, fmr=fmr, curve=curve)
    assert shift.points > 0
    assert shift.extrapolated is extrapolated
    assert 10 ** group.log10_fmr(np.array([shift.score]))[0] <= fmr
    assert 10 ** group.log10_fmr(np.array([shift.score - 1e-4]))[0] > fmr
    back = shift_threshold(overall, group, fmr=fmr, curve=curve)
    assert back.points == pytest.approx(-shift.points)


def test_a_rate_that_is_never_reached_puts_the_threshold_at_the_end():
    group = group_rates("all", dimensions=8)
    assert shift_threshold(group, group, fmr=1e-13, curve=LinearCurve()).score == 1.0
