"""Actions are timed in turn."""

from __future__ import annotations

from recognizance.bench.timing import interleave, seconds


def test_actions_take_turns_after_the_warm_up():
    told: list[str] = []
    samples = interleave((lambda: told.append("a"), lambda: told.append("b")), rounds=3, warm_up=1)
    assert told == ["a", "b"] * 4
    assert [len(each) for each in samples] == [3, 3]
    assert all(sample >= 0 for each in samples for sample in each)


def test_an_action_runs_once_when_timed():
    told: list[str] = []
    assert seconds(lambda: told.append("a")) >= 0
    assert told == ["a"]
