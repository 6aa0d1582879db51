"""Run: labelled photographs, a model pack and a similarity curve in, the audit of the pack on these people out.

The document is plain JSON (`docs/fairness.md` describes it) and holds everything that the report shows; of single
pictures only the names of those that went wrong most. The flow:

    load -> embed -> groups and halves -> trials -> levels -> searches, calibration, quality -> marks
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from recognizance import __version__
from recognizance.audit.calibration import describe_calibration
from recognizance.audit.curves import describe_curves, describe_shifts
from recognizance.audit.identification import describe_identification
from recognizance.audit.levels import Level, describe_levels
from recognizance.audit.marks import MARK_SIMILARITY, set_marks
from recognizance.audit.protocol import Population, halve
from recognizance.audit.quality import QualityMeter, describe_quality
from recognizance.audit.worst import describe_worst
from recognizance.evaluation import rates
from recognizance.evaluation.account import describe_data, describe_pack
from recognizance.evaluation.curve import SimilarityCurve, log10_fmr_at
from recognizance.evaluation.dataset import DatasetError, load
from recognizance.evaluation.embeddings import Embedder, Progress

FORMAT = "recognizance-audit/1"

SIMILARITIES = (50.0, 80.0, 90.0, 95.0, 99.0)
FMR_LEVELS = (1e-3, 1e-4, 1e-5, 1e-6)
_SEED = 20190522
"""Every draw of an audit starts here, so that the same evidence gives the same figures."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What the auditor says about the audit: who made it, where labels come from, and how to run it again."""

    auditor: str
    label_origin: str
    command: str


def run_audit(  # noqa: PLR0913 - three of them only describe or report
    folders: Sequence[Path],
    embedder: Embedder,
    curve: SimilarityCurve,
    *,
    columns: Sequence[str],
    statement: Statement,
    today: date,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Audit `embedder`'s pack with its curve on the data sets in `folders`, grouped by columns of their labels.

    `progress` is told how many steps are done, two for each picture. Raises DatasetError or AuditError's leaves, with
    one line that says what is wrong and what is needed.
    """
    dataset = load(folders)
    embedded = embedder.embed(dataset, _half(progress, first=True))
    population = Population.of(embedded, columns)
    everybody = population.everybody
    if not len(everybody.mates.scores) or not everybody.non_mates.total:
        raise DatasetError(
            f"{len(everybody.mates.scores)} mated and {everybody.non_mates.total} non-mated pairs are left where a "
            "face was found; an audit needs some of both"
        )
    calibration, test = halve(embedded, columns)
    if not calibration.everybody.non_mates.total or not test.everybody.non_mates.total:
        raise DatasetError(
            f"{everybody.people} people are too few to set thresholds on one half of them and measure on the other"
        )
    rng = np.random.default_rng(_SEED)
    levels = [
        *describe_levels(_similarity_levels(curve), population, rng=rng),
        *describe_levels(_fmr_levels(calibration), test, rng=rng),
    ]
    measured = QualityMeter(embedder).measure(dataset.photographs, _half(progress, first=False))
    return {
        "format": FORMAT,
        "date": today.isoformat(),
        "system": {"name": "recognizance", "version": __version__, "hardware": platform.platform()},
        "pack": describe_pack(embedder.pack),
        "curve": {"extrapolated_from": round(curve.extrapolated_from, 6)},
        "statement": {
            "auditor": statement.auditor,
            "label_origin": statement.label_origin,
            "command": statement.command,
        },
        "data": describe_data(dataset, embedded, everybody.mates, everybody.non_mates)
        | {"columns": list(columns), "test_half_people": test.everybody.people},
        "marks": set_marks(levels),
        "levels": levels,
        "open_set": describe_identification(population, {s: curve.score(s) for s in SIMILARITIES}, rng=rng),
        "calibration": describe_calibration(calibration, test),
        "curves": describe_curves(population, curve),
        "shifts": describe_shifts(population, curve),
        "quality": describe_quality(population, measured, curve.score(MARK_SIMILARITY)),
        "worst": describe_worst(population, curve),
    }


def _similarity_levels(curve: SimilarityCurve) -> list[Level]:
    return [
        Level(
            f"similarity {similarity:g}",
            curve.score(similarity),
            float(f"{10 ** log10_fmr_at(similarity):.4g}"),
            "fixed by the curve before this audit; measured on everybody",
            similarity,
        )
        for similarity in SIMILARITIES
    ]


def _fmr_levels(calibration: Population) -> list[Level]:
    """Thresholds set on one half of the people, as far as a false match is to be expected there at all."""
    counted = calibration.everybody.non_mates
    return [
        Level(
            f"FMR {fmr:.0e}",
            rates.threshold_at(counted.counts, fmr),
            fmr,
            "threshold set on the calibration half; measured on the test half",
        )
        for fmr in FMR_LEVELS
        if fmr == FMR_LEVELS[0] or fmr * counted.total >= 1
    ]


def _half(progress: Progress | None, *, first: bool) -> Progress | None:
    """Reports of one of two rounds over the pictures, as steps of both together."""
    if progress is None:
        return None
    return lambda done, total: progress(done if first else total + done, 2 * total)
