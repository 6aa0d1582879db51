"""Measure: labelled photographs and a model pack in, its error rates out, as a JSON document.

Says what a pack does on any folder of labelled faces: how many pictures fail, how well mated and non-mated pairs come
apart, what each false match rate costs in misses, and what a similarity curve's numbers mean on these people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from recognizance.evaluation import rates, trials
from recognizance.evaluation.account import describe_data, describe_pack, describe_rate
from recognizance.evaluation.curve import ANCHORS, SimilarityCurve
from recognizance.evaluation.dataset import DatasetError, load
from recognizance.evaluation.embeddings import Embedded, Embedder, Progress
from recognizance.evaluation.intervals import Rate, false_match_rate, rate_over_people, wilson
from recognizance.evaluation.tail import EVENTS_NEEDED
from recognizance.evaluation.trials import Labels, NonMated, Pairs
from recognizance.values import FloatArray

FORMAT = "recognizance-measurement/1"

FMR_LEVELS = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)

_DET_SCORES = np.arange(-200, 201) / 200


@dataclass(frozen=True, slots=True)
class _Scores:
    """All scores of a run, with the labels of the pictures they came from."""

    vectors: FloatArray
    labels: Labels
    mates: Pairs
    non_mates: NonMated
    failure_to_enrol: float

    @classmethod
    def of(cls, embedded: Embedded) -> _Scores:
        labels = Labels.of(embedded.photographs)
        mates, non_mates = trials.mated(embedded.vectors, labels), trials.non_mated(embedded.vectors, labels)
        if not len(mates.scores) or not non_mates.total:
            raise DatasetError(
                f"{len(mates.scores)} mated and {non_mates.total} non-mated pairs are left where a face was found; "
                "rates need some of both"
            )
        return cls(embedded.vectors, labels, mates, non_mates, embedded.failure_to_enrol)

    def fnmr(self, threshold: float) -> dict[str, Any]:
        """Misses among mated pairs at a threshold, and the rate with failures to enrol counted as misses."""
        missed = rate_over_people(self.mates.scores < threshold, self.labels.person[self.mates.first])
        with_failures = rates.generalised(missed.value, self.failure_to_enrol)
        return {"fnmr": describe_rate(missed), "generalised_fnmr": float(f"{with_failures:.4g}")}

    def fmr(self, threshold: float) -> Rate:
        matches = trials.non_mated_above(self.vectors, self.labels, threshold)
        return false_match_rate(self.non_mates, self.labels, matches)


def measure(
    folders: Sequence[Path],
    embedder: Embedder,
    *,
    today: date,
    curve: SimilarityCurve | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Error rates of `embedder`'s pack on the data sets in `folders`, and what `curve` means on them if given.

    Raises DatasetError if the sets cannot be used.
    """
    dataset = load(folders)
    embedded = embedder.embed(dataset, progress)
    scores = _Scores.of(embedded)
    found, searcher = trials.rank_one(scores.vectors, scores.labels)
    counts, mated_scores = scores.non_mates.counts, scores.mates.scores
    return {
        "format": FORMAT,
        "pack": describe_pack(embedder.pack),
        "date": today.isoformat(),
        "data": describe_data(dataset, embedded, scores.mates, scores.non_mates),
        "failure_to_enrol": describe_rate(wilson(len(embedded.failures), embedded.pictures)),
        "auc": round(rates.auc(mated_scores, counts), 7),
        "eer": round(rates.eer(mated_scores, counts), 6),
        "rank_one": describe_rate(rate_over_people(found, searcher)) | {"gallery": _people(scores.labels)},
        "levels": [_describe_level(level, scores) for level in FMR_LEVELS],
        "similarities": [_describe_similarity(similarity, scores, curve) for similarity, _ in ANCHORS[1:]]
        if curve
        else [],
        "times_ms": {"decode_and_detect": embedded.detect_ms, "embed": embedded.embed_ms},
        "det": {
            "scores": _DET_SCORES.tolist(),
            "fmr": rates.fmr(counts, _DET_SCORES).tolist(),
            "fnmr": rates.fnmr(mated_scores, _DET_SCORES).tolist(),
        },
    }


def _people(labels: Labels) -> int:
    return len(set(labels.person.tolist()))


def _describe_level(fmr: float, scores: _Scores) -> dict[str, Any]:
    """Threshold and misses at a false match rate; without them where not one false match is expected."""
    expected = fmr * scores.non_mates.total
    if expected < 1:
        return {"fmr": fmr, "basis": "not enough data"}
    threshold = rates.threshold_at(scores.non_mates.counts, fmr)
    basis = "measured" if expected >= EVENTS_NEEDED else "few events"
    return {"fmr": fmr, "basis": basis, "threshold": round(threshold, 4)} | scores.fnmr(threshold)


def _describe_similarity(similarity: float, scores: _Scores, curve: SimilarityCurve) -> dict[str, Any]:
    threshold = curve.score(similarity)
    rate = describe_rate(scores.fmr(threshold))
    return {"similarity": similarity, "score": round(threshold, 6), "fmr": rate} | scores.fnmr(threshold)
