from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance.audit import differentials as d
from recognizance.audit.errors import GroupingError
from recognizance.evaluation.intervals import wilson

FMR = (1e-4, 2e-4, 4e-4, 3e-3)
FNMR = (0.010, 0.012, 0.008, 0.020)
RATES = st.lists(st.floats(1e-9, 1.0), min_size=2, max_size=8)


@pytest.mark.parametrize(
    ("summary", "fmr", "fnmr"),
    [
        pytest.param(d.max_min, 30, 2.5, id="Max/Min"),
        pytest.param(d.max_geomean, 7.62199, 1.69904, id="Max/GeoMean"),
        pytest.param(d.gini, 0.801802, 0.253333, id="Gini"),
    ],
)
def test_golden_numbers_of_one_rate(summary, fmr: float, fnmr: float):
    assert (float(summary(FMR)), float(summary(FNMR))) == pytest.approx((fmr, fnmr), abs=5e-6)


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        pytest.param(d.inequity, 8.66025, id="IR"),
        pytest.param(d.fdr, 0.99255, id="FDR"),
        pytest.param(d.garbe, 0.527568, id="GARBE"),
    ],
)
def test_golden_numbers_of_both_rates(figure, expected: float):
    assert float(figure(FMR, FNMR, weight=0.5)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("figure", "single"), [(d.inequity, d.max_min), (d.garbe, d.gini)], ids=["IR", "GARBE"])
def test_weights_of_nothing_and_everything_leave_one_rate(figure, single):
    assert figure(FMR, FNMR, weight=1.0) == pytest.approx(single(FMR))
    assert figure(FMR, FNMR, weight=0.0) == pytest.approx(single(FNMR))


def test_equal_rates_are_the_best_of_every_figure():
    equal = [0.01] * 5
    best = {d.max_min: 1, d.max_geomean: 1, d.gini: 0}
    assert {summary: pytest.approx(float(summary(equal))) for summary in best} == best
    assert float(d.fdr(equal, equal, weight=0.5)) == 1


@given(RATES, st.floats(1e-3, 1.0))
def test_ratios_and_gini_do_not_depend_on_the_level(rates: list[float], factor: float):
    scaled = np.array(rates) * factor
    for summary in (d.max_min, d.max_geomean, d.gini):
        assert summary(scaled) == pytest.approx(summary(rates), rel=1e-9, abs=1e-9)


@given(RATES)
def test_figures_keep_to_their_range(rates: list[float]):
    assert d.max_geomean(rates) * (1 + 1e-12) >= 1
    assert d.max_geomean(rates) <= d.max_min(rates) * (1 + 1e-12)
    assert 0 <= d.gini(rates) <= 1 + 1e-12


def test_the_worst_gini_is_one_at_any_number_of_groups():
    for groups in (2, 3, 10):
        assert d.gini([1.0] + [1e-15] * (groups - 1)) == pytest.approx(1.0)


def test_replicates_are_summarised_along_the_last_axis():
    replicates = np.array([FMR, FNMR])
    for summary in (d.max_min, d.max_geomean, d.gini):
        assert summary(replicates).tolist() == pytest.approx([float(summary(FMR)), float(summary(FNMR))])


@pytest.mark.parametrize("summary", [d.max_min, d.max_geomean, d.gini])
@pytest.mark.parametrize(
    ("rates", "message"),
    [
        pytest.param([0.1], "at least two groups with enough data, got 1", id="one group"),
        pytest.param([], "got 0", id="none"),
        pytest.param([0.1, 0.0], "a rate of 0 cannot be compared", id="a zero"),
    ],
)
def test_what_cannot_be_compared_is_refused(summary, rates: list[float], message: str):
    with pytest.raises(GroupingError, match=message):
        summary(rates)


def cell(group: str, events: int, trials: int = 10_000_000, *, enough: bool = True) -> d.Cell:
    return d.Cell(group, wilson(events, trials), enough=enough)


def test_a_differential_has_the_golden_numbers():
    cells = [cell(name, round(rate * 10_000_000)) for name, rate in zip("abcd", FMR, strict=True)]
    result = d.differential("FMR", cells, reference="a")
    assert (result.max_min, result.max_geomean, result.gini) == pytest.approx((30, 7.62199, 0.801802), rel=1e-6)
    assert result.ratios == pytest.approx({"a": 1, "b": 2, "c": 4, "d": 30})
    assert (result.floored, result.left_out) == ((), ())


def test_a_group_without_an_error_is_floored_and_named():
    none = cell("none", 0, 1000)
    assert (none.floored, none.value, none.floor) == (True, 1 / 2000, 1 / 2000)
    assert 3 / 1000 <= none.rate.high < 4 / 1000  # never a bare zero
    result = d.differential("FMR", [none, cell("some", 10, 1000)])
    assert result.max_min == pytest.approx(20)
    assert result.floored == ("none",)


def test_a_single_error_is_not_floored():
    assert not cell("one", 1, 1000).floored


def test_a_cell_without_enough_data_is_left_out_and_named():
    tiny = cell("two people", 1, 4, enough=False)
    result = d.differential("FMR", [cell("a", 10), tiny, cell("b", 30)], reference="a")
    assert (result.max_min, result.left_out) == (pytest.approx(3), ("two people",))
    assert set(result.ratios) == {"a", "b"}
    assert len(result.cells) == 3


def test_fewer_than_two_cells_with_enough_data_have_no_figures():
    result = d.differential("FMR", [cell("a", 10), cell("b", 1, 4, enough=False)], reference="b")
    assert (result.max_min, result.max_geomean, result.gini, result.ratios) == (None, None, None, {})


@pytest.mark.parametrize(
    ("cells", "reference", "message"),
    [
        pytest.param("aba", None, "the group 'a' has two FMR cells", id="a group twice"),
        pytest.param("ab", "c", "the reference 'c' is none of the groups a, b", id="unknown reference"),
    ],
)
def test_cells_that_contradict_are_refused(cells: str, reference: str | None, message: str):
    with pytest.raises(GroupingError, match=message):
        d.differential("FMR", [cell(name, 10) for name in cells], reference=reference)


def test_joint_figures_take_the_groups_known_in_both_rates():
    fmr = d.differential("FMR", [cell(n, round(r * 10_000_000)) for n, r in zip("abcd", FMR, strict=True)])
    cells = [cell(n, round(r * 1000), 1000) for n, r in zip("dcba", FNMR[::-1], strict=True)]
    fnmr = d.differential("FNMR", [*cells, cell("e", 500, 1000)])
    nothing, half, everything = d.join(fmr, fnmr)
    assert (half.inequity, half.fdr, half.garbe) == pytest.approx((8.66025, 0.99255, 0.527568), rel=1e-6)
    assert (nothing.inequity, everything.inequity) == pytest.approx((2.5, 30))


def test_joint_figures_need_two_common_groups():
    fmr = d.differential("FMR", [cell("a", 1), cell("b", 2)])
    fnmr = d.differential("FNMR", [cell("a", 1), cell("c", 2)])
    with pytest.raises(GroupingError, match="got 1"):
        d.join(fmr, fnmr)
