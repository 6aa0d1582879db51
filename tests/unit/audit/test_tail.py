"""The baseline of the drift watch is what the watch itself would have seen in the audit's searches."""

from __future__ import annotations

import numpy as np
import pytest

from recognizance.audit.drift import Learner
from recognizance.audit.protocol import Population
from recognizance.audit.searches import plan_searches
from recognizance.audit.tail import describe_tail
from recognizance.evaluation.cohort import Cohort
from recognizance.evaluation.dataset import load

from .conftest import crowd, write_people


@pytest.fixture
def people(tmp_path):
    """Builds a population of so many people."""

    def people(embedder, count):
        dataset = load([write_people(tmp_path / "people", crowd(count))])
        return Population.of(embedder.embed(dataset), [])

    return people


def test_the_tail_is_that_of_all_searches(people, embedder, curve):
    population = people(embedder, 460)
    plan = plan_searches(population)
    assert plan is not None
    gallery, size = plan.engine.gallery, len(plan.engine.gallery)
    places = size // 10
    expected = Cohort(curve.table).expected_spread(places / size).mean
    learner = Learner()
    for probe in plan.engine.probes:
        best = np.sort(gallery @ probe)[::-1][1 : places + 1]
        learner.add(float(best[best < curve.table.score_at(-7)].mean()) - expected)
    tail = learner.tail()
    assert describe_tail(population, curve.table) == {
        "mean": pytest.approx(tail.mean, abs=1e-6),
        "deviation": pytest.approx(tail.deviation, abs=1e-6),
        "searches": len(plan.engine.probes),
    }


@pytest.mark.parametrize("count", [2, 60])
def test_a_small_audit_has_none(people, embedder, curve, count):
    assert describe_tail(people(embedder, count), curve.table) is None
