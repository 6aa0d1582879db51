"""The similarity curve: a score (inner product) in, a similarity 0..100 that means a false match rate out, and back.

Similarity is a fixed function of the false match rate (`ANCHORS`), and the rate a measured, tabulated function of the
score. Both are piecewise linear in log10, so their composition is one small table of (score, similarity) that a
bisection searches for every candidate.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from recognizance.errors import SettingsError

FORMAT = "recognizance-curve/1"

ANCHORS = ((0.0, 1.0), (50.0, 1e-4), (80.0, 1e-6), (90.0, 1e-7), (95.0, 1e-8), (99.0, 1e-9), (100.0, 1e-12))
"""(similarity, false match rate), with similarity linear in log10 of the rate between them."""

_SIMILARITIES = [similarity for similarity, _ in ANCHORS]
_LOG10_FMRS = [math.log10(fmr) for _, fmr in ANCHORS]


def similarity_at(log10_fmr: float) -> float:
    """The similarity that stands for a false match rate, given as its log10 (0 or less)."""
    return _interpolate(-log10_fmr, [-value for value in _LOG10_FMRS], _SIMILARITIES)


def log10_fmr_at(similarity: float) -> float:
    """The log10 of the false match rate that a similarity (0..100) stands for."""
    return _interpolate(similarity, _SIMILARITIES, _LOG10_FMRS)


@dataclass(frozen=True, slots=True)
class Table:
    """False match rate by score: `scores` ascending from -1, `log10_fmr` from 0 down to -12, of one length.

    From `extrapolated_from` on, rates come from the fitted tail and were not measured.
    """

    scores: Sequence[float]
    log10_fmr: Sequence[float]
    extrapolated_from: float

    def __post_init__(self) -> None:
        rising = all(a < b for a, b in pairwise(self.scores))
        # Below the lowest score seen every pair matches: only there may two scores share a rate.
        falling = all(a > b or a == b == 0 for a, b in pairwise(self.log10_fmr))
        ends = (self.scores[0], self.log10_fmr[0], self.log10_fmr[-1]) == (-1.0, 0.0, _LOG10_FMRS[-1])
        if len(self.scores) != len(self.log10_fmr) or not (rising and falling and ends):
            raise ValueError("a curve's scores rise from -1 while its log10 false match rates fall from 0 to -12")

    def score_at(self, log10_fmr: float) -> float:
        """The score at which the false match rate is 10 ** log10_fmr."""
        return _interpolate(-log10_fmr, [-value for value in self.log10_fmr], self.scores)


class SimilarityCurve:
    """Implements `ports.Curve`. Immutable and free of locks."""

    def __init__(self, table: Table, *, space: str) -> None:
        self.table = table
        self.space = space
        self.extrapolated_from = table.extrapolated_from
        knots = {score: similarity_at(rate) for score, rate in zip(table.scores, table.log10_fmr, strict=True)}
        knots |= {table.score_at(rate): similarity for similarity, rate in zip(_SIMILARITIES, _LOG10_FMRS, strict=True)}
        self._scores = sorted(knots)
        # Two knots that are one but for rounding must not make a step down.
        self._similarities = list(accumulate((knots[score] for score in self._scores), max))

    def similarity(self, score: float) -> float:
        """Similarity of a score, 0..100. A score a rounding error past -1 or 1 counts as -1 or 1."""
        return _interpolate(score, self._scores, self._similarities)

    def score(self, similarity: float) -> float:
        """The smallest score whose similarity reaches the given one; -1.0 for 0."""
        score = _interpolate(similarity, self._similarities, self._scores, rightmost=False)
        # The way back may round to just under the goal, and a face at the threshold must be in.
        while self.similarity(score) < min(similarity, 100.0):
            score = math.nextafter(score, math.inf)
        return score

    def is_extrapolated(self, score: float) -> bool:
        """Whether the false match rate at a score was extrapolated, not measured."""
        return score >= self.extrapolated_from


def load_curve(space: str, own_folder: Path | None = None) -> SimilarityCurve:
    """The curve of an embedding space: an operator's own from a folder of curve files, else the shipped one.

    Raises SettingsError if there is none, or if a file of the folder cannot be used.
    """
    return find_curve(space, own_folder)[0]


def find_curve(space: str, own_folder: Path | None = None) -> tuple[SimilarityCurve, dict[str, Any]]:
    """As `load_curve`, and the document that the curve comes from."""
    shipped = resources.files("recognizance.models").joinpath("curves")
    for folder in (own_folder, shipped):
        for file in _curve_files(folder):
            document = read_document(file)
            curve = curve_of(document, name=file.name)
            if curve.space == space:
                return curve, document
    raise SettingsError(
        f"no similarity curve is known for the embedding space {space!r}; measure one on labelled photographs with "
        f"`recognizance calibrate FOLDER... --out FILE`" + (f" into {own_folder}" if own_folder else "")
    )


def read_document(file: Path | Traversable) -> dict[str, Any]:
    """The content of a curve file, format checked. Raises SettingsError with the file's name."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"the curve {file.name} cannot be read: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        found = document.get("format") if isinstance(document, dict) else type(document).__name__
        raise SettingsError(f"{file.name} is no curve that this version reads: expected format {FORMAT}, got {found}")
    return document


def curve_of(document: Mapping[str, Any], *, name: str) -> SimilarityCurve:
    """The curve that a document tabulates. Raises SettingsError with `name` if the table is not a curve."""
    try:
        table = document["table"]
        checked = Table(tuple(table["scores"]), tuple(table["log10_fmr"]), float(table["extrapolated_from"]))
        return SimilarityCurve(checked, space=document["pack"]["space"])
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise SettingsError(f"the curve {name} cannot be used ({error}); make it anew") from error


def _curve_files(folder: Path | Traversable | None) -> list[Path | Traversable]:
    if folder is None or not folder.is_dir():
        return []
    return sorted((file for file in folder.iterdir() if file.name.endswith(".json")), key=lambda file: file.name)


def _interpolate(x: float, xs: Sequence[float], ys: Sequence[float], *, rightmost: bool = True) -> float:
    """Piecewise linear y at x; xs ascending; held constant outside. Among equal xs the last counts, or the first."""
    if math.isnan(x):
        raise ValueError("a curve has no value at NaN")
    at = bisect_right(xs, x) if rightmost else bisect_left(xs, x)
    if at == 0:
        return ys[0]
    if at == len(xs):
        return ys[-1]
    low, high = xs[at - 1], xs[at]
    return ys[at - 1] + (x - low) / (high - low) * (ys[at] - ys[at - 1])
