from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance.audit.differentials import Cell
from recognizance.audit.errors import GroupingError
from recognizance.audit.significance import compare_with_rest, holm
from recognizance.evaluation.intervals import rate_over_people, wilson


def test_holm_agrees_with_statsmodels():
    # statsmodels 0.15.0: multipletests([...], method="holm")
    assert holm([0.01, 0.04, 0.03, 0.005, 0.5, 0.012]) == pytest.approx([0.05, 0.09, 0.09, 0.03, 0.5, 0.05])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_never_helps_and_keeps_the_order(p_values: list[float]):
    adjusted = holm(p_values)
    assert (adjusted >= np.array(p_values)).all()
    assert (adjusted <= 1).all()
    assert (np.diff(adjusted[np.argsort(p_values, kind="stable")]) >= 0).all()


def test_the_aclu_count_of_2018_differs_between_groups():
    """11 false matches among 107 members of colour, 17 among 428 others: Fisher's p is 0.014, the ratio 2.6."""
    cells = [Cell("of colour", wilson(11, 107)), Cell("white", wilson(17, 428))]
    first, second = compare_with_rest(cells)
    assert (first.group, first.p_value) == ("of colour", pytest.approx(0.014, abs=5e-4))
    assert (first.ratio, first.p_holm) == (pytest.approx(2.6, abs=0.02), pytest.approx(2 * first.p_value))
    assert (second.p_value, second.ratio) == (pytest.approx(first.p_value), pytest.approx(1 / first.ratio))


def test_trials_that_share_people_say_less():
    plain = [Cell("a", wilson(40, 10_000)), Cell("b", wilson(20, 10_000))]
    shared = [Cell("a", wilson(40, 10_000, effective=1000)), Cell("b", wilson(20, 10_000, effective=1000))]
    assert compare_with_rest(plain)[0].p_value < 0.02
    assert compare_with_rest(shared)[0].p_value > 0.4


def test_each_group_is_held_against_all_others():
    cells = [Cell("a", wilson(10, 1000)), Cell("b", wilson(10, 1000)), Cell("c", wilson(40, 1000))]
    by_group = {one.group: one for one in compare_with_rest(cells)}
    assert by_group["c"].ratio == pytest.approx(40 / 10)
    assert by_group["a"].ratio == pytest.approx(10 / 25)
    assert by_group["c"].p_holm < 1e-4
    # Of equal trials, the pooled rest is worth its number.
    assert by_group["c"].p_value == pytest.approx(
        compare_with_rest([Cell("c", wilson(40, 1000)), Cell("ab", wilson(20, 2000))])[0].p_value, rel=1e-6
    )


def test_groups_without_enough_data_are_not_tested():
    cells = [Cell("a", wilson(1, 100)), Cell("b", wilson(2, 100)), Cell("tiny", wilson(1, 1), enough=False)]
    assert [one.group for one in compare_with_rest(cells)] == ["a", "b"]


def test_groups_without_any_error_do_not_differ():
    cells = [Cell(name, wilson(0, 100)) for name in "abc"]
    assert [one.p_holm for one in compare_with_rest(cells)] == [1.0, 1.0, 1.0]


def test_nothing_but_errors_everywhere_is_no_difference():
    assert [one.p_value for one in compare_with_rest([Cell(name, wilson(50, 50)) for name in "abc"])] == [1.0] * 3


def test_one_group_cannot_be_compared():
    with pytest.raises(GroupingError, match="at least two groups with enough data, got 1"):
        compare_with_rest([Cell("a", wilson(1, 100)), Cell("b", wilson(1, 2), enough=False)])


def test_equal_groups_are_called_different_in_at_most_one_of_twenty_audits():
    """Five equal groups of 80 people with six trials each and people who differ: Holm's promise, on 300 audits."""
    rng = np.random.default_rng(11)
    person = np.repeat(np.arange(80), 6)
    alarms = 0
    for _ in range(300):
        errors = [rng.random(480) < np.repeat(rng.beta(0.5, 4.5, 80), 6) for _ in range(5)]
        cells = [Cell(str(number), rate_over_people(one, person)) for number, one in enumerate(errors)]
        alarms += min(one.p_holm for one in compare_with_rest(cells)) < 0.05
    assert alarms <= 20
