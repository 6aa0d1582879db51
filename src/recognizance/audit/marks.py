"""Marks: the levels of an audit in, what was met, failed, or cannot be said with this much data out.

The marks are provisional: set before the first measurement, from what the best were measured to do and what guidelines
ask (NIST IR 8429, SP 800-63A-4). Met and failed both need an interval that lies clear of the mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from recognizance.audit.levels import FPIR_GOAL, MISS_GOAL
from recognizance.audit.sizes import Verdict

MARK_SIMILARITY = 80.0
"""The similarity at which an untouched client decides, and at which most marks are set."""

RATIO_FMR = 1e-3
"""The false match rate at which groups are compared in false matches: rarer ones are too few to compare."""

_FMR, _FMR_AT_MOST = 1e-6, 3e-6
_FMR_RATIO, _FNMR_RATIO, _FTE_RATIO = 6.0, 1.5, 2.0


class Outcome(StrEnum):
    """How a mark came out."""

    MET = "met"
    FAILED = "failed"
    UNDECIDED = "not enough data"


def set_marks(levels: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """All marks, each with its outcome and the groups that decided it."""
    at_mark = deciding(levels)
    comparing = next(level for level in levels if level["similarity"] is None and level["nominal_fmr"] == RATIO_FMR)
    return [
        _limit(
            f"Inside every group at most one pair of different people in a million matches at similarity "
            f"{MARK_SIMILARITY:g} (upper end of the interval at most 3 in a million)",
            _rates(at_mark, "fmr"),
            failed_over=_FMR,
            met_under=_FMR_AT_MOST,
        ),
        _limit(
            f"In every group at most 1 in 1,000 searches for people who are not enrolled return anybody at similarity "
            f"{MARK_SIMILARITY:g}",
            _rates(at_mark, "fpir"),
            failed_over=FPIR_GOAL,
            met_under=FPIR_GOAL,
        ),
        _limit(
            f"In every group at least 98 % of pairs of one person match at similarity {MARK_SIMILARITY:g}",
            _rates(at_mark, "fnmr"),
            failed_over=MISS_GOAL,
            met_under=MISS_GOAL,
        ),
        _ratio("Misses: the worst group has at most 1.5 times the mean", at_mark, "fnmr", "max_geomean", _FNMR_RATIO),
        _ratio(
            "False matches, at a threshold for 1 in 1,000: the worst group has at most 6 times the mean",
            comparing,
            "fmr",
            "max_geomean",
            _FMR_RATIO,
        ),
        _ratio(
            "Pictures without a usable face: the worst group has at most twice as many as the best",
            at_mark,
            "fte",
            "max_min",
            _FTE_RATIO,
        ),
    ]


def deciding(levels: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The level at which most marks are set."""
    return next(level for level in levels if level["similarity"] == MARK_SIMILARITY)


def _rates(level: Mapping[str, Any], metric: str) -> dict[str, Mapping[str, Any]]:
    return {row["group"]: row[metric] for row in level["groups"] if row.get(metric) is not None}


def _limit(
    text: str, rates: Mapping[str, Mapping[str, Any]], *, failed_over: float, met_under: float
) -> dict[str, Any]:
    """A limit that every group keeps, fails, or may do either as far as the data say."""
    over = [
        name
        for name, rate in rates.items()
        if rate["interval_95"][0] > failed_over and rate["verdict"] == Verdict.ENOUGH.value
    ]
    unclear = [name for name, rate in rates.items() if rate["interval_95"][1] > met_under and name not in over]
    return _mark(text, over, unclear if rates else ["everybody"])


def _ratio(text: str, level: Mapping[str, Any], metric: str, figure: str, limit: float) -> dict[str, Any]:
    """A limit on the ratio between groups of single columns and of their combinations."""
    rows = [row for row in level["differentials"] if row["metric"] == metric]
    named = {f"groups by {' and '.join(row['columns'])}": row[figure] for row in rows if figure in row}
    over = [name for name, ratio in named.items() if ratio["interval_95"][0] > limit]
    ends = {name: ratio["interval_95"][1] for name, ratio in named.items() if name not in over}
    unclear = [name for name, high in ends.items() if high is None or high > limit]
    left_out = [name for row in rows for name in row["not_enough_data"]]
    return _mark(text, over, _unique([*unclear, *left_out]) if rows else ["no groups were given"])


def _mark(text: str, failed: Sequence[str], unclear: Sequence[str]) -> dict[str, Any]:
    outcome = Outcome.FAILED if failed else Outcome.UNDECIDED if unclear else Outcome.MET
    return {"mark": text, "outcome": outcome.value, "failed_by": list(failed), "undecided_for": list(unclear)}


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
