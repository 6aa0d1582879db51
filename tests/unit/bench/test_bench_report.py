"""Records of a bench run: what a ratio is, when a target is met, and what the JSON holds."""

from __future__ import annotations

import json

import pytest

from recognizance.bench.report import Figure, Floor, Machine, Omission, Report, Spread, Target, this_machine

FLOOR = Floor("bare", Spread.of([10.0]))
MACHINE = Machine("Some CPU", 2, 8.0, "Linux 6", "3.11.2", 0.5)


def figure(value: float, target: Target | None = None, floor: Floor | None = FLOOR) -> Figure:
    return Figure("case", "what it does", "ms", Spread.of([value]), floor, target)


@pytest.mark.parametrize(
    ("samples", "scale", "expected"),
    [
        ([3.0], 1.0, Spread(3.0, 3.0, 3.0, 1)),
        ([5.0, 1.0, 2.0], 1.0, Spread(1.0, 2.0, 5.0, 3)),
        ([0.004, 0.001, 0.002, 0.003], 1000.0, Spread(1.0, 2.5, 4.0, 4)),
    ],
    ids=["one sample", "in any order", "scaled, even count"],
)
def test_a_spread_sums_up_samples(samples, scale, expected):
    assert Spread.of(samples, scale) == expected


@pytest.mark.parametrize(
    ("value", "target", "met"),
    [
        (12.5, Target("at most", 1.25, "ratio"), True),
        (12.6, Target("at most", 1.25, "ratio"), False),
        (17.0, Target("at least", 1.7, "ratio"), True),
        (16.9, Target("at least", 1.7, "ratio"), False),
        (3.0, Target("at most", 3.0, "median"), True),
        (3.1, Target("at most", 3.0, "median"), False),
        (3.1, None, None),
    ],
    ids=["ratio on the limit", "ratio over", "speedup reached", "speedup missed", "value", "value over", "no target"],
)
def test_a_target_is_met_or_not(value, target, met):
    assert figure(value, target).met is met


def test_a_figure_without_floor_has_no_ratio():
    assert figure(1.0, floor=None).ratio is None


def test_a_target_for_the_ratio_needs_a_floor():
    with pytest.raises(ValueError, match="case has a target for its ratio and no floor"):
        figure(1.0, Target("at most", 1.0, "ratio"), floor=None)


def test_the_json_holds_ratio_and_verdict():
    report = Report(
        "2026-01-31T12:00:00+00:00",
        "0.1.0",
        False,
        MACHINE,
        (figure(12.0, Target("at most", 1.25, "ratio")),),
        (Omission("peers.x", "x is not installed"),),
    )
    plain = json.loads(json.dumps(report.to_json()))
    assert plain["machine"]["cores"] == 2
    assert plain["omissions"] == [{"name": "peers.x", "reason": "x is not installed"}]
    [found] = plain["figures"]
    assert (found["name"], found["ratio"], found["met"]) == ("case", 1.2, True)
    assert found["value"] == {"least": 12.0, "median": 12.0, "most": 12.0, "runs": 1}
    assert found["floor"]["name"] == "bare"
    assert found["target"] == {"bound": "at most", "limit": 1.25, "of": "ratio"}


def test_this_machine_is_described():
    machine = this_machine(3)
    assert machine.cores == 3
    assert machine.cpu
    assert machine.memory_gib > 0
