"""Identification: a population and thresholds in, what searches in galleries of several sizes do out.

Searches are made in the whole gallery, a tenth and a hundredth of it, and scored as the server scores them: rescaled
by the gallery. Beside what was measured stands what independent comparisons would make of the measured false match
rate, and what plain cosines would do in the whole gallery.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from recognizance.audit.differentials import Figures
from recognizance.audit.open_set import Operation, cmc, det, operate, search_samples
from recognizance.audit.protocol import Part, Population
from recognizance.audit.searches import plan_searches
from recognizance.evaluation import trials
from recognizance.evaluation.account import describe_rate
from recognizance.evaluation.intervals import Rate, false_match_rate

_SCORES = np.arange(-100, 201) / 200


def describe_identification(
    population: Population, scores: Mapping[float, float], *, rng: np.random.Generator
) -> dict[str, Any]:
    """Search error rates at the scores of some similarities (similarity: score), DET and CMC of the whole gallery."""
    plan = plan_searches(population)
    if plan is None or plan.mated.all() or not plan.mated.any():
        return {"not_enough_data": "searches need people in the gallery, second photographs of them, and others"}
    samples = search_samples(plan, plan.gallery_person, rng=rng)
    rates = {similarity: _fmr(population.everybody, score) for similarity, score in scores.items()}
    whole = samples[1]
    plain = replace(plan, engine=replace(plan.engine, cohort=None)).search_all()
    fpir, fnir = det(whole, _SCORES, rank=whole.scores.shape[1])
    return {
        "gallery_people": whole.enrolled,
        "mated_searches": int(whole.mated.sum()),
        "non_mated_searches": int((~whole.mated).sum()),
        "sizes": [
            _describe(operate(searches, score, fmr=rates[similarity]), similarity)
            for searches in samples.values()
            for similarity, score in scores.items()
        ],
        "plain_cosine": [
            _describe(operate(plain, score, fmr=rates[similarity]), similarity) for similarity, score in scores.items()
        ],
        "det": {"scores": _SCORES.tolist(), "fpir": _rounded(fpir), "fnir": _rounded(fnir)},
        "cmc": _rounded(cmc(whole)),
    }


def _fmr(part: Part, score: float) -> Rate:
    matches = trials.non_mated_above(part.vectors, part.labels, score)
    return false_match_rate(part.non_mates, part.labels, matches)


def _describe(found: Operation, similarity: float) -> dict[str, Any]:
    rates = {"fpir": found.fpir, "fnir": found.fnir, "rank_one_miss": found.rank_one_miss}
    return {
        "enrolled": found.enrolled,
        "similarity": similarity,
        "fpir_by_formula": [float(f"{end:.4g}") for end in found.fpir_by_formula],
        **{name: None if rate is None else describe_rate(rate) for name, rate in rates.items()},
    }


def _rounded(values: Figures) -> list[float]:
    return [round(value, 6) for value in values.tolist()]
