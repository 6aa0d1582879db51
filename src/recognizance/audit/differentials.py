"""Differentials: one rate a group in, figures for how far the groups are apart out. Pure numpy.

Rates are float arrays (..., n) with the n groups on the last axis, so that one call serves an estimate and all its
bootstrap replicates. Sources: Max/Min and Max/GeoMean, NIST IR 8429 (2022); FDR, Pereira and Marcel (2021); IR, Grother
(2021); Gini and GARBE, Howard et al. (2022). A rate of 0 is no evidence of perfection, and would make every ratio
infinite: it is floored at half an error, 1 / (2 trials), and the cell is marked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recognizance.audit.errors import GroupingError
from recognizance.evaluation.intervals import Rate

Figures = NDArray[np.float64]

WEIGHTS = (0.0, 0.5, 1.0)
"""What false matches weigh against misses in the joint figures: nothing, as much, everything."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A group's rate with its interval, and whether it rests on enough data to be compared."""

    group: str
    rate: Rate
    enough: bool = True

    @property
    def floored(self) -> bool:
        """Whether `value` stands in for a rate below half an error."""
        return self.rate.value < self.floor

    @property
    def floor(self) -> float:
        """Half an error in all trials: 1 / (2 trials)."""
        return 1 / (2 * self.rate.trials)

    @property
    def value(self) -> float:
        """The rate that differentials are computed from."""
        return max(self.rate.value, self.floor)


@dataclass(frozen=True, slots=True)
class Differential:
    """How far the groups with enough data are apart in one rate. With fewer than two of them the figures are None.

    `ratios` holds each group's rate over that of the reference; empty without a reference that has enough data.
    """

    metric: str
    cells: tuple[Cell, ...]
    max_min: float | None
    max_geomean: float | None
    gini: float | None
    ratios: Mapping[str, float]

    @property
    def compared(self) -> tuple[Cell, ...]:
        """The cells behind the figures."""
        return tuple(cell for cell in self.cells if cell.enough)

    @property
    def left_out(self) -> tuple[str, ...]:
        """Groups without enough data."""
        return tuple(cell.group for cell in self.cells if not cell.enough)

    @property
    def floored(self) -> tuple[str, ...]:
        """Compared groups whose rate is a floor: with any, a Max/Min is 'at least'."""
        return tuple(cell.group for cell in self.compared if cell.floored)


@dataclass(frozen=True, slots=True)
class Joint:
    """False matches and misses in one figure, at one weight of the former."""

    weight: float
    inequity: float
    fdr: float
    garbe: float


def differential(metric: str, cells: Sequence[Cell], *, reference: str | None = None) -> Differential:
    """Compare the cells that have enough data.

    Raises GroupingError if two cells are of one group, or `reference` names none of the cells.
    """
    names = [cell.group for cell in cells]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise GroupingError(f"the group {repeated[0]!r} has two {metric} cells; give one for each group")
    if reference is not None and reference not in names:
        raise GroupingError(f"the reference {reference!r} is none of the groups {', '.join(names)}")
    compared = {cell.group: cell.value for cell in cells if cell.enough}
    values = np.array(list(compared.values()))
    several = len(values) > 1
    base = compared.get(reference) if reference is not None else None
    return Differential(
        metric=metric,
        cells=tuple(cells),
        max_min=float(max_min(values)) if several else None,
        max_geomean=float(max_geomean(values)) if several else None,
        gini=float(gini(values)) if several else None,
        ratios={name: value / base for name, value in compared.items()} if base is not None else {},
    )


def join(false_match: Differential, miss: Differential, *, weights: Sequence[float] = WEIGHTS) -> tuple[Joint, ...]:
    """FMR and FNMR (or FPIR and FNIR) together, over the groups with enough data in both.

    Raises GroupingError if these are fewer than two.
    """
    first, second = ({cell.group: cell.value for cell in one.compared} for one in (false_match, miss))
    common = [name for name in first if name in second]
    fmr, fnmr = ([side[name] for name in common] for side in (first, second))
    return tuple(
        Joint(
            weight,
            float(inequity(fmr, fnmr, weight=weight)),
            float(fdr(fmr, fnmr, weight=weight)),
            float(garbe(fmr, fnmr, weight=weight)),
        )
        for weight in weights
    )


def max_min(rates: ArrayLike) -> Figures:
    """The highest rate over the lowest; 1 is best."""
    values = _several(rates)
    return np.asarray(values.max(axis=-1) / values.min(axis=-1))


def max_geomean(rates: ArrayLike) -> Figures:
    """The highest rate over the geometric mean of all: max x / exp(mean ln x); 1 is best."""
    values = _several(rates)
    return np.asarray(values.max(axis=-1) / np.exp(np.log(values).mean(axis=-1)))


def gini(rates: ArrayLike) -> Figures:
    """Gini coefficient, corrected for few groups: n / (n - 1) * sum |xi - xj| / (2 n^2 mean x); 0 best, 1 worst."""
    values = _several(rates)
    n = values.shape[-1]
    apart = np.abs(values[..., :, None] - values[..., None, :]).sum(axis=(-2, -1))
    return np.asarray(apart / (2 * n * (n - 1) * values.mean(axis=-1)))


def inequity(fmr: ArrayLike, fnmr: ArrayLike, *, weight: float) -> Figures:
    """Inequity rate: (Max/Min FMR) ** a * (Max/Min FNMR) ** (1 - a) with a = `weight`; 1 is best."""
    return np.asarray(max_min(fmr) ** weight * max_min(fnmr) ** (1 - weight))


def fdr(fmr: ArrayLike, fnmr: ArrayLike, *, weight: float) -> Figures:
    """Fairness discrepancy rate: 1 - [a * max |FMRi - FMRj| + (1 - a) * max |FNMRi - FNMRj|] with a = `weight`.

    1 is best, and low rates are always near it: it must never be the only figure.
    """
    first, second = (np.ptp(_several(rates), axis=-1) for rates in (fmr, fnmr))
    return np.asarray(1 - (weight * first + (1 - weight) * second))


def garbe(fmr: ArrayLike, fnmr: ArrayLike, *, weight: float) -> Figures:
    """Gini aggregation rate for biometric equitability: a * G(FMR) + (1 - a) * G(FNMR), a = `weight`; 0 is best."""
    return np.asarray(weight * gini(fmr) + (1 - weight) * gini(fnmr))


def _several(rates: ArrayLike) -> Figures:
    values = np.asarray(rates, np.float64)
    if values.shape[-1] < 2:
        raise GroupingError(f"a difference needs at least two groups with enough data, got {values.shape[-1]}")
    if values.min() <= 0:
        raise GroupingError("a rate of 0 cannot be compared; floor it at 1 / (2 trials)")
    return values
