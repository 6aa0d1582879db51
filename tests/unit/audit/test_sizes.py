from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance.audit import sizes
from recognizance.audit.sizes import Verdict
from recognizance.evaluation.intervals import wilson


@pytest.mark.parametrize(("ratio", "trials"), [(2, 2.5e5), (3, 8.7e4), (5, 3.6e4), (10, 1.6e4)])
def test_sizes_that_show_a_ratio_at_one_in_ten_thousand(ratio: float, trials: float):
    assert float(f"{sizes.trials_to_compare(1e-4, ratio):.2g}") == trials
    assert sizes.trials_to_compare(1e-5, ratio) == pytest.approx(10 * sizes.trials_to_compare(1e-4, ratio), rel=1e-4)


@given(st.floats(1.2, 50), st.floats(1e-6, 1e-3))
def test_the_detectable_ratio_is_the_way_back(ratio: float, rate: float):
    trials = sizes.trials_to_compare(rate, ratio)
    assert sizes.detectable_ratio(rate, trials) == pytest.approx(ratio, rel=5e-3)


def test_too_few_trials_show_no_ratio_at_all():
    assert sizes.detectable_ratio(1e-4, 100) is None


def test_rules_of_three_and_thirty_at_one_in_a_million():
    assert (sizes.trials_to_bound(1e-6), sizes.trials_to_measure(1e-6)) == (3_000_000, 30_000_000)


@pytest.mark.parametrize(
    ("trials", "bound"), [(535, 0.0056), (1, 1.0), (3, 1.0)], ids=["Amazon's rerun of 2018", "one", "three"]
)
def test_no_error_still_leaves_an_upper_bound(trials: int, bound: float):
    assert sizes.rule_of_three(trials) == pytest.approx(bound, abs=5e-5)


@given(st.integers(0, 50), st.integers(50, 10_000_000), st.floats(0.01, 1))
def test_an_interval_tells_what_it_is_worth(events: int, trials: int, share: float):
    effective = max(1.0, share * trials)
    assert sizes.effective_trials(wilson(events, trials, effective=effective)) == pytest.approx(effective, rel=1e-6)


def test_nothing_but_errors_is_worth_its_trials():
    assert sizes.effective_trials(wilson(40, 40)) == pytest.approx(40)


@pytest.mark.parametrize("errors", [0, 1])
@pytest.mark.parametrize("rate", [1e-3, 1e-6])
def test_just_the_trials_of_the_rule_of_three_are_enough(rate: float, errors: int):
    needed = sizes.trials_to_bound(rate)
    assert sizes.judge(wilson(errors, needed), people=283, trials_needed=needed) is Verdict.ENOUGH
    assert sizes.judge(wilson(errors, needed - 1), people=283, trials_needed=needed) is Verdict.NOT_ENOUGH


@pytest.mark.parametrize(
    ("rate", "people", "verdict"),
    [
        pytest.param(wilson(10, 40_000), 283, Verdict.ENOUGH, id="enough of both"),
        pytest.param(wilson(0, 40_000), 283, Verdict.ENOUGH, id="no error in many trials"),
        pytest.param(wilson(10, 30_000), 283, Verdict.NOT_ENOUGH, id="too few trials"),
        pytest.param(wilson(10, 40_000, effective=500), 283, Verdict.NOT_ENOUGH, id="trials that say the same"),
        pytest.param(wilson(10, 40_000), 2, Verdict.NOT_ENOUGH, id="two people with many pictures"),
    ],
)
def test_the_verdict(rate, people: int, verdict: Verdict):
    needed = sizes.trials_to_compare(1e-4, 5)
    assert sizes.judge(rate, people=people, trials_needed=needed) is verdict
    assert Verdict.NOT_ENOUGH == "not enough data"
