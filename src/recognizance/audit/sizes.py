"""Sizes: how many trials a claim needs, and the verdict whether a cell has them.

Too small a cell must read "not enough data", never "no difference". The rules, with p for the rate in question:
rule of 3 (no error in 3 / p trials puts the rate at or under p with 95 % confidence), rule of 30 (30 errors, so 30 / p
trials, put it within 30 % with 90 % confidence; Doddington et al., 2000), and the size from which a ratio r between two
groups shows (log rate ratio, power 0.8 at 5 %): n = (z_0.975 + z_0.8)^2 (1 / p + 1 / (r p)) / (ln r)^2.
"""

from __future__ import annotations

import math
from enum import StrEnum
from statistics import NormalDist

from scipy.optimize import brentq

from recognizance.evaluation.intervals import Rate

PEOPLE_NEEDED = 20
"""Fewer people than this cannot show how much people differ, and every interval rests on that."""

_ROUNDING = 1e-7

_Z = NormalDist().inv_cdf(0.975)
_Z_POWER = NormalDist().inv_cdf(0.8)


class Verdict(StrEnum):
    """Whether a cell may be read as a finding."""

    ENOUGH = "enough data"
    NOT_ENOUGH = "not enough data"


def rule_of_three(trials: float) -> float:
    """The 95 % upper bound of a rate after no error in so many independent trials: 3 / n, at most 1."""
    return min(1.0, 3 / trials)


def trials_to_bound(rate: float) -> int:
    """Trials without an error that put a rate at or under `rate` (rule of 3)."""
    return math.ceil(3 / rate)


def trials_to_measure(rate: float) -> int:
    """Trials that measure a rate of `rate` to within 30 % (rule of 30)."""
    return math.ceil(30 / rate)


def trials_to_compare(rate: float, ratio: float) -> int:
    """Trials in each of two groups that show a rate of `ratio` (over 1) times `rate` beside one of `rate`."""
    return math.ceil(_trials_to_compare(rate, ratio))


def detectable_ratio(rate: float, trials: float) -> float | None:
    """The smallest ratio to a rate of `rate` that so many trials in each group show; None if they show none."""
    largest = 1 / rate
    if _trials_to_compare(rate, largest) > trials:
        return None
    return math.exp(brentq(lambda log: _trials_to_compare(rate, math.exp(log)) - trials, 1e-9, math.log(largest)))


def effective_trials(rate: Rate) -> float:
    """How many independent trials an interval is worth: Wilson's formula, solved for their number.

    It follows from low * high = p^2 / (1 + z^2 / n), and at no event from high = z^2 / (n + z^2).
    """
    if rate.events == 0:
        return _Z**2 * (1 - rate.high) / rate.high
    if rate.events == rate.trials:
        return _Z**2 * rate.low / (1 - rate.low)
    product = rate.low * rate.high
    return _Z**2 * product / (rate.value**2 - product)


def judge(rate: Rate, *, people: int, trials_needed: float) -> Verdict:
    """Whether a cell of so many people, at its worth in independent trials, may be read as a finding."""
    # Solving an interval for its trials gives their number back but for rounding: 3,000 come out as 2,999.999.
    enough = people >= PEOPLE_NEEDED and effective_trials(rate) >= trials_needed * (1 - _ROUNDING)
    return Verdict.ENOUGH if enough else Verdict.NOT_ENOUGH


def _trials_to_compare(rate: float, ratio: float) -> float:
    return (_Z + _Z_POWER) ** 2 * (1 / rate + 1 / (ratio * rate)) / math.log(ratio) ** 2
