"""Bootstrap: errors and whose they are in, resampled rates and intervals of ratios between groups out.

People are resampled, with all their pictures, never pairs: pairs share faces. A person drawn twice is not compared
with himself, for the copies of a picture at distance zero would be errors that nobody made. What bias remains is taken
out by recentring (Conti and Clemencon, ICLR 2024): only deviations from the mean of the replicates are used.

Two more corrections make the intervals hold what they promise. Weights of both people multiply in a pair, which counts
the pair's own chance three times (Owen and Eckles, 2012), so deviations are scaled to the variance of the rate over
people (`evaluation.intervals`; Fogliato, Patil and Perona, 2024). And deviations are kept for the square root of the
rate, which varies alike at any rate, so that few events do not skew a ratio.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array

from recognizance.audit.differentials import Figures
from recognizance.audit.errors import GroupingError, NoTrialsError
from recognizance.audit.sizes import effective_trials
from recognizance.evaluation.intervals import Rate, false_match_rate, rate_over_people
from recognizance.evaluation.trials import BoolArray, IntArray, Labels, NonMated, Pairs

REPLICATES = 2000

_AT_ONCE = 250
_TAILS = (0.025, 0.975)
_MOST_BY_CHANCE = 0.95
_ALIKE = 1e-9  # replicates this close, relative to the rate, differ by rounding alone


@dataclass(frozen=True, slots=True, eq=False)
class Resampled:
    """A rate, and recentred bootstrap deviations of its square root, float64 (B,), of mean 0."""

    rate: Rate
    deviations: Figures

    @property
    def floor(self) -> float:
        """Half an error in all trials: no replicate of a ratio uses a lower rate."""
        return 1 / (2 * self.rate.trials)

    def around(self, rate: float) -> Figures:
        """Rates that chance could have shown in place of `rate`, float64 (B,), floored."""
        rates: Figures = np.maximum(np.sqrt(rate) + self.deviations, np.sqrt(self.floor)) ** 2
        return rates

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the rate itself; without an event its Wilson interval, for a bootstrap sees nothing then."""
        if not self.rate.events:
            return self.rate.low, self.rate.high
        low, high = np.quantile(np.sqrt(self.rate.value) + self.deviations, _TAILS)
        return max(0.0, float(low)) ** 2, min(1.0, float(high) ** 2)


@dataclass(frozen=True, slots=True)
class RatioEstimate:
    """A ratio of rates and its 95 % interval; `high` is None where a rate without an error sets no upper limit.

    `by_chance` is what the ratio would reach in 95 of 100 audits of groups whose rates are all equal, and None for a
    ratio of two named groups, which is as often under 1 as over it.
    """

    value: float
    low: float
    high: float | None
    by_chance: float | None = None


def resample_pairs(
    comparisons: NonMated, labels: Labels, matches: Pairs, *, rng: np.random.Generator, replicates: int = REPLICATES
) -> Resampled:
    """Resample the people behind a false match rate.

    `matches` are the non-mated pairs at or above the threshold, as in `evaluation.intervals.false_match_rate`.
    Comparisons of two people are taken as in proportion to those that each took part in, which is exact where
    everybody has one picture. Give all groups of one audit the same `rng`, so that no two see the same draws. Raises
    NoTrialsError without non-mated pairs.
    """
    if not comparisons.total:
        raise NoTrialsError("no non-mated pairs: a false match rate needs at least two people who may be compared")
    people, person = np.unique(labels.person, return_inverse=True)
    taken = np.bincount(person, weights=comparisons.by_photo)
    first, second = person[matches.first], person[matches.second]
    matched = coo_array((np.ones(len(first)), (first, second)), shape=(len(people), len(people))).tocsr()

    def rates(weights: Figures) -> Figures:
        found = np.einsum("bk,bk->b", weights @ matched, weights)
        weighted = weights * taken
        compared = weighted.sum(axis=1) ** 2 - (weighted**2).sum(axis=1)
        share = compared / (taken.sum() ** 2 - (taken**2).sum())
        drawn: Figures = np.divide(found, share * comparisons.total, out=np.zeros_like(found), where=share > 0)
        return drawn

    rate = false_match_rate(comparisons, labels, matches)
    return _resample(rate, rates, len(people), rng=rng, replicates=replicates)


