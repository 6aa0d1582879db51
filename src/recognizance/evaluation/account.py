"""Account: what was measured, on what and with what, as the JSON that curve and measurement documents share."""

from __future__ import annotations

from typing import Any

from recognizance.evaluation.dataset import Dataset
from recognizance.evaluation.embeddings import Embedded
from recognizance.evaluation.evidence import Cost
from recognizance.evaluation.intervals import Rate
from recognizance.evaluation.trials import NonMated, Pairs
from recognizance.models.card import Pack


def describe_pack(pack: Pack) -> dict[str, Any]:
    """Name, embedding space and files of a pack: name and sha256 of each network, and of the normaliser."""
    return {"name": pack.name, "space": pack.space, "models": pack.digests}


def describe_data(dataset: Dataset, embedded: Embedded, mates: Pairs, non_mates: NonMated) -> dict[str, Any]:
    """Fingerprint and sizes of the evidence."""
    sets = [photo.set_name for photo in dataset.photographs]
    return {
        "fingerprint": dataset.fingerprint,
        "sets": {name: sets.count(name) for name in dataset.set_names},
        "set_fingerprints": dict(dataset.set_fingerprints),
        "images": len(sets),
        "people": dataset.people,
        "left_out": dict(dataset.left_out),
        "failures_to_enrol": len(embedded.failures),
        "mated_pairs": len(mates.scores),
        "non_mated_pairs": non_mates.total,
    }


def describe_rate(rate: Rate) -> dict[str, Any]:
    """A rate: events, trials, value and the ends of its 95 % interval."""
    return {
        "events": rate.events,
        "trials": rate.trials,
        "value": exact(rate.value),
        "interval_95": [float(f"{rate.low:.4g}"), float(f"{rate.high:.4g}")],
    }


def describe_cost(cost: Cost) -> dict[str, float]:
    """The cost of a map from scores to likelihood ratios, and its parts, in bits."""
    return {"cllr": exact(cost.cllr), "cllr_min": exact(cost.cllr_min), "cllr_cal": exact(cost.cllr_cal)}


def exact(value: float) -> float:
    """A figure to twelve digits: whoever counts again gets the same, whatever the last bits of his machine."""
    return float(f"{value:.12g}")
