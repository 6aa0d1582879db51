"""Curves: a population in, its error rates over all thresholds out: by group, between groups, and each one's own.

From the rates at every score of a grid the report draws DET curves, score distributions and calibration plots.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from recognizance.audit.equity import shift_threshold, trace_equity
from recognizance.audit.protocol import Part, Population
from recognizance.audit.sizes import PEOPLE_NEEDED
from recognizance.evaluation import rates
from recognizance.evaluation.curve import SimilarityCurve
from recognizance.evaluation.fit import GroupRates, fit_group
from recognizance.evaluation.tail import EVENTS_NEEDED, TAIL_SHARE

SHIFT_FMR = 1e-6

_SCORES = np.arange(-50, 101) / 100


def describe_curves(population: Population, curve: SimilarityCurve) -> dict[str, Any]:
    """FMR and FNMR of each part at every score of a grid, with the similarity there, and the equity curves."""
    return {
        "scores": _SCORES.tolist(),
        "similarities": [round(curve.similarity(score), 3) for score in _SCORES.tolist()],
        "parts": [
            {
                "group": part.name,
                "columns": list(part.columns),
                "people": part.people,
                "fmr": _short(rates.fmr(part.non_mates.counts, _SCORES)) if part.non_mates.total else None,
                "fnmr": _short(rates.fnmr(part.mates.scores, _SCORES)) if len(part.mates.scores) else None,
            }
            for part in population.parts
        ],
        "equity": [_describe_equity(key, parts) for key, parts in population.partitions().items() if _large(parts)],
    }


def describe_shifts(population: Population, curve: SimilarityCurve) -> list[dict[str, Any]]:
    """How much higher each group's own threshold for one false match in a million would lie, with enough pairs."""
    enough = EVENTS_NEEDED / TAIL_SHARE
    if population.everybody.non_mates.total < enough:
        return []
    overall = _fit(population.everybody, shape=None)
    shifts = []
    for part in population.parts[1:]:
        if part.non_mates.total >= enough:
            found = shift_threshold(_fit(part, shape=overall.tail.shape), overall, fmr=SHIFT_FMR, curve=curve)
            shifts.append(
                {
                    "group": part.name,
                    "fmr": SHIFT_FMR,
                    "points": round(found.points, 2),
                    "score": round(found.score, 4),
                    "extrapolated": found.extrapolated,
                }
            )
    return shifts


def _large(parts: tuple[Part, ...]) -> list[Part]:
    """Groups of enough people to speak of; two of them make a comparison."""
    large = [part for part in parts if part.people >= PEOPLE_NEEDED and part.non_mates.total]
    return large if len(large) > 1 else []


def _describe_equity(columns: tuple[str, ...], parts: tuple[Part, ...]) -> dict[str, Any]:
    traced = trace_equity({part.name: part.non_mates.counts for part in _large(parts)}, _SCORES)
    return {
        "columns": list(columns),
        "groups": list(traced.groups),
        "max_min": _short(traced.max_min),
        "max_geomean": _short(traced.max_geomean),
        "floored": traced.floored.any(axis=1).tolist(),
    }


def _fit(part: Part, *, shape: float | None) -> GroupRates:
    return fit_group(part.name, part.vectors, part.labels, part.non_mates, shape=shape)


def _short(values: np.ndarray) -> list[float]:
    return [float(f"{value:.5g}") for value in values.tolist()]
