"""Significance: each group against all the others together, with p-values corrected for the number of groups.

Pairs share people, so events and trials are first divided by the design effect, to what they are worth as independent
trials (Rao and Scott, 1992); Fisher's exact test is taken on those. Holm's correction then keeps the chance of even
one false alarm, over all groups, at 5 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import fisher_exact

from recognizance.audit.differentials import Cell, Figures
from recognizance.audit.errors import GroupingError
from recognizance.audit.sizes import effective_trials


@dataclass(frozen=True, slots=True)
class Difference:
    """A group against the rest: ratio of the (floored) rates, and the two-sided p-value before and after Holm."""

    group: str
    ratio: float
    p_value: float
    p_holm: float


def compare_with_rest(cells: Sequence[Cell]) -> tuple[Difference, ...]:
    """Test every cell with enough data against the others. The groups must not share people.

    Raises GroupingError if fewer than two cells have enough data.
    """
    compared = [cell for cell in cells if cell.enough]
    if len(compared) < 2:
        raise GroupingError(f"a comparison needs at least two groups with enough data, got {len(compared)}")
    rests = [_Worth.of([other for other in compared if other is not cell]) for cell in compared]
    p_values = [_fisher(_Worth.of([cell]), rest) for cell, rest in zip(compared, rests, strict=True)]
    return tuple(
        Difference(cell.group, cell.value / rest.floored, p_value, float(corrected))
        for cell, rest, p_value, corrected in zip(compared, rests, p_values, holm(p_values), strict=True)
    )


def holm(p_values: ArrayLike) -> Figures:
    """Holm's step-down adjustment (1979): compare the results to 0.05 as they stand. Float64 (n,), order kept."""
    values = np.asarray(p_values, np.float64)
    order = np.argsort(values, kind="stable")
    stepped = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


@dataclass(frozen=True, slots=True)
class _Worth:
    """A rate over all trials of some cells, and how many independent trials it is worth."""

    rate: float
    floored: float
    trials: float

    @classmethod
    def of(cls, cells: Sequence[Cell]) -> _Worth:
        if len(cells) == 1:
            return cls(cells[0].rate.value, cells[0].value, effective_trials(cells[0].rate))
        events = sum(cell.rate.events for cell in cells)
        total = sum(cell.rate.trials for cell in cells)
        floored = max(events / total, 1 / (2 * total))
        # The pooled rate is a mean of independent rates, weighted by trials; so is its variance, by their squares.
        variance = sum(
            (cell.rate.trials / total) ** 2 * cell.value * (1 - cell.value) / effective_trials(cell.rate)
            for cell in cells
        )
        return cls(events / total, floored, min(floored * (1 - floored) / variance, total) if variance else total)


def _fisher(one: _Worth, other: _Worth) -> float:
    table = [[round(side.rate * side.trials), round((1 - side.rate) * side.trials)] for side in (one, other)]
    return float(fisher_exact(table).pvalue)
