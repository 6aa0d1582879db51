"""Scores: the trials of an audit in, tables out from which anybody can compute its rates again with code of his own.

CSV files in one folder; `docs/fairness.md` describes the columns. Scores are written with all their digits. They name
pictures and hold no face and no template.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from recognizance.audit.protocol import Population
from recognizance.audit.searches import plan_searches
from recognizance.audit.worst import image_id
from recognizance.evaluation import rates, trials
from recognizance.evaluation.dataset import half_of
from recognizance.evaluation.trials import Pairs


def write_scores(
    folder: Path, population: Population, parts: Mapping[str, Population], columns: Sequence[str], *, floor: float
) -> None:
    """Write pictures, mated pairs, non-mated pairs from the score `floor` on, the histogram of all, and searches.

    `parts` are the populations whose searches are written, by name: everybody's, and those of the test half.
    """
    folder.mkdir(parents=True, exist_ok=True)
    everybody, number = population.everybody, _numbers(population)
    counts = everybody.non_mates.counts
    seen = np.flatnonzero(counts)
    head = ("picture", "image", "person", "set", "batch", "photograph", "half", "face", *columns)
    _write(folder / "pictures.csv", head, _pictures(population, columns))
    _write(folder / "mated.csv", ("picture", "other", "score"), _pairs(everybody.mates))
    above = trials.non_mated_above(population.vectors, population.labels, floor)
    _write(folder / "non_mated.csv", ("picture", "other", "score"), _pairs(above))
    histogram = zip(rates.grid_scores()[seen].tolist(), counts[seen].tolist(), strict=True)
    _write(folder / "non_mated_histogram.csv", ("from_score", "pairs"), histogram)
    head = ("people", "picture", "mated", "enrolled", "stranger_score", "mate_score", "mate_rank")
    rows = (row for name, part in parts.items() for row in _searches(name, part, number))
    _write(folder / "searches.csv", head, rows)


def _write(path: Path, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)


def _numbers(population: Population) -> dict[str, int]:
    return {image_id(photo): number for number, photo in enumerate(population.found + population.failed)}


def _pictures(population: Population, columns: Sequence[str]) -> Iterator[Sequence[object]]:
    for number, photo in enumerate(population.found + population.failed):
        groups = [photo.columns.get(column, "") for column in columns]
        face = int(number < len(population.found))
        facts = (photo.person, photo.set_name, photo.batch, photo.capture, half_of(photo.person))
        yield (number, image_id(photo), *facts, face, *groups)


def _pairs(pairs: Pairs) -> Iterator[Sequence[object]]:
    # A float32 as a Python float: the shortest text that gives the same number back.
    return zip(pairs.first.tolist(), pairs.second.tolist(), pairs.scores.tolist(), strict=True)


def _searches(name: str, population: Population, number: Mapping[str, int]) -> Iterator[Sequence[object]]:
    """Each search: the best score of somebody else, and the mate's best score and its place in the candidate list."""
    plan = plan_searches(population)
    if plan is None:
        return
    found = plan.search_all()
    photographs = population.found + population.failed
    for position, mated, scores, is_mate in zip(plan.probes, found.mated, found.scores, found.is_mate, strict=True):
        listed = np.isfinite(scores)
        strangers, mates = np.flatnonzero(listed & ~is_mate), np.flatnonzero(listed & is_mate)
        stranger = float(scores[strangers[0]]) if len(strangers) else ""
        mate, rank = (float(scores[mates[0]]), int(mates[0]) + 1) if len(mates) else ("", "")
        yield name, number[image_id(photographs[position])], int(mated), found.enrolled, stranger, mate, rank
