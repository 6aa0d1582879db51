"""Levels: one threshold for everybody in, every error rate of every group at it out, and how far the groups are apart.

A rate comes with a 95 % interval that knows that pairs share people, and with a verdict whether the group has enough
data; differences between groups come from the groups that have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recognizance.audit import open_set
from recognizance.audit.bootstrap import Resampled, resample_pairs, resample_people
from recognizance.audit.comparisons import Measured, combine, differ, relate
from recognizance.audit.differentials import Cell
from recognizance.audit.equity import rate_across
from recognizance.audit.open_set import Searches
from recognizance.audit.protocol import Part, Population
from recognizance.audit.searches import plan_searches
from recognizance.audit.sizes import PEOPLE_NEEDED, Verdict, judge, trials_to_bound
from recognizance.evaluation import rates, trials
from recognizance.evaluation.account import describe_rate, exact
from recognizance.evaluation.intervals import Rate, false_match_rate, rate_over_people, wilson

MISS_GOAL = 0.02
"""Misses and failures to find a face are judged against this rate: a group needs enough trials to stay under it."""

FPIR_GOAL = 1e-3
"""Non-mated searches that may return anybody (NIST SP 800-63A-4, for each group)."""

METRICS = ("fmr", "fnmr", "fte")


@dataclass(frozen=True, slots=True)
class Level:
    """A threshold (cosine), what false match rate it stands for, and why it is where it is."""

    name: str
    threshold: float
    fmr: float
    basis: str
    similarity: float | None = None


def rate_cell(group: str, rate: Rate, *, people: int, goal: float) -> Cell:
    """A rate with its verdict: enough trials to stay under the goal, or clearly over it whatever the number."""
    enough = judge(rate, people=people, trials_needed=trials_to_bound(goal)) is Verdict.ENOUGH
    return Cell(group, rate, enough or (people >= PEOPLE_NEEDED and rate.low > goal))


def describe_cell(cell: Cell) -> dict[str, Any]:
    """A rate with its interval and verdict."""
    verdict = Verdict.ENOUGH if cell.enough else Verdict.NOT_ENOUGH
    return describe_rate(cell.rate) | {"verdict": verdict.value}


def describe_levels(
    levels: Sequence[Level], population: Population, *, reference: str | None, rng: np.random.Generator
) -> list[dict[str, Any]]:
    """All rates at each level, of everybody and of each group, the differences between groups, and each group's rate
    over that of the group named `reference`.
    """
    plan = plan_searches(population)
    probes = {part.name: plan.of(part) for part in population.parts} if plan else {}
    found = plan.search_all() if plan else None
    searches = {name: found.take(index) for name, index in probes.items()} if found else {}
    return [_describe_level(level, population, searches, reference=reference, rng=rng) for level in levels]


def _describe_level(
    level: Level,
    population: Population,
    searches: Mapping[str, Searches],
    *,
    reference: str | None,
    rng: np.random.Generator,
) -> dict[str, Any]:
    measured = {part.name: _measure(part, level, rng=rng) for part in population.parts}
    rows = []
    for part in population.parts:
        row = _describe_part(part, measured[part.name])
        if part.name in searches:
            row |= _describe_searches(part, searches[part.name], level)
        rows.append(row)
    partitions = population.partitions()
    compared = [(key, [measured[part.name] for part in parts]) for key, parts in partitions.items()]
    return {
        "name": level.name,
        "similarity": level.similarity,
        "threshold": level.threshold,
        "nominal_fmr": level.fmr,
        "basis": level.basis,
        "groups": rows,
        "differentials": [row for key, some in compared for metric in METRICS for row in differ(key, metric, some)],
        "joint": [row for key, some in compared for row in combine(key, some)],
        "to_reference": [row for _, some in compared for metric in METRICS for row in relate(reference, metric, some)],
        "cross": [row for columns in population.cross for row in _cross(columns, population, level)],
    }


def _measure(part: Part, level: Level, *, rng: np.random.Generator) -> Measured:
    """The rates of a part; a rate without trials is absent, and one without enough data is not resampled."""
    cells: dict[str, Cell] = {}
    resampled: dict[str, Resampled] = {}
    if part.non_mates.total:
        matches = trials.non_mated_above(part.vectors, part.labels, level.threshold)
        rate = false_match_rate(part.non_mates, part.labels, matches)
        cells["fmr"] = rate_cell(part.name, rate, people=part.people, goal=level.fmr)
        if part.columns and cells["fmr"].enough:
            resampled["fmr"] = resample_pairs(part.non_mates, part.labels, matches, rng=rng)
    if len(part.mates.scores):
        missed, person = part.mates.scores < level.threshold, part.labels.person[part.mates.first]
        people = len(np.unique(person))
        cells["fnmr"] = rate_cell(part.name, rate_over_people(missed, person), people=people, goal=MISS_GOAL)
        if part.columns and cells["fnmr"].enough:
            resampled["fnmr"] = resample_people(missed, person, rng=rng)
    cells["fte"] = rate_cell(part.name, wilson(part.failed, part.images), people=part.people, goal=MISS_GOAL)
    if part.columns and cells["fte"].enough:
        failed = np.arange(part.images) < part.failed
        resampled["fte"] = resample_people(failed, np.arange(part.images), rng=rng)
    return Measured(part.name, cells, resampled)


def _describe_part(part: Part, measured: Measured) -> dict[str, Any]:
    cells = measured.cells
    row: dict[str, Any] = {
        "group": part.name,
        "columns": list(part.columns),
        "people": part.people,
        "images": part.images,
    }
    row |= {metric: describe_cell(cells[metric]) if metric in cells else None for metric in METRICS}
    if "fnmr" in cells:
        row["generalised_fnmr"] = exact(rates.generalised(cells["fnmr"].rate.value, cells["fte"].rate.value))
    return row


def _describe_searches(part: Part, searches: Searches, level: Level) -> dict[str, Any]:
    row: dict[str, Any] = {"fpir": None, "fnir": None}
    if not searches.mated.all():
        rate = open_set.fpir(searches, level.threshold)
        row["fpir"] = describe_cell(rate_cell(part.name, rate, people=rate.trials, goal=FPIR_GOAL))
    if searches.mated.any():
        rate = open_set.fnir(searches, level.threshold, rank=open_set.CANDIDATES)
        people = len(np.unique(searches.person[searches.mated]))
        row["fnir"] = describe_cell(rate_cell(part.name, rate, people=people, goal=MISS_GOAL))
    return row


def _cross(columns: tuple[str, ...], population: Population, level: Level) -> Iterator[dict[str, Any]]:
    parts = population.partitions().get(columns, ())
    groups, people = {part.name: part.found for part in parts}, {part.name: part.people for part in parts}
    found = rate_across(population.vectors, population.labels, groups, population.cross[columns], level.threshold)
    for (one, other), rate in found.items():
        if rate is not None:
            cell = rate_cell(one, rate, people=min(people[one], people[other]), goal=level.fmr)
            yield {"columns": list(columns), "groups": [one, other], "fmr": describe_cell(cell)}
