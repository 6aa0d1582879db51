"""Calibration: two halves of the people in, how far scores may be read as evidence out.

A logistic map from score to likelihood ratio is fitted on one half, held to the range that its evidence supports, and
judged on the other half, whole and by group; and so are probabilities that one would make of it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from recognizance.audit.errors import AuditError
from recognizance.audit.evidence import Bounded, Cost, Evidence, cost, costs_by_group, fit_logistic, fit_pav
from recognizance.audit.evidence import supported_range as range_of
from recognizance.audit.protocol import Part, Population
from recognizance.audit.reliability import describe_reliability
from recognizance.evaluation.account import exact

CLLR_CAL_GOAL = 0.02

_SCORES = np.arange(-10, 51) / 50


def describe_calibration(calibration: Population, test: Population) -> dict[str, Any]:
    """Cost of the likelihood ratios fitted on one half for the other, and both halves' ratios by score.

    Without enough pairs for either the reason stands in place of the figures.
    """
    try:
        fitted, judged = _evidence(calibration.everybody), _evidence(test.everybody)
        line = fit_logistic(fitted)
    except AuditError as error:
        return {"not_enough_data": str(error)}
    bounded = Bounded(line, *range_of(fitted, line))
    parts = {part.name: part for part in test.parts[1:] if len(part.mates.scores)}
    costs = costs_by_group(
        {name: part.mates.scores for name, part in parts.items()},
        {name: part.non_mates.counts for name, part in parts.items()},
        bounded,
    )
    observed = fit_pav(judged)(_SCORES)
    return {
        "goal_cllr_cal": CLLR_CAL_GOAL,
        "everybody": _describe(cost(judged, bounded)),
        "groups": {name: _describe(found) for name, found in costs.items() if found is not None},
        "reliability": describe_reliability(judged, bounded),
        "log10_lr": {
            "scores": _SCORES.tolist(),
            "stated": np.round(bounded(_SCORES), 4).tolist(),
            # PAV is infinite where only mated or only non-mated pairs were seen: JSON has no such number.
            "observed": [round(value, 4) if np.isfinite(value) else None for value in observed.tolist()],
        },
    }


def _evidence(part: Part) -> Evidence:
    return Evidence.of_histogram(part.mates.scores, part.non_mates.counts)


def _describe(found: Cost) -> dict[str, float]:
    return {
        "cllr": exact(found.cllr),
        "cllr_min": exact(found.cllr_min),
        "cllr_cal": exact(found.cllr_cal),
    }
