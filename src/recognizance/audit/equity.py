"""Equity: every group against every group, how far groups are apart at every threshold, and each one's own threshold.

People are mostly compared with people like themselves where it matters, so the false match rate inside a group comes
first; the rates across groups show how much of it is likeness. Scoring and the rules which pairs count are those of
`evaluation.trials`: no matrix of scores is ever held.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from recognizance.audit.differentials import Figures, max_geomean, max_min
from recognizance.audit.errors import GroupingError, NoTrialsError
from recognizance.evaluation import rates, trials
from recognizance.evaluation.fit import GroupRates
from recognizance.evaluation.intervals import Rate, false_match_rate
from recognizance.evaluation.trials import BoolArray, IntArray, Labels, NonMated, Pairs
from recognizance.ports import Curve
from recognizance.values import FloatArray

Cross = tuple[str, str]
"""Two groups, in the order in which all groups were given; twice the same one for the pairs inside it."""


@dataclass(frozen=True, slots=True, eq=False)
class EquityCurve:
    """How far groups are apart as the threshold rises.

    `thresholds` float64 (m,); `fmr` float64 (m, n), floored at half an error where `floored` bool (m, n) says so;
    `max_min` and `max_geomean` float64 (m,).
    """

    groups: tuple[str, ...]
    thresholds: Figures
    fmr: Figures
    floored: BoolArray
    max_min: Figures
    max_geomean: Figures


@dataclass(frozen=True, slots=True)
class Shift:
    """How much higher (or lower) a group's own threshold would lie than the common one, in points of similarity."""

    score: float
    points: float
    extrapolated: bool


def trace_equity(counts: Mapping[str, IntArray], thresholds: Figures) -> EquityCurve:
    """The equity curve of groups with counted non-mated scores (`evaluation.trials.NonMated.counts`).

    Raises GroupingError for fewer than two groups, NoTrialsError for a group without a pair.
    """
    if empty := [name for name, counted in counts.items() if not counted.sum()]:
        raise NoTrialsError(f"the group {empty[0]!r} has no non-mated pairs; leave it out")
    totals = np.array([counted.sum() for counted in counts.values()], np.float64)
    events = np.array([rates.false_matches(counted, thresholds) for counted in counts.values()]).T
    fmr = np.maximum(events, 0.5) / totals
    return EquityCurve(
        groups=tuple(counts),
        thresholds=thresholds,
        fmr=fmr,
        floored=events == 0,
        max_min=max_min(fmr),
        max_geomean=max_geomean(fmr),
    )


def count_across(vectors: FloatArray, labels: Labels, groups: Mapping[str, IntArray]) -> dict[Cross, NonMated]:
    """Count the non-mated scores inside each group and between each two.

    `vectors`: unit rows, float32 (n, d); groups are positions, int64 (m,). The counts of two groups list `by_photo` for
    the pictures of the first, then of the second. Raises GroupingError if a photograph is in two groups.
    """
    _require_apart(labels, groups)
    counted = {(name, name): trials.non_mated(vectors[index], labels.take(index)) for name, index in groups.items()}
    for first, second in itertools.combinations(groups, 2):
        both = np.concatenate([groups[first], groups[second]])
        # Taken for one photograph, the pictures of a group are not compared among themselves; so pairs between the
        # groups remain, by the one rule in `trials`. No photograph is in both, so none is compared with itself.
        side = np.repeat([0, 1], [len(groups[first]), len(groups[second])])
        counted[first, second] = trials.non_mated(vectors[both], replace(labels.take(both), capture=side))
    return counted


def rate_across(
    vectors: FloatArray,
    labels: Labels,
    groups: Mapping[str, IntArray],
    counted: Mapping[Cross, NonMated],
    threshold: float,
) -> dict[Cross, Rate | None]:
    """The cross-group false match rates at a threshold, of what `count_across` counted; None where nobody is compared.

    Intervals know that pairs share people.
    """
    matches = trials.non_mated_above(vectors, labels, threshold)
    found: dict[Cross, Rate | None] = {}
    for (first, second), comparisons in counted.items():
        index = groups[first] if first == second else np.concatenate([groups[first], groups[second]])
        chosen = _between(matches, groups[first], groups[second], index, len(vectors))
        found[first, second] = false_match_rate(comparisons, labels.take(index), chosen) if comparisons.total else None
    return found


def shift_threshold(group: GroupRates, overall: GroupRates, *, fmr: float, curve: Curve) -> Shift:
    """Where a group reaches the false match rate `fmr`, against where everybody together does.

    A positive shift means that the common threshold is too lax for the group. Extrapolated where either rate was.
    """
    own, common = (_score_at(one, fmr) for one in (group, overall))
    return Shift(
        score=own,
        points=curve.similarity(own) - curve.similarity(common),
        extrapolated=own > group.measured_to or common > overall.measured_to,
    )


def _score_at(group: GroupRates, fmr: float) -> float:
    """The lowest score of the grid at which the rate is at most `fmr`; 1 if none is."""
    scores = rates.grid_scores()
    reached = group.log10_fmr(scores) <= np.log10(fmr)
    return float(scores[np.argmax(reached)]) if reached.any() else 1.0


def _require_apart(labels: Labels, groups: Mapping[str, IntArray]) -> None:
    for first, second in itertools.combinations(groups, 2):
        if shared := len(np.intersect1d(labels.capture[groups[first]], labels.capture[groups[second]])):
            raise GroupingError(
                f"{shared} photographs are in both {first!r} and {second!r}; compare groups of the same columns, and "
                "label every copy of a photograph alike"
            )


def _between(matches: Pairs, one: IntArray, other: IntArray, index: IntArray, pictures: int) -> Pairs:
    """The matches with one picture in each of two groups (or both in the same), as positions in `index`."""
    in_one, in_other = np.zeros((2, pictures), np.bool_)
    in_one[one], in_other[other] = True, True
    first, second = matches.first, matches.second
    chosen = (in_one[first] & in_other[second]) | (in_other[first] & in_one[second])
    position = np.zeros(pictures, np.int64)
    position[index] = np.arange(len(index))
    return Pairs(position[first[chosen]], position[second[chosen]], matches.scores[chosen])
