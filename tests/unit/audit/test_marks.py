from __future__ import annotations

import pytest

from recognizance.audit.marks import set_marks

FMR_MARK, FPIR_MARK, MISS_MARK, MISS_RATIO, FMR_RATIO, FTE_RATIO = range(6)


def rate(low, high, verdict="enough data"):
    return {"interval_95": [low, high], "verdict": verdict}


def levels(*, differentials=(), **rates):
    """The two levels that marks are set at, with one group."""
    group = {"group": "everybody", "fmr": None, "fpir": None, "fnmr": None} | rates
    return [
        {"similarity": 80.0, "nominal_fmr": 1e-6, "groups": [group], "differentials": differentials},
        {"similarity": None, "nominal_fmr": 1e-3, "groups": [group], "differentials": differentials},
    ]


@pytest.mark.parametrize(
    ("position", "rates", "outcome"),
    [
        (FMR_MARK, {"fmr": rate(1e-8, 2.9e-6)}, "met"),
        (FMR_MARK, {"fmr": rate(0, 4e-6)}, "not enough data"),
        (FMR_MARK, {"fmr": rate(1.1e-6, 5e-6)}, "failed"),
        (FMR_MARK, {"fmr": rate(1.1e-6, 5e-6, "not enough data")}, "not enough data"),
        (FMR_MARK, {}, "not enough data"),
        (FPIR_MARK, {"fpir": rate(0, 0.0009)}, "met"),
        (FPIR_MARK, {"fpir": rate(0.002, 0.01)}, "failed"),
        (MISS_MARK, {"fnmr": rate(0, 0.019)}, "met"),
        (MISS_MARK, {"fnmr": rate(0.03, 0.05)}, "failed"),
    ],
)
def test_a_limit_is_met_or_failed_only_clear_of_the_mark(position, rates, outcome):
    assert set_marks(levels(**rates))[position]["outcome"] == outcome


def difference(metric, figure, low, high, left_out=()):
    ratio = {"value": 1.0, "interval_95": [low, high]}
    return [{"columns": ["gender"], "metric": metric, "not_enough_data": list(left_out), figure: ratio}]


@pytest.mark.parametrize(
    ("position", "differentials", "outcome"),
    [
        (MISS_RATIO, difference("fnmr", "max_geomean", 1.0, 1.4), "met"),
        (MISS_RATIO, difference("fnmr", "max_geomean", 1.0, 1.4, ["gender other"]), "not enough data"),
        (MISS_RATIO, difference("fnmr", "max_geomean", 1.0, None), "not enough data"),
        (FMR_RATIO, difference("fmr", "max_geomean", 7.0, 9.0), "failed"),
        (FTE_RATIO, difference("fte", "max_min", 1.0, 3.0), "not enough data"),
        (FTE_RATIO, [], "not enough data"),
    ],
)
def test_a_ratio_is_met_or_failed_only_clear_of_the_mark(position, differentials, outcome):
    assert set_marks(levels(differentials=differentials))[position]["outcome"] == outcome


def test_a_failed_mark_names_the_groups():
    [mark, *_] = set_marks(levels(fmr=rate(2e-6, 3e-6)))
    assert (mark["failed_by"], mark["undecided_for"]) == (["everybody"], [])
