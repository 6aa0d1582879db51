"""Tail: the people of an audit in, where strangers score in its searches out: what the drift watch compares with."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from recognizance.audit.drift import Learner
from recognizance.audit.protocol import Population
from recognizance.audit.searches import plan_searches
from recognizance.audit.watched import WatchedCohort
from recognizance.evaluation.curve import Table


def describe_tail(population: Population, table: Table) -> dict[str, Any] | None:
    """A `drift.Tail` of all searches of the audit; None where too few of them would be watched."""
    plan = plan_searches(population)
    if plan is None:
        return None
    learner = Learner()
    watched = WatchedCohort(table, learner.add)
    replace(plan, engine=replace(plan.engine, cohort=watched)).search_all()
    return asdict(learner.tail()) if learner.count > 1 else None
