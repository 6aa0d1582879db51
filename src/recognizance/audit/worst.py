"""Worst: the pairs that went wrong most, by image id, for the eyes of the people who hold the pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from recognizance.audit.protocol import Part, Population
from recognizance.evaluation import rates, trials
from recognizance.evaluation.dataset import Photograph
from recognizance.evaluation.trials import Pairs
from recognizance.ports import Curve

LISTED = 20


def describe_worst(population: Population, curve: Curve) -> dict[str, Any]:
    """The non-mated pairs that score highest and the mated pairs that score lowest, best known by their pictures."""
    everybody = population.everybody
    return {
        "false_matches": _describe(_highest(everybody), population.found, curve),
        "misses": _describe(_lowest(everybody), population.found, curve),
    }


def image_id(photo: Photograph) -> str:
    """How a picture is named: its set, and its path inside that."""
    parts = photo.path.parts
    inside = parts[len(parts) - parts[::-1].index(photo.set_name) :] if photo.set_name in parts else parts[-1:]
    return "/".join((photo.set_name, *inside))


def _highest(part: Part) -> Pairs:
    floor = rates.threshold_at(part.non_mates.counts, LISTED / max(part.non_mates.total, 1))
    # One step of the grid lower, so that the list is not cut short where several pairs share a step.
    found = trials.non_mated_above(part.vectors, part.labels, floor - 1 / trials.STEPS_PER_UNIT)
    return _take(found, np.argsort(-found.scores, kind="stable")[:LISTED])


def _lowest(part: Part) -> Pairs:
    return _take(part.mates, np.argsort(part.mates.scores, kind="stable")[:LISTED])


def _take(pairs: Pairs, order: np.ndarray) -> Pairs:
    return Pairs(pairs.first[order], pairs.second[order], pairs.scores[order])


def _describe(pairs: Pairs, photographs: Sequence[Photograph], curve: Curve) -> list[dict[str, Any]]:
    return [
        {
            "images": [image_id(photographs[one]), image_id(photographs[other])],
            "score": round(score, 4),
            "similarity": round(curve.similarity(score), 2),
        }
        for one, other, score in zip(pairs.first.tolist(), pairs.second.tolist(), pairs.scores.tolist(), strict=True)
    ]
