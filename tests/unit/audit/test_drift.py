"""The drift watch, simulated: it finds a shift of 0.02 in 5,000 searches, and none in 100,000 where there is none."""

from __future__ import annotations

import logging
import threading

import numpy as np
import pytest

from recognizance.audit.drift import (
    CALM,
    FALSE_ALARM,
    HORIZON,
    LEARNED,
    NARROWEST,
    SHIFT,
    DriftWatch,
    Learner,
    ShiftTest,
    Tail,
)

SEEDS = 100


def draw(rng, count, shape):
    """Numbers of searches: how far strangers score from the curve. People differ by about 0.04."""
    normal = rng.normal(0.0, 0.04, count)
    if shape == "normal":
        return normal
    if shape == "skewed":
        return rng.gumbel(0.0, 0.04 / 1.2825, count)
    return normal + 0.1 * (rng.random(count) < 0.1)  # one in ten is of a kind that looks more alike


def usual(rng, shape):
    learner = Learner()
    for number in draw(rng, LEARNED, shape).tolist():
        learner.add(number)
    return learner.tail()


def caught(test, numbers):
    """The search at which a shift is found, None if none is."""
    return next((at for at, number in enumerate(numbers.tolist(), 1) if test.add(number) is not None), None)


@pytest.mark.parametrize("shift", [SHIFT, -SHIFT])
@pytest.mark.parametrize("shape", ["normal", "skewed", "mixed"])
def test_a_shift_is_found_within_5000_searches(shape, shift):
    found = 0
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        found += caught(ShiftTest(usual(rng, shape)), draw(rng, 5_000, shape) + shift) is not None
    assert found >= 0.95 * SEEDS


def side_by_side(tails, numbers):
    """What `ShiftTest` does, for many runs at once: when each finds a shift, 0 for never. `numbers` (searches, runs)."""
    mean, deviation, doubt = (
        np.array([getattr(tail, name) for tail in tails]) for name in ("mean", "deviation", "doubt")
    )
    weight, middle = (SHIFT - doubt) / deviation**2, (doubt + SHIFT) / 2
    limit = np.log(2 * HORIZON / FALSE_ALARM)
    found = np.zeros(len(tails), int)
    up = down = np.zeros(len(tails))
    for at, row in enumerate(numbers, 1):
        away = np.clip(row - mean, -3 * deviation, 3 * deviation)
        up, down = (np.maximum(0, total + weight * (side - middle)) for total, side in ((up, away), (down, -away)))
        found[(found == 0) & (np.maximum(up, down) >= limit)] = at
    return found


def test_many_runs_side_by_side_are_what_one_after_another_are():
    rngs = [np.random.default_rng(seed) for seed in range(10)]
    tails = [usual(rng, "mixed") for rng in rngs]
    numbers = np.stack([draw(rng, 3_000, "mixed") + shift for rng, shift in zip(rngs, (0, 0.02) * 5, strict=True)], 1)
    one_by_one = [caught(ShiftTest(tail), column) or 0 for tail, column in zip(tails, numbers.T, strict=True)]
    assert side_by_side(tails, numbers).tolist() == one_by_one
    assert 0 < np.count_nonzero(one_by_one) < 10


@pytest.mark.parametrize("shape", ["normal", "skewed", "mixed"])
def test_no_shift_is_found_in_100000_searches_without_one(shape):
    rngs = [np.random.default_rng(seed) for seed in range(SEEDS)]
    tails = [usual(rng, shape) for rng in rngs]
    numbers = np.stack([draw(rng, HORIZON, shape) for rng in rngs], axis=1)
    assert np.count_nonzero(side_by_side(tails, numbers)) <= 0.05 * SEEDS


def test_the_shift_is_told():
    rng = np.random.default_rng(0)
    test = ShiftTest(Tail(0.1, 0.04, 10_000))
    told = next(shift for number in draw(rng, 5_000, "normal") + 0.16 if (shift := test.add(number)) is not None)
    assert told == pytest.approx(0.06, abs=0.02)


def test_one_odd_search_is_no_drift():
    test = ShiftTest(Tail(0.0, 0.04, 10_000))
    assert [test.add(number) for number in (1.0, -1.0, 1.0)] == [None] * 3


def feed(watch, numbers):
    for number in np.asarray(numbers).tolist():
        watch.see(number)


def test_an_alarm_is_told_once_and_so_is_its_end(caplog):
    rng = np.random.default_rng(1)
    watch = DriftWatch(Tail(0.0, 0.04, 10_000))
    with caplog.at_level(logging.INFO, logger="recognizance.audit.drift"):
        feed(watch, draw(rng, 3_000, "normal"))
        assert (watch.drift().alarm, watch.drift().alarms, caplog.messages) == (False, 0, [])
        feed(watch, draw(rng, 4_000, "normal") + 0.03)
        assert (watch.drift().alarm, watch.drift().alarms) == (True, 1)
        assert watch.drift().shift == pytest.approx(0.03, abs=0.005)
        feed(watch, draw(rng, 2 * CALM + 1, "normal"))
        assert (watch.drift().alarm, watch.drift().alarms) == (False, 1)
        feed(watch, draw(rng, 1_000, "normal") - 0.03)
        assert (watch.drift().alarm, watch.drift().alarms) == (True, 2)
    warned = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warned) == 2
    assert "baseline (audit)" in warned[0].getMessage()
    assert sum("again" in record.getMessage() for record in caplog.records if record.levelno == logging.INFO) == 1


def test_without_an_audit_the_first_searches_say_what_is_usual(caplog):
    rng = np.random.default_rng(2)
    watch = DriftWatch()
    with caplog.at_level(logging.INFO, logger="recognizance.audit.drift"):
        feed(watch, draw(rng, LEARNED - 1, "normal") + 0.3)
        assert watch.drift().baseline == "learning"
        watch.see(0.3)
        assert watch.drift().baseline == "learnt"
    assert f"learnt from {LEARNED} searches" in caplog.text
    feed(watch, draw(rng, 2_000, "normal") + 0.3)
    assert not watch.drift().alarm
    feed(watch, draw(rng, 2_000, "normal") + 0.33)
    assert watch.drift().alarm
    assert watch.drift().searches == LEARNED + 4_000


def test_an_audit_of_too_few_searches_is_no_baseline():
    assert DriftWatch(Tail(0.0, 0.04, 40)).drift().baseline == "learning"
    assert DriftWatch(Tail(0.0, 0.04, 400)).drift().baseline == "audit"


def test_a_baseline_of_one_person_searched_again_and_again_is_not_narrow():
    learner = Learner()
    for _ in range(3):
        learner.add(0.2)
    assert (learner.tail().deviation, learner.tail().searches) == (NARROWEST, 3)


@pytest.mark.parametrize(
    "tail",
    [(0.0, 0.0, 9), (0.0, -1.0, 9), (float("nan"), 0.1, 9), (0.0, float("inf"), 9), (0.0, 0.1, 1)],
)
def test_a_tail_that_is_none_is_refused(tail):
    with pytest.raises(ValueError, match="a deviation above 0 and two searches or more"):
        Tail(*tail)


def test_threads_lose_no_search():
    watch = DriftWatch()
    threads = [threading.Thread(target=feed, args=(watch, [0.1] * 500)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert watch.drift().searches == 4_000
