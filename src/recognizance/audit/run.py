"""Run: labelled photographs, a model pack and a similarity curve in, the audit of the pack on these people out.

The document is plain JSON (`docs/fairness.md` describes it) and holds everything that the report shows; of single
pictures only the names of those that went wrong most. The flow:

    load -> embed -> groups and halves -> trials -> levels -> searches, calibration, quality -> marks
"""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from recognizance import __version__
from recognizance.audit.attestation import curve_digest
from recognizance.audit.calibration import describe_calibration
from recognizance.audit.curves import describe_curves, describe_shifts
from recognizance.audit.errors import GroupingError
from recognizance.audit.identification import describe_identification
from recognizance.audit.levels import Level, describe_levels
from recognizance.audit.marks import MARK_SIMILARITY, set_marks
from recognizance.audit.overlap import describe_overlap
from recognizance.audit.protocol import Population, halve
from recognizance.audit.quality import QualityMeter, describe_failures, describe_quality
from recognizance.audit.scores import write_scores
from recognizance.audit.tail import describe_tail
from recognizance.audit.worst import describe_worst
from recognizance.evaluation import rates
from recognizance.evaluation.account import describe_data, describe_pack
from recognizance.evaluation.cohort import Cohort
from recognizance.evaluation.curve import SimilarityCurve, log10_fmr_at
from recognizance.evaluation.dataset import DatasetError, load
from recognizance.evaluation.embeddings import Embedder, Progress
from recognizance.models.card import Pack

FORMAT = "recognizance-audit/1"

SIMILARITIES = (50.0, 80.0, 90.0, 95.0, 99.0)
FMR_LEVELS = (1e-3, 1e-4, 1e-5, 1e-6)
_SEED = 20190522
"""Every draw of an audit starts here, so that the same evidence gives the same figures."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What the auditor says about the audit, in words that nobody here can check, and how to run it again."""

    auditor: str
    label_origin: str
    command: str
    consent: str = "not stated"
    capture: str = "not stated"
    mitigation: str = "none stated"


@dataclass(frozen=True, slots=True)
class Question:
    """What an audit asks: columns that make groups, and the group that others are compared with, if one is named."""

    columns: Sequence[str] = ()
    reference: str | None = None


def run_audit(  # noqa: PLR0913 - most of them only describe or report
    folders: Sequence[Path],
    embedder: Embedder,
    curve: SimilarityCurve,
    *,
    curve_data: Mapping[str, Any],
    question: Question,
    statement: Statement,
    today: date,
    scores: Path | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Audit `embedder`'s pack with its curve on the data sets in `folders`, grouped by columns of their labels.

    `curve_data` says what the curve was made from: `data` of its document. `scores` is a folder to write all trials to.
    `progress` is told how many steps are done, two for each picture. Raises DatasetError or AuditError's leaves, with
    one line that says what is wrong and what is needed.
    """
    columns = question.columns
    dataset = load(folders)
    embedded = embedder.embed(dataset, _half(progress, first=True))
    cohort = Cohort(curve.table)
    population = Population.of(embedded, columns, cohort=cohort)
    _require_group(question.reference, population)
    everybody = population.everybody
    if not len(everybody.mates.scores) or not everybody.non_mates.total:
        raise DatasetError(
            f"{len(everybody.mates.scores)} mated and {everybody.non_mates.total} non-mated pairs are left where a "
            "face was found; an audit needs some of both"
        )
    calibration, test = halve(embedded, columns, cohort=cohort)
    if not calibration.everybody.non_mates.total or not test.everybody.non_mates.total:
        raise DatasetError(
            f"{everybody.people} people are too few to set thresholds on one half of them and measure on the other"
        )
    rng = np.random.default_rng(_SEED)
    fixed, set_here = _similarity_levels(curve), _fmr_levels(calibration)
    levels = [
        *describe_levels(fixed, population, reference=question.reference, rng=rng),
        *describe_levels(set_here, test, reference=question.reference, rng=rng),
    ]
    if scores is not None:
        floor = min(level.threshold for level in (*fixed, *set_here))
        write_scores(scores, population, {"everybody": population, "test half": test}, columns, floor=floor)
    measured = QualityMeter(embedder).measure(dataset.photographs, _half(progress, first=False))
    return {
        "format": FORMAT,
        "date": today.isoformat(),
        "system": {
            "name": "recognizance",
            "version": __version__,
            "hardware": platform.platform(),
            "preprocessing": _preprocessing(embedder.pack),
        },
        "pack": describe_pack(embedder.pack),
        "curve": {
            "sha256": curve_digest(curve.table, curve.space),
            "extrapolated_from": round(curve.extrapolated_from, 6),
        }
        | describe_overlap(dataset, curve_data),
        "statement": asdict(statement),
        "data": describe_data(dataset, embedded, everybody.mates, everybody.non_mates)
        | {
            "columns": list(columns),
            "reference": question.reference,
            "calibration_half_people": calibration.everybody.people,
            "test_half_people": test.everybody.people,
        },
        "marks": set_marks(levels),
        "levels": levels,
        "open_set": describe_identification(population, {s: curve.score(s) for s in SIMILARITIES}, rng=rng),
        "tail": describe_tail(population, curve.table),
        "calibration": describe_calibration(calibration, test),
        "curves": describe_curves(population, curve),
        "shifts": describe_shifts(population, curve),
        "quality": describe_quality(population, measured, curve.score(MARK_SIMILARITY))
        | {"failures": describe_failures(embedded.failures)},
        "worst": describe_worst(population, curve),
    }


def _require_group(reference: str | None, population: Population) -> None:
    names = [part.name for part in population.parts[1:]]
    if reference is not None and reference not in names:
        known = ", ".join(names) or "people were not grouped"
        raise GroupingError(f"the reference {reference!r} is none of the groups: {known}")


def _preprocessing(pack: Pack) -> str:
    mirrored = ", its embedding added to that of its mirror image" if pack.mirror else ""
    normalised = f"; normalised by {pack.normaliser.file}" if pack.normaliser else ""
    return (
        "upright by EXIF; the largest face, turned and scaled by its landmarks to the network's input"
        f"{mirrored}{normalised}"
    )


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
