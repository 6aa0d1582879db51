"""The drift watch at work: it sees each search's strangers as the index scored them, and shows as metrics."""

from __future__ import annotations

import numpy as np
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from recognizance.audit.drift import DriftWatch, Tail
from recognizance.audit.watched import FEWEST, DriftMetrics, WatchedCohort
from recognizance.evaluation.cohort import SAME_PERSON_LOG10_FMR, Cohort
from recognizance.testing.curve import LinearCurve

TABLE = LinearCurve.table
SIZE = 2_000


def best(rng, size, places, shift=0.0):
    """The best scores among strangers who score as the curve says, float32 (places,)."""
    log10_fmr = np.sort(np.log10(rng.random(size)))
    scores = np.interp(-log10_fmr, [-rate for rate in TABLE.log10_fmr], TABLE.scores)
    return (scores[:places] + shift).astype(np.float32)


def watched():
    seen = []
    return WatchedCohort(TABLE, seen.append), seen


def test_searches_come_out_as_without_the_watch():
    cohort, seen = watched()
    scores = best(np.random.default_rng(0), SIZE, cohort.places(SIZE))
    assert cohort.rescaling(scores, SIZE) == Cohort(TABLE).rescaling(scores, SIZE)
    assert len(seen) == 1


def test_strangers_as_the_curve_has_them_are_at_zero_and_a_shift_is_seen_in_full():
    rng = np.random.default_rng(0)
    cohort, seen = watched()
    for shift in (0.0, 0.02):
        for _ in range(200):
            cohort.rescaling(best(rng, SIZE, cohort.places(SIZE), shift), SIZE)
    assert np.mean(seen[:200]) == pytest.approx(0, abs=0.005)
    assert np.mean(seen[200:]) - np.mean(seen[:200]) == pytest.approx(0.02, abs=0.004)


def test_pictures_of_the_probes_person_are_no_strangers():
    cohort, seen = watched()
    strangers = best(np.random.default_rng(0), SIZE, cohort.places(SIZE))
    mates = np.linspace(0.95, TABLE.score_at(SAME_PERSON_LOG10_FMR), 20, dtype=np.float32) + np.float32(1e-6)
    with_mates = np.concatenate([mates, strangers])[: len(strangers)]
    cohort.rescaling(with_mates, SIZE)
    expected = Cohort(TABLE).expected_spread((len(strangers) - 1) / SIZE).mean
    assert seen == [pytest.approx(float(strangers[:-20].mean()) - expected, abs=1e-6)]


@pytest.mark.parametrize(("size", "told"), [(10 * FEWEST - 1, 0), (10 * FEWEST, 1)])
def test_a_small_gallery_tells_nothing(size, told):
    cohort, seen = watched()
    cohort.rescaling(best(np.random.default_rng(0), size, cohort.places(size)), size)
    assert len(seen) == told


def test_the_state_shows_as_metrics():
    watch = DriftWatch(Tail(0.0, 0.04, 10_000))
    registry = CollectorRegistry()
    registry.register(DriftMetrics(watch))
    for _ in range(1_000):
        watch.see(0.1)
    lines = generate_latest(registry).decode().splitlines()
    assert "recognizance_drift_searches_total 1000.0" in lines
    assert "recognizance_drift_alarms_total 1.0" in lines
    assert "recognizance_drift_alarm 1.0" in lines
    assert 'recognizance_drift_baseline{baseline="audit"} 1.0' in lines
    assert any(line.startswith("recognizance_drift_shift 0.1") for line in lines)
