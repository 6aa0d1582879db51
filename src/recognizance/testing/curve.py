"""A curve that anyone can compute in the head, similarity = 100 x score."""

from __future__ import annotations

from recognizance.evaluation.curve import ANCHORS, Table, log10_fmr_at


class LinearCurve:
    """Implements `ports.Curve` for tests; real similarities come from a measured curve."""

    table = Table(
        scores=(-1.0, *(similarity / 100 for similarity, _ in ANCHORS)),
        log10_fmr=(0.0, *(log10_fmr_at(similarity) for similarity, _ in ANCHORS)),
        extrapolated_from=1.0,
    )
    """The same as false match rates by score."""

    def similarity(self, score: float) -> float:
        """100 x score, at least 0."""
        return max(0.0, 100.0 * score)

    def score(self, similarity: float) -> float:
        """The inverse; everything reaches 0."""
        return similarity / 100.0 if similarity > 0 else -1.0
