"""Open-set search: candidate lists of probes with and without a mate in the gallery in, search error rates out.

FPIR(N, t) is the share of non-mated searches that return a candidate at or above t in a gallery of N people; FNIR(N, R,
t) the share of mated searches whose mate is not among the first R candidates at or above t; the rank-1 miss is
FNIR(N, 1, -inf) (ISO/IEC 19795-1, NIST FRTE 1:N). One comparison in a million sounds rare, and N of them are not:
1 - (1 - FMR)^N is what independent comparisons would make of it, and what was measured stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recognizance.audit.differentials import Figures
from recognizance.audit.errors import NoTrialsError
from recognizance.evaluation.intervals import Rate, rate_over_people
from recognizance.evaluation.trials import BoolArray, IntArray
from recognizance.ports import Cohort
from recognizance.values import FloatArray

CANDIDATES = 50
"""Length of a candidate list, as NIST's investigation mode has it."""

SHARES = (1, 10, 100)
"""Searches are measured in the whole gallery, a tenth and a hundredth of its people."""

_BLOCK = 512


@dataclass(frozen=True, slots=True, eq=False)
class Searches:
    """What searches of one gallery returned, best candidate first.

    `scores` float32 (n, k) descending, -inf past the end of a list and all through it where no face was found in the
    probe: such a search stays a miss. `is_mate` bool (n, k); `mated` bool (n,) whether the probe's person is in the
    gallery; `person` int64 (n,) whose probe it is; `enrolled` how many people the gallery holds.
    """

    scores: FloatArray
    is_mate: BoolArray
    mated: BoolArray
    person: IntArray
    enrolled: int

    def take(self, index: IntArray) -> Searches:
        """Some of the searches, int64 (m,): those of a group."""
        return Searches(self.scores[index], self.is_mate[index], self.mated[index], self.person[index], self.enrolled)


@dataclass(frozen=True, slots=True)
class Operation:
    """Searches in a gallery of `enrolled` people at a threshold; a rate without a trial is None.

    `fpir_by_formula` is 1 - (1 - FMR)^N at both ends of the interval of the false match rate between these probes and
    the gallery.
    """

    enrolled: int
    threshold: float
    fpir: Rate | None
    fpir_by_formula: tuple[float, float]
    fnir: Rate | None
    rank_one_miss: Rate | None


def fpir(searches: Searches, threshold: float) -> Rate:
    """False positive identification rate, over people. Raises NoTrialsError without non-mated searches."""
    best = _best_non_mates(searches)
    return rate_over_people(best >= threshold, searches.person[~searches.mated])


def fnir(searches: Searches, threshold: float, *, rank: int) -> Rate:
    """False negative identification rate, over people. Raises NoTrialsError without mated searches."""
    return rate_over_people(_best_mates(searches, rank) < threshold, searches.person[searches.mated])


def rank_one_miss(searches: Searches) -> Rate:
    """How often the first candidate is not the mate, whatever its score. Raises NoTrialsError like `fnir`."""
    return fnir(searches, float(np.finfo(np.float32).min), rank=1)


def det(searches: Searches, thresholds: Figures, *, rank: int) -> tuple[Figures, Figures]:
    """FPIR and FNIR at thresholds (m,), each float64 (m,). Raises NoTrialsError unless there are searches of both."""
    best, mates = np.sort(_best_non_mates(searches)), np.sort(_best_mates(searches, rank))
    return (
        1 - np.searchsorted(best, thresholds, side="left") / len(best),
        np.searchsorted(mates, thresholds, side="left") / len(mates),
    )


def cmc(searches: Searches) -> Figures:
    """Cumulative match characteristic: share of mated searches with the mate among the first 1, 2, ... k, (k,)."""
    depth = searches.scores.shape[1]
    return np.array([np.isfinite(_best_mates(searches, rank)).mean() for rank in range(1, depth + 1)])


def fpir_by_formula(fmr: float, enrolled: int) -> float:
    """1 - (1 - FMR)^N, exact for tiny rates."""
    return float(-np.expm1(enrolled * np.log1p(-fmr)))


def operate(searches: Searches, threshold: float, *, fmr: Rate, rank: int = CANDIDATES) -> Operation:
    """All search error rates at a threshold, at which probes and gallery have the false match rate `fmr`."""
    mated = searches.mated.any()
    return Operation(
        enrolled=searches.enrolled,
        threshold=threshold,
        fpir=fpir(searches, threshold) if not searches.mated.all() else None,
        fpir_by_formula=(fpir_by_formula(fmr.low, searches.enrolled), fpir_by_formula(fmr.high, searches.enrolled)),
        fnir=fnir(searches, threshold, rank=rank) if mated else None,
        rank_one_miss=rank_one_miss(searches) if mated else None,
    )


