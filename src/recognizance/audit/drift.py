"""Drift: where the strangers of each search score, in; an alarm when they score otherwise than in the audit, out.

What is watched is one number a search: how far the mean of its best strangers lies from what the curve expects there,
in cosine (`watched`). The numbers of the audit, or of the first searches where there is none, have a mean and a
deviation; a cumulative sum of log-likelihood ratios (CUSUM; Page, 1954) compares what comes later with a mean that lies
`SHIFT` higher or lower. Nothing else is kept: no face, no score.

The sum starts anew at zero, and from any start the chance that it ever reaches A without a shift is at most exp(-A)
(Ville's inequality; searches independent, the numbers normal). Two sums and `HORIZON` starts give the limit below.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, field
from threading import Lock

SHIFT = 0.02
"""The shift, in cosine, that is to be found."""

FALSE_ALARM, HORIZON = 0.01, 100_000
"""Chance of an alarm without a shift, at most, within so many searches."""

LEARNED = 2_000
"""Searches from which the usual is learnt where no audit says it."""

CALM = 1_000
"""Searches in a row whose mean must be back within half of `SHIFT` before an alarm ends."""

NARROWEST = 0.01
"""The least deviation of a tail: a narrower one comes of few people who are searched again and again."""

_LIMIT = math.log(2 * HORIZON / FALSE_ALARM)
_OUTLIER = 3.0  # deviations; farther counts as far: one odd search is no drift
_DOUBT = 3.0  # standard errors that the mean of a baseline may be off without an alarm

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tail:
    """Where strangers score, over so many searches: mean and standard deviation, in cosine from the curve."""

    mean: float
    deviation: float
    searches: int

    def __post_init__(self) -> None:
        if not (math.isfinite(self.mean) and 0 < self.deviation < math.inf and self.searches > 1):
            raise ValueError(f"a tail has a finite mean, a deviation above 0 and two searches or more, got {self}")

    @property
    def doubt(self) -> float:
        """How far the mean may be off for want of searches."""
        return _DOUBT * self.deviation / math.sqrt(self.searches)

    @property
    def is_sure(self) -> bool:
        """Whether it rests on enough searches to tell `SHIFT` from its own doubt."""
        return self.doubt <= SHIFT / 3


@dataclass(slots=True)
class Learner:
    """Mean and deviation of numbers as they come (Welford, 1962)."""

    count: int = 0
    mean: float = 0.0
    _squares: float = 0.0

    def add(self, number: float) -> None:
        """Take one more."""
        self.count += 1
        step = number - self.mean
        self.mean += step / self.count
        self._squares += step * (number - self.mean)

    def tail(self) -> Tail:
        """What was learnt from two numbers or more."""
        return Tail(self.mean, max(NARROWEST, math.sqrt(self._squares / (self.count - 1))), self.count)


@dataclass(slots=True)
class _Sum:
    """The sum on one side, and the numbers since it was last zero."""

    value: float = 0.0
    run: Learner = field(default_factory=Learner)

    def add(self, gain: float, number: float) -> bool:
        self.value += gain
        if self.value <= 0:
            self.value, self.run = 0.0, Learner()
        else:
            self.run.add(number)
        return self.value >= _LIMIT


class ShiftTest:
    """The two sums. Not for several threads at once."""

    def __init__(self, usual: Tail) -> None:
        """`usual`: a tail that is sure."""
        self.usual = usual
        self._middle = (usual.doubt + SHIFT) / 2
        self._weight = (SHIFT - usual.doubt) / usual.deviation**2
        self._up, self._down = _Sum(), _Sum()

    def add(self, number: float) -> float | None:
        """Take the number of one more search; gives the shift where one is found, and starts anew."""
        reach = _OUTLIER * self.usual.deviation
        away = min(reach, max(-reach, number - self.usual.mean))
        for total, side in ((self._up, away), (self._down, -away)):
            if total.add(self._weight * (side - self._middle), away):
                self._up, self._down = _Sum(), _Sum()
                return total.run.mean
        return None


@dataclass(frozen=True, slots=True)
class Drift:
    """How things stand. `baseline` is `audit`, `learnt` or `learning`; `shift` is the latest known, in cosine."""

    searches: int
    baseline: str
    shift: float
    alarm: bool
    alarms: int


class DriftWatch:
    """Watches the numbers of all searches. Safe to call from several threads; tells an alarm once, and its end."""

    def __init__(self, audited: Tail | None = None) -> None:
        """`audited`: the tail of the audit. Without one that is sure, the usual is learnt."""
        self._lock = Lock()
        self._test = ShiftTest(audited) if audited is not None and audited.is_sure else None
        self._baseline = "learning" if self._test is None else "audit"
        self._recent = Learner()
        self._searches = self._alarms = 0
        self._shift, self._alarm = 0.0, False

    def see(self, number: float) -> None:
        """Take the number of one more search."""
        with self._lock:
            self._searches += 1
            if self._test is None:
                self._learn(number)
                return
            self._recent.add(number - self._test.usual.mean)
            if not self._alarm:
                shift = self._test.add(number)
                if shift is not None:
                    self._begin(shift)
            elif self._recent.count == CALM and abs(self._recent.mean) < SHIFT / 2:
                self._end()
            if self._recent.count == CALM:
                self._shift, self._recent = self._recent.mean, Learner()

    def drift(self) -> Drift:
        """How things stand."""
        with self._lock:
            return Drift(self._searches, self._baseline, self._shift, self._alarm, self._alarms)

    def _learn(self, number: float) -> None:
        self._recent.add(number)
        if self._recent.count == LEARNED:
            usual, self._recent = self._recent.tail(), Learner()
            self._test, self._baseline = ShiftTest(usual), "learnt"
            log.info("drift: learnt from %d searches where strangers score: %.3f", usual.searches, usual.mean)

    def _begin(self, shift: float) -> None:
        self._alarm, self._shift, self._recent = True, shift, Learner()
        self._alarms += 1
        log.warning(
            "drift: strangers score %+.3f from the baseline (%s), search %d: error rates measured before may not hold; "
            "audit again on pictures of today",
            shift,
            self._baseline,
            self._searches,
        )

    def _end(self) -> None:
        self._alarm = False
        log.info("drift: strangers score as in the baseline again, search %d", self._searches)
