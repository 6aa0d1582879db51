"""Watched: the gallery's cohort, with the drift watch looking on; what is watched, as metrics.

A cohort sees the best scores of every search that are no match, which are the tail that drifts. They are taken raw: on
the curve's scale the cohort would have put most of a shift right, and the shift would go unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from recognizance import ports
from recognizance.audit.drift import DriftWatch
from recognizance.evaluation.cohort import SAME_PERSON_LOG10_FMR, Cohort
from recognizance.evaluation.curve import Table
from recognizance.values import FloatArray, Rescaling

FEWEST = 20
"""Strangers' scores that a search needs to tell something: it is looked at in galleries of 200 and more."""


class WatchedCohort(ports.Cohort):
    """The cohort of a curve as it is; `see` is told how far each search's strangers score from it, in cosine."""

    def __init__(self, table: Table, see: Callable[[float], None]) -> None:
        """`table`: the false match rates of the curve."""
        self._cohort = Cohort(table)
        self._same_person = table.score_at(SAME_PERSON_LOG10_FMR)
        self._see = see

    def places(self, size: int) -> int:
        """As many as the cohort wants."""
        return self._cohort.places(size)

    def rescaling(self, scores: FloatArray, size: int) -> Rescaling:
        """The cohort's line."""
        others = scores[1:]  # the best may be the mate
        strangers = others[others < self._same_person]
        if len(strangers) >= FEWEST:
            self._see(float(strangers.mean()) - self._cohort.expected_spread(len(others) / size).mean)
        return self._cohort.rescaling(scores, size)


class DriftMetrics(Collector):
    """The state of a watch, as it is when somebody asks."""

    def __init__(self, watch: DriftWatch) -> None:
        self._watch = watch

    def collect(self) -> Iterable[Metric]:
        """The metrics `recognizance_drift_*`."""
        drift = self._watch.drift()
        yield CounterMetricFamily("recognizance_drift_searches", "Searches watched.", drift.searches)
        yield CounterMetricFamily("recognizance_drift_alarms", "Alarms raised.", drift.alarms)
        yield GaugeMetricFamily("recognizance_drift_alarm", "1 while strangers score unlike the baseline.", drift.alarm)
        yield GaugeMetricFamily("recognizance_drift_shift", "Latest shift of strangers' scores, cosine.", drift.shift)
        baseline = GaugeMetricFamily("recognizance_drift_baseline", "1 for the baseline in use.", labels=["baseline"])
        baseline.add_metric([drift.baseline], 1)
        yield baseline
