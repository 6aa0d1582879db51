"""Scoring for an audit: all pairs of many people counted into exact error rates, and intervals that resample people."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from recognizance.audit.bootstrap import resample_pairs, resample_people
from recognizance.bench import material
from recognizance.bench.report import Figure, Floor, Spread, Target
from recognizance.bench.timing import interleave
from recognizance.bench.workbench import Workbench
from recognizance.evaluation import rates, trials
from recognizance.evaluation.trials import Labels
from recognizance.values import FloatArray

_PICTURES = 10_000
_ROUNDS = 10
_GROUPS = 20
_FMR = 1e-3


def score(bench: Workbench) -> list[Figure]:
    """All non-mated pairs of 10,000 pictures beside one matrix product of them, memory, and intervals of 20 groups."""
    count = bench.size(_PICTURES)
    vectors, labels = crowd(count)
    rounds = bench.rounds(_ROUNDS)
    scored, product = interleave(
        (lambda: trials.non_mated(vectors, labels), lambda: vectors @ vectors.T), rounds=rounds, warm_up=1
    )
    [resampled] = interleave((_resampling(vectors, labels),), rounds=bench.rounds(3), warm_up=0)
    return [
        Figure(
            "scoring",
            f"all non-mated pairs of {count:,} pictures, scored and counted",
            "s",
            Spread.of(scored),
            Floor(f"a matrix product, {count:,} x {count:,}", Spread.of(product)),
            Target("at most", 2.0, "ratio"),
        ),
        Figure(
            "scoring.memory",
            "the most memory of a process that does nothing else",
            "MB",
            Spread.of([_peak_bytes(count)], 1e-6),
            target=Target("at most", 1000.0, "median"),
        ),
        Figure(
            "scoring.intervals",
            f"bootstrap intervals of FMR and FNMR in {_GROUPS} groups",
            "s",
            Spread.of(resampled),
            target=Target("at most", 60.0, "median"),
        ),
    ]


def crowd(count: int) -> tuple[FloatArray, Labels]:
    """Synthetic pictures, unit rows float32 (count, 128), four of each person, from one set."""
    vectors = np.concatenate(list(material.templates(count))).astype(np.float32)
    pictures, none = np.arange(count), np.zeros(count, np.int64)
    return vectors, Labels(pictures // material.IMAGES_EACH, pictures, none, none)


def print_peak(count: int) -> None:
    """Score a crowd, and print the most memory that this process ever held, in bytes."""
    trials.non_mated(*crowd(count))
    # Of the memory itself: getrusage counts what the parent held before this program took its place.
    facts = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    print(1024 * int(facts["VmHWM"].split()[0]))  # noqa: T201 - for the process that waits for it


def _peak_bytes(count: int) -> int:
    program = f"from recognizance.bench.scoring import print_peak; print_peak({count})"
    found = subprocess.run((sys.executable, "-c", program), check=True, capture_output=True, text=True)  # noqa: S603
    return int(found.stdout)


def _resampling(vectors: FloatArray, labels: Labels) -> Callable[[], None]:
    """Resamples every group at a false match rate of 1 in 1,000."""
    parts = np.array_split(np.arange(len(vectors)), _GROUPS)
    groups = [(vectors[part], labels.take(part)) for part in parts]
    counted = [trials.non_mated(*group) for group in groups]

    def resample() -> None:
        rng = np.random.default_rng(1)
        for (own, owners), comparisons in zip(groups, counted, strict=True):
            threshold = rates.threshold_at(comparisons.counts, _FMR)
            matches, mates = trials.non_mated_above(own, owners, threshold), trials.mated(own, owners)
            resample_pairs(comparisons, owners, matches, rng=rng)
            resample_people(mates.scores < threshold, owners.person[mates.first], rng=rng)

    return resample
