"""Rates at a level, of people enough to compare; one group is harder to tell apart than the other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recognizance.audit.levels import Level, describe_levels, rate_cell
from recognizance.audit.protocol import Population
from recognizance.evaluation.dataset import Photograph
from recognizance.evaluation.embeddings import Embedded
from recognizance.evaluation.intervals import wilson

PEOPLE = 160


def photograph(position, number, group, picture):
    name = f"{group}{number}"
    path = Path(f"{name}-{picture}.jpg")
    return Photograph("set", path, f"digest {position}", name, position, "", {"group": group})


@pytest.fixture(scope="module")
def document():
    """Two pictures of everybody, in two groups; people of the second are alike by a part that they share."""
    rng = np.random.default_rng(1)
    photographs, rows = [], []
    for group, shared in (("easy", 0.0), ("hard", 0.7)):
        likeness = rng.standard_normal(64)
        for number in range(PEOPLE):
            own = rng.standard_normal(64) + shared * likeness
            for picture in range(2):
                photographs.append(photograph(len(rows), number, group, picture))
                rows.append(own + 0.4 * rng.standard_normal(64))
    vectors = np.array(rows, np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    population = Population.of(Embedded(tuple(photographs), vectors, (), None, None), ["group"])
    levels = [Level("a test", 0.4, 0.05, "fixed")]
    [found] = describe_levels(levels, population, reference="group easy", rng=np.random.default_rng(2))
    return found


def test_the_harder_group_has_more_false_matches(document):
    rates = {row["group"]: row["fmr"] for row in document["groups"]}
    assert {rate["verdict"] for rate in rates.values()} == {"enough data"}
    assert rates["group hard"]["interval_95"][0] > rates["group easy"]["interval_95"][1]


def test_groups_with_enough_data_are_compared(document):
    found = {row["metric"]: row for row in document["differentials"]}
    fmr = found["fmr"]
    assert fmr["compared"] == ["group easy", "group hard"]
    assert fmr["max_min"]["value"] > fmr["max_min"]["by_chance"]
    assert fmr["max_min"]["interval_95"][0] > 1
    assert fmr["max_geomean"]["value"] == pytest.approx(fmr["max_min"]["value"] ** 0.5, rel=1e-4)
    assert [one["p_holm"] < 0.05 for one in fmr["against_the_rest"]] == [True, True]
    # Nobody is missed: both rates are floors, and an unlike pair of floors is chance.
    assert found["fnmr"]["floored"] == ["group easy", "group hard"]
    assert found["fnmr"]["max_min"]["interval_95"] == [1.0, None]


def test_false_matches_and_misses_are_joined_at_three_weights(document):
    assert [row["weight_of_false_matches"] for row in document["joint"]] == [0.0, 0.5, 1.0]
    [misses_alone, _, false_matches_alone] = document["joint"]
    assert misses_alone["inequity_rate"] == pytest.approx(1)
    assert false_matches_alone["inequity_rate"] > 2


def test_rates_across_groups_stand_beside_those_inside(document):
    cells = {tuple(cell["groups"]): cell["fmr"]["value"] for cell in document["cross"]}
    assert list(cells) == [("group easy", "group easy"), ("group hard", "group hard"), ("group easy", "group hard")]
    assert cells["group hard", "group hard"] > cells["group easy", "group hard"]
    assert cells["group hard", "group hard"] == next(
        row["fmr"]["value"] for row in document["groups"] if row["group"] == "group hard"
    )


@pytest.mark.parametrize(
    ("events", "trials", "people", "enough"),
    [
        (0, 3001, 100, True),
        (0, 2999, 100, False),
        (0, 3001, 19, False),
        (20, 1000, 100, True),
        (20, 1000, 19, False),
    ],
    ids=["rule of three", "one trial short", "too few people", "clearly over the goal", "over it, too few people"],
)
def test_a_cell_is_enough_to_stay_under_the_goal_or_clearly_over_it(events, trials, people, enough):
    assert rate_cell("a group", wilson(events, trials), people=people, goal=1e-3).enough is enough
