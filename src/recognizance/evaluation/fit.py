"""Fit: embeddings and groups in, the table of the worst group's false match rate by score out.

A group's rate is the counted one down to 30 expected false matches, and below that its fitted tail, joined to where
counting ends. At every score the table holds the highest rate of any group with enough pairs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recognizance.evaluation import rates, trials
from recognizance.evaluation.curve import ANCHORS, Table
from recognizance.evaluation.groups import EVERYBODY
from recognizance.evaluation.tail import EVENTS_NEEDED, TAIL_SHARE, Tail, fit_tail
from recognizance.evaluation.trials import IntArray, Labels, NonMated
from recognizance.values import FloatArray

PAIRS_NEEDED = 300_000
"""Non-mated pairs inside a group before it may set the curve: 30 expected false matches at similarity 50 (1e-4)."""

KNOTS_PER_UNIT = 200
"""Knots of the table for each 1.0 of score."""

_LEAST = float(np.log10(ANCHORS[-1][1]))


@dataclass(frozen=True, slots=True)
class GroupRates:
    """The false match rate of one group over the whole range: counted below `measured_to`, the tail from there on."""

    name: str
    counts: IntArray
    tail: Tail
    measured_to: float

    def log10_fmr(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """log10 of the rate at each score, at least that of the last anchor; float64, as many as `scores`."""
        start = self.measured_to
        joined = rates.fmr(self.counts, start) / self.tail.fmr(start)
        fmr = np.where(
            scores <= start, rates.fmr(self.counts, scores), joined * self.tail.fmr(np.maximum(scores, start))
        )
        log10: NDArray[np.float64] = np.log10(np.maximum(fmr, 10.0**_LEAST))
        return log10


@dataclass(frozen=True, slots=True)
class Fit:
    """The table, the groups it was made from, and at each of its scores the index of the worst of them, int64."""

    table: Table
    groups: tuple[GroupRates, ...]
    worst: IntArray

    def worst_at(self, score: float) -> GroupRates:
        """The group that set the curve at a score."""
        return self.groups[int(self.worst[np.searchsorted(self.table.scores, score, side="right") - 1])]


def fit_group(name: str, vectors: FloatArray, labels: Labels, counted: NonMated, *, shape: float | None) -> GroupRates:
    """The rates of a group; `shape` is the tail's, estimated here if None."""
    start = rates.threshold_at(counted.counts, TAIL_SHARE)
    top = trials.non_mated_above(vectors, labels, start)
    measured_to = rates.threshold_at(counted.counts, EVENTS_NEEDED / counted.total)
    return GroupRates(name, counted.counts, fit_tail(top.scores, start, counted.total, shape=shape), measured_to)


def fit_worst(
    vectors: FloatArray, labels: Labels, groups: Mapping[str, IntArray], counted: Mapping[str, NonMated]
) -> Fit:
    """Fit the curve on the given groups, of which `all` must be one: its tail lends its shape to the others.

    Each needs at least `EVENTS_NEEDED / TAIL_SHARE` pairs, so that counting reaches into the tail.
    """
    everybody = fit_group(EVERYBODY, vectors, labels, counted[EVERYBODY], shape=None)
    fitted = [everybody] + [
        fit_group(name, vectors[index], labels.take(index), counted[name], shape=everybody.tail.shape)
        for name, index in groups.items()
        if name != EVERYBODY
    ]
    return _envelope(fitted)


def _envelope(fitted: Sequence[GroupRates]) -> Fit:
    scores = np.arange(-KNOTS_PER_UNIT, KNOTS_PER_UNIT + 1) / KNOTS_PER_UNIT
    by_group = np.stack([group.log10_fmr(scores) for group in fitted])
    worst = by_group.argmax(axis=0)
    log10_fmr = np.round(np.minimum.accumulate(by_group.max(axis=0)), 6) + 0.0  # adding 0 turns -0.0 into 0.0
    # Equal vectors are as alike as can be: a tail that has not come down to the last anchor at 1 ends there.
    log10_fmr[-1] = _LEAST
    # Where the rate stands still the last knot is kept, which can only overstate the rate before it.
    kept = np.append(log10_fmr[:-1] > log10_fmr[1:], False)
    kept[[0, int(np.argmax(log10_fmr == _LEAST))]] = True
    measured_to = np.array([group.measured_to for group in fitted])[worst]
    table = Table(
        scores=tuple(scores[kept].tolist()),
        log10_fmr=tuple(log10_fmr[kept].tolist()),
        extrapolated_from=float(measured_to[np.argmax(scores > measured_to)]),
    )
    return Fit(table, tuple(fitted), worst[kept])
