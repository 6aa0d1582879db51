"""Comparisons: the measured rates of groups in, how far they are apart out, as rows of an audit document.

Only groups with enough data are compared; the others are named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recognizance.audit.bootstrap import RatioEstimate, Resampled, ratio, spread
from recognizance.audit.differentials import Cell, differential, join, max_geomean, max_min
from recognizance.audit.significance import compare_with_rest
from recognizance.evaluation.account import exact


@dataclass(frozen=True, slots=True)
class Measured:
    """The rates of a group by metric, each as a cell, and resampled where there is enough data."""

    group: str
    cells: Mapping[str, Cell]
    resampled: Mapping[str, Resampled]


def differ(columns: Sequence[str], metric: str, groups: Sequence[Measured]) -> Iterator[dict[str, Any]]:
    """One rate over the groups of some columns: ratios with intervals, Gini, and each group against the rest."""
    cells = [group.cells[metric] for group in groups if metric in group.cells]
    if not cells:
        return
    found = differential(metric, cells)
    row: dict[str, Any] = {
        "columns": list(columns),
        "metric": metric,
        "compared": [cell.group for cell in found.compared],
        "not_enough_data": list(found.left_out),
        "floored": list(found.floored),
    }
    if found.max_min is not None and found.gini is not None:
        resampled = [group.resampled[metric] for group in groups if metric in group.resampled]
        row |= {
            "max_min": _describe(spread(max_min, resampled)),
            "max_geomean": _describe(spread(max_geomean, resampled)),
            "gini": exact(found.gini),
            "against_the_rest": [
                {
                    "group": one.group,
                    "ratio": exact(one.ratio),
                    "p": exact(one.p_value),
                    "p_holm": exact(one.p_holm),
                }
                for one in compare_with_rest(cells)
            ],
        }
    yield row


def combine(columns: Sequence[str], groups: Sequence[Measured]) -> Iterator[dict[str, Any]]:
    """False matches and misses in one figure, at several weights, over the groups with enough data in both."""
    both = [group.cells for group in groups if {"fmr", "fnmr"} <= group.cells.keys()]
    both = [cells for cells in both if cells["fmr"].enough and cells["fnmr"].enough]
    if len(both) < 2:
        return
    sides = [differential(metric, [cells[metric] for cells in both]) for metric in ("fmr", "fnmr")]
    for one in join(*sides):
        yield {
            "columns": list(columns),
            "weight_of_false_matches": one.weight,
            "groups": [cells["fmr"].group for cells in both],
            "inequity_rate": exact(one.inequity),
            "fdr": exact(one.fdr),
            "garbe": exact(one.garbe),
        }


def relate(reference: str | None, metric: str, groups: Sequence[Measured]) -> Iterator[dict[str, Any]]:
    """Each group's rate over the reference's, with its interval; nothing where that is not among the groups."""
    resampled = {group.group: group.resampled[metric] for group in groups if metric in group.resampled}
    if reference not in resampled:
        return
    for group, own in resampled.items():
        if group != reference:
            yield {"metric": metric, "group": group, "ratio": _describe(ratio(own, resampled[reference]))}


def _describe(estimate: RatioEstimate) -> dict[str, Any]:
    ends = [estimate.low, estimate.high]
    return {
        "value": exact(estimate.value),
        "interval_95": [None if end is None else exact(end) for end in ends],
        "by_chance": None if estimate.by_chance is None else exact(estimate.by_chance),
    }
