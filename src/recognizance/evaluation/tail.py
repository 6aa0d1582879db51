"""Tail: the highest non-mated scores in, false match rates past the measured range out.

Above a high score the excess follows a generalised Pareto distribution (ISO/IEC 5152 extrapolates in this way). The
shape decides how fast the rate falls, and a few hundred scores fix it badly: it is estimated from all pairs together
and only the scale from each group, as hydrologists do for floods of one region. A cosine ends at 1, so the shape
cannot be above 0; and two people may look alike without limit, so the tail may not end below 1 either.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import genpareto

TAIL_SHARE = 1e-3
"""The share of non-mated scores that the tail is fitted on."""

EVENTS_NEEDED = 30
"""Measuring ends where fewer false matches than this are expected (rule of 30: within 30 % at 90 % confidence)."""


@dataclass(frozen=True, slots=True)
class Tail:
    """FMR(s) = share * (1 + shape * (s - start) / scale) ** (-1 / shape) for scores s of `start` or more."""

    start: float
    share: float
    shape: float
    scale: float

    def fmr(self, scores: ArrayLike) -> NDArray[np.float64]:
        """False match rate at scores >= start, float64."""
        excess = np.asarray(scores, np.float64) - self.start
        if self.shape == 0:
            return self.share * np.exp(-excess / self.scale)
        return self.share * np.maximum(0.0, 1 + self.shape * excess / self.scale) ** (-1 / self.shape)


def fit_tail(scores: NDArray[np.floating], start: float, total: int, *, shape: float | None = None) -> Tail:
    """Fit the tail by maximum likelihood.

    `scores`: the non-mated scores of `start` or more (m,), of `total` pairs. `shape`: taken as given if not None.
    """
    excess = scores.astype(np.float64) - start
    share = len(scores) / total
    if shape is None:
        shape = float(genpareto.fit(excess, floc=0)[0])
    shape = min(shape, 0.0)
    scale = float(genpareto.fit(excess, f0=shape, floc=0)[2]) if shape else float(excess.mean())
    if shape * (1 - start) < -scale:
        # With its end held at 1 the tail is a power of the distance to 1, whose likelihood has a closed form.
        shape = float(np.log1p(-excess / (1 - start)).mean())
        scale = -shape * (1 - start)
    return Tail(start, share, shape, scale)
