"""Calibration: two halves of the people in, how far scores may be read as evidence out.

A logistic map from score to likelihood ratio is fitted on one half, held to the range that its evidence supports, and
judged on the other half, whole and by group; and so are probabilities that one would make of it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from recognizance.audit.protocol import Part, Population
from recognizance.audit.reliability import describe_reliability
from recognizance.evaluation.account import describe_cost
from recognizance.evaluation.evidence import (
    CLLR_CAL_GOAL,
    Evidence,
    EvidenceError,
    cost,
    costs_by_group,
    fit_bounded,
    fit_pav,
)

_SCORES = np.arange(-10, 51) / 50


def describe_calibration(calibration: Population, test: Population) -> dict[str, Any]:
    """Cost of the likelihood ratios fitted on one half for the other, and both halves' ratios by score.

    Without enough pairs for either the reason stands in place of the figures.
    """
    try:
        fitted, judged = _evidence(calibration.everybody), _evidence(test.everybody)
        bounded = fit_bounded(fitted)
    except EvidenceError as error:
        return {"not_enough_data": str(error)}
    parts = {part.name: part for part in test.parts[1:] if len(part.mates.scores)}
    costs = costs_by_group(
        {name: part.mates.scores for name, part in parts.items()},
        {name: part.non_mates.counts for name, part in parts.items()},
        bounded,
    )
    observed = fit_pav(judged)(_SCORES)
    return {
        "goal_cllr_cal": CLLR_CAL_GOAL,
        "everybody": describe_cost(cost(judged, bounded)),
        "groups": {name: describe_cost(found) for name, found in costs.items() if found is not None},
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
