"""Intervals: counted errors in, 95 % intervals out, that know that pairs share faces.

Two pairs with a person in common are not independent, so a rate over m pairs is less certain than m throws of a coin.
The variance of a rate is computed over people (Fogliato, Patil and Perona, 2024), turned into the number of
independent trials that would have it, and Wilson's interval is taken at that number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from recognizance.evaluation.trials import BoolArray, IntArray, Labels, NonMated, Pairs

_Z = 1.959963984540054  # the normal deviate of a two-sided 95 % interval


@dataclass(frozen=True, slots=True)
class Rate:
    """A measured rate: `events` in `trials`, and its 95 % interval."""

    events: int
    trials: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """Events over trials."""
        return self.events / self.trials


def wilson(events: int, trials: int, *, effective: float | None = None) -> Rate:
    """Wilson's 95 % interval. `effective`: how many independent trials the evidence is worth, all if None.

    With no event the upper end is near 3.8 / trials: the rule of 3, a little on the careful side.
    """
    n = trials if effective is None else effective
    p = events / trials
    middle = (p + _Z * _Z / (2 * n)) / (1 + _Z * _Z / n)
    half = _Z / (1 + _Z * _Z / n) * math.sqrt(p * (1 - p) / n + _Z * _Z / (4 * n * n))
    # At no event, and at nothing but events, the formula ends at 0 or 1 but for rounding.
    return Rate(events, trials, middle - half if events else 0.0, middle + half if events < trials else 1.0)


def rate_over_people(errors: BoolArray, person: IntArray) -> Rate:
    """Rate of errors among trials that belong to one person each; `errors` bool (m,), `person` int64 (m,).

    Without any error, or without any success, the people are the trials.
    """
    trials, events = len(errors), int(errors.sum())
    p = events / trials
    residuals = np.bincount(np.unique(person, return_inverse=True)[1], weights=errors - p)
    variance = float((residuals**2).sum()) / trials**2
    people = len(residuals)
    effective = p * (1 - p) / variance if 0 < events < trials and variance > 0 else people
    return wilson(events, trials, effective=min(float(trials), effective))


def false_match_rate(comparisons: NonMated, labels: Labels, matches: Pairs) -> Rate:
    """FMR of the given false matches, whose pairs may share people on either side.

    `matches` are the pairs at or above the threshold (`trials.non_mated_above`). Without any, pairs are taken as
    independent.
    """
    total, events = comparisons.total, len(matches.scores)
    if not events:
        return wilson(0, total)
    p = events / total
    variance = _pair_variance(comparisons, labels, matches, p)
    effective = p * (1 - p) / variance if variance > 0 else total
    return wilson(events, total, effective=min(float(total), effective))


def _pair_variance(comparisons: NonMated, labels: Labels, matches: Pairs, p: float) -> float:
    """Variance of a rate over pairs of people: the covariances of all pairs with a person in common.

    With e(k,l) = matches - p * comparisons between people k and l, and h(k) the sum of e(k,l) over l, it is
    [sum h(k)^2 - sum e(k,l)^2] / total^2: the first sum counts each pair's own square twice. Where chance made the
    covariance negative it counts as none, so that it does not narrow the interval.
    """
    people = int(labels.person.max()) + 1
    one, other = labels.person[matches.first], labels.person[matches.second]
    in_matches = np.bincount(one, minlength=people) + np.bincount(other, minlength=people)
    in_comparisons = np.bincount(labels.person, weights=comparisons.by_photo, minlength=people)
    shared = float(((in_matches - p * in_comparisons) ** 2).sum())

    pictures = np.bincount(labels.person, minlength=people).astype(np.float64)
    pair, found = np.unique(np.stack([np.minimum(one, other), np.maximum(one, other)]), axis=1, return_counts=True)
    compared = pictures[pair[0]] * pictures[pair[1]]
    # People of two batches are never compared; counting them here moves a term of order p squared, no more.
    all_squared = ((pictures**2).sum() ** 2 - (pictures**4).sum()) / 2
    own = float((found**2 - 2 * p * found * compared).sum() + p * p * all_squared)
    return max(shared - own, own) / comparisons.total**2