def operate_by_group(
    searches: Searches, groups: Mapping[str, IntArray], threshold: float, *, fmr: Mapping[str, Rate]
) -> dict[str, Operation]:
    """`operate` for the probes of each group, int64 (m,), with the group's own false match rate."""
    return {name: operate(searches.take(index), threshold, fmr=fmr[name]) for name, index in groups.items()}


def search_samples(
    search: Callable[[IntArray], Searches],
    gallery_person: IntArray,
    *,
    rng: np.random.Generator,
    shares: Sequence[int] = SHARES,
) -> dict[int, Searches]:
    """What `search` returns in random parts of the gallery, one in `share` of its people each, by share.

    `gallery_person` int64 (N,) says whose each enrolled picture is; `search` gets positions in it, int64 (m,). Each
    part lies inside the larger ones, so that the parts differ in size and in nothing else.
    """
    people = rng.permutation(np.unique(gallery_person))
    parts = {share: people[: max(1, len(people) // share)] for share in shares}
    return {share: search(np.flatnonzero(np.isin(gallery_person, part))) for share, part in parts.items()}


@dataclass(frozen=True, slots=True, eq=False)
class CosineSearch:
    """Exact search by cosine: `gallery` and `probes` are unit rows, float32 (N, d) and (n, d), with person codes.

    Called with positions in the gallery it searches that part. A probe's own mates are always in, so that mated
    probes stay mated in every part. With a `cohort` scores are rescaled by the part that is searched, as a server does.
    """

    gallery: FloatArray
    gallery_person: IntArray
    probes: FloatArray
    probe_person: IntArray
    candidates: int = CANDIDATES
    cohort: Cohort | None = None

    def __call__(self, part: IntArray) -> Searches:
        """Search every probe in the gallery's pictures at `part`, int64 (m,), and its own mates."""
        listed = min(self.candidates, len(self.gallery))
        inside = np.zeros(len(self.gallery), np.bool_)
        inside[part] = True
        depth = listed if self.cohort is None else min(max(listed, self.cohort.places(len(self.gallery))), inside.size)
        scores = np.empty((len(self.probes), listed), np.float32)
        is_mate = np.empty((len(self.probes), listed), np.bool_)
        for start in range(0, len(self.probes), _BLOCK):
            rows = slice(start, start + _BLOCK)
            mates = self.probe_person[rows, None] == self.gallery_person
            every = np.where(inside | mates, self.probes[rows] @ self.gallery.T, np.float32(-np.inf))
            best = np.argpartition(every, -depth, axis=1)[:, -depth:]
            order = np.argsort(-np.take_along_axis(every, best, axis=1), axis=1)
            best = np.take_along_axis(best, order, axis=1)
            sizes = np.isfinite(every).sum(axis=1)
            scores[rows] = self._rescale(np.take_along_axis(every, best, axis=1), sizes)[:, :listed]
            is_mate[rows] = np.take_along_axis(mates, best[:, :listed], axis=1)
        return Searches(
            scores=scores,
            is_mate=is_mate,
            mated=np.isin(self.probe_person, self.gallery_person),
            person=self.probe_person,
            enrolled=len(np.unique(self.gallery_person[part])),
        )

    def _rescale(self, best: FloatArray, sizes: IntArray) -> FloatArray:
        """Scores (n, k), best first, on the scale of the curve; `sizes` (n,) says among how many each was searched."""
        if self.cohort is None:
            return best
        lines = [
            self.cohort.rescaling(row[: self.cohort.places(size)], size)
            for row, size in zip(best, sizes.tolist(), strict=True)
        ]
        slope, shift = np.array([(line.slope, line.shift) for line in lines], np.float32).T[:, :, None]
        return np.where(np.isfinite(best), np.clip(slope * best + shift, -1, 1), best)


def _best_non_mates(searches: Searches) -> FloatArray:
    """The score of the first candidate of each non-mated search, (m,)."""
    if searches.mated.all():
        raise NoTrialsError("no non-mated searches: leave some people of the data out of the gallery")
    best: FloatArray = searches.scores[~searches.mated, 0]
    return best


def _best_mates(searches: Searches, rank: int) -> FloatArray:
    """The best score of a mate among the first `rank` candidates of each mated search, -inf without one, (m,)."""
    if not searches.mated.any():
        raise NoTrialsError("no mated searches: somebody in the gallery needs a second photograph to search with")
    scores, is_mate = searches.scores[searches.mated, :rank], searches.is_mate[searches.mated, :rank]
    best: FloatArray = np.where(is_mate, scores, np.float32(-np.inf)).max(axis=1)
    return best
