"""Quality: pictures in, what was measured of the largest face on each out, and misses when the worst are discarded.

Measurements are kept between runs in one JSON file beside the templates: numbers by image digest, nobody's face.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from recognizance.audit.protocol import EVERYBODY, Part, Population
from recognizance.errors import ImageError
from recognizance.evaluation.account import describe_rate
from recognizance.evaluation.dataset import Photograph
from recognizance.evaluation.embeddings import Embedder, Progress
from recognizance.evaluation.intervals import rate_over_people
from recognizance.ports import Vision

MEASURES = ("sharpness", "brightness", "face_height_px", "confidence")

DISCARDS = (0.0, 0.05, 0.1, 0.2, 0.3)
"""Shares of the pictures that are discarded, the worst first."""

Measured = Mapping[str, float]
"""A value for each of MEASURES."""

_AT_ONCE = 200
_MOST_REASONS = 10


@dataclass(frozen=True, slots=True)
class QualityMeter:
    """Measures pictures with the embedder's own detector, in its threads, and keeps the figures in its cache."""

    embedder: Embedder

    def measure(self, photographs: Sequence[Photograph], progress: Progress | None = None) -> dict[str, Measured]:
        """By image digest. An interrupted run goes on where it stopped."""
        path = self.embedder.cache / f"quality-{self.embedder.pack.name}.json"
        networks = sorted(card.sha256 for card in self.embedder.pack.cards)
        try:
            kept = json.loads(path.read_text())
        except (FileNotFoundError, ValueError):
            kept = {}  # absent or damaged: a cache is remade, not repaired
        known: dict[str, Measured] = kept["measured"] if kept.get("networks") == networks else {}
        missing = [photo for photo in photographs if photo.digest not in known]
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with ThreadPoolExecutor(self.embedder.threads) as pool:
            for start in range(0, len(missing), _AT_ONCE):
                some = missing[start : start + _AT_ONCE]
                measured = pool.map(lambda photo: _measure_one(photo, self.embedder.vision), some)
                known |= {photo.digest: found for photo, found in zip(some, measured, strict=True)}
                part = path.with_suffix(".part")
                part.touch(mode=0o600)
                part.write_text(json.dumps({"networks": networks, "measured": known}))
                part.replace(path)
                if progress:
                    progress(len(photographs) - len(missing) + start + len(some), len(photographs))
        return known


def describe_quality(population: Population, measured: Mapping[str, Measured], threshold: float) -> dict[str, Any]:
    """Quality of each group, and FNMR at a threshold when the worst pictures by each measure are left out."""
    values = {
        measure: np.array([measured[photo.digest].get(measure, np.nan) for photo in population.found])
        for measure in MEASURES
    }
    return {
        "groups": [_describe_group(part, values) for part in population.parts],
        "discard": _describe_discard(population.everybody, values, threshold),
    }


def describe_failures(failures: Sequence[tuple[Photograph, str]]) -> list[dict[str, Any]]:
    """Why pictures have no usable face, the commonest reasons first."""
    counted = Counter(reason for _, reason in failures)
    return [{"reason": reason, "pictures": pictures} for reason, pictures in counted.most_common(_MOST_REASONS)]


def _measure_one(photo: Photograph, vision: Vision) -> Measured:
    try:
        faces = vision.detect(vision.open(photo.path.read_bytes()))
    except ImageError:
        return {}
    if not faces:
        return {}
    face = faces[0]
    return {
        "sharpness": round(face.quality.sharpness, 3),
        "brightness": round(face.quality.brightness, 3),
        "face_height_px": round(face.box.height, 1),
        "confidence": round(face.confidence, 4),
    }


def _describe_group(part: Part, values: Mapping[str, np.ndarray]) -> dict[str, Any]:
    means = {measure: np.nanmean(found[part.found]) if len(part.found) else None for measure, found in values.items()}
    return {
        "group": part.name,
        "images": part.images,
        "without_a_face": part.failed,
        "mean": {measure: None if mean is None else round(float(mean), 3) for measure, mean in means.items()},
    }


def _describe_discard(everybody: Part, values: Mapping[str, np.ndarray], threshold: float) -> list[dict[str, Any]]:
    """A pair is as good as the worse of its pictures."""
    mates = everybody.mates
    rows = []
    for measure, found in values.items():
        worse = np.minimum(found[mates.first], found[mates.second])
        for share in DISCARDS:
            kept = worse >= np.nanquantile(found, share)
            if kept.any():
                missed, person = mates.scores[kept] < threshold, everybody.labels.person[mates.first[kept]]
                rate = describe_rate(rate_over_people(missed, person))
                rows.append({"measure": measure, "discarded": share, "fnmr": rate, "group": EVERYBODY})
    return rows