def resample_people(
    errors: BoolArray, person: IntArray, *, rng: np.random.Generator, replicates: int = REPLICATES
) -> Resampled:
    """Resample the people behind a rate whose trials belong to one person each: FNMR, FNIR, FPIR, FTE.

    `errors` bool (m,), `person` int64 (m,). Raises NoTrialsError without trials.
    """
    if not len(errors):
        raise NoTrialsError("no trials: misses are counted in mated pairs or searches, which take second photographs")
    code = np.unique(person, return_inverse=True)[1]
    wrong, tried = np.bincount(code, weights=errors), np.bincount(code)

    def rates(weights: Figures) -> Figures:
        return (weights @ wrong) / (weights @ tried)

    return _resample(rate_over_people(errors, person), rates, len(tried), rng=rng, replicates=replicates)


def spread(summary: Callable[[Figures], Figures], groups: Sequence[Resampled]) -> RatioEstimate:
    """`max_min` or `max_geomean` of rates (..., n), with a basic bootstrap interval on the log scale.

    Chance alone sets groups apart, so an estimate that chance reaches has 1 as its low end. The groups must not share
    people. Raises GroupingError for fewer than two, or if they were not resampled equally often.
    """
    if len(groups) < 2:
        raise GroupingError(f"a spread needs at least two groups with enough data, got {len(groups)}")
    _require_equal_lengths(groups)
    values = [max(group.rate.value, group.floor) for group in groups]
    value = float(summary(np.array(values)))
    replicates = summary(np.stack([group.around(rate) for group, rate in zip(groups, values, strict=True)], axis=-1))
    low, high = _reflect(value, replicates)
    together = sum(group.rate.events for group in groups) / sum(group.rate.trials for group in groups)
    equal = summary(np.stack([group.around(together) for group in groups], axis=-1))
    by_chance = float(np.quantile(equal, _MOST_BY_CHANCE))
    return RatioEstimate(
        value,
        low=1.0 if value <= by_chance else max(1.0, low),
        high=high if all(group.rate.events for group in groups) else None,
        by_chance=by_chance,
    )


def ratio(group: Resampled, reference: Resampled) -> RatioEstimate:
    """One group's rate over another's, both floored, with a basic bootstrap interval on the log scale.

    Without an error in the group the low end is 0. Raises GroupingError if the two were not resampled equally often.
    """
    _require_equal_lengths([group, reference])
    above, below = (max(one.rate.value, one.floor) for one in (group, reference))
    low, high = _reflect(above / below, group.around(above) / reference.around(below))
    return RatioEstimate(
        above / below, low=low if group.rate.events else 0.0, high=high if reference.rate.events else None
    )


def _require_equal_lengths(groups: Sequence[Resampled]) -> None:
    lengths = [str(length) for length in dict.fromkeys(len(group.deviations) for group in groups)]
    if len(lengths) > 1:
        raise GroupingError(f"groups were resampled {' and '.join(lengths)} times; resample all equally often")


def _reflect(value: float, replicates: Figures) -> tuple[float, float]:
    """Basic interval: as far as replicates lie above the estimate, the estimate may lie above the truth."""
    low, high = np.quantile(np.log(replicates), _TAILS)
    return float(np.exp(2 * np.log(value) - high)), float(np.exp(2 * np.log(value) - low))


def _resample(
    rate: Rate, rates: Callable[[Figures], Figures], people: int, *, rng: np.random.Generator, replicates: int
) -> Resampled:
    """Deviations of the rate's square root; `rates` gives the rates (b,) at weights (b, people)."""
    parts = [rates(_draw(rng, min(_AT_ONCE, replicates - done), people)) for done in range(0, replicates, _AT_ONCE)]
    drawn = np.concatenate(parts)
    worth = effective_trials(rate)
    if drawn.std() <= _ALIKE * rate.value:
        # Without an event every replicate is the estimate; but the root of any rate varies by about 1 / (2 sqrt n).
        deviations = rng.standard_normal(replicates) / (2 * np.sqrt(worth))
    else:
        deviations = np.sqrt(drawn) * np.sqrt(rate.value * (1 - rate.value) / worth) / drawn.std()
    return Resampled(rate, deviations - deviations.mean())


def _draw(rng: np.random.Generator, replicates: int, people: int) -> Figures:
    """How often each person is drawn, float64 (replicates, people), each row summing to `people`."""
    chosen = rng.integers(0, people, (replicates, people)) + people * np.arange(replicates)[:, None]
    return np.bincount(chosen.ravel(), minlength=replicates * people).reshape(replicates, people).astype(np.float64)
