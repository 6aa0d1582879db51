"""Reliability: likelihood ratios and evidence that they were not fitted to in, how far probabilities made of them hold.

A likelihood ratio becomes a probability by a prior: posterior odds = ratio * prior odds. The prior is not the audit's
to know, so every figure names the one it assumes. Mated and non-mated pairs are weighted to make up that prior.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import expit

from recognizance.audit.differentials import Figures
from recognizance.evaluation.account import exact
from recognizance.evaluation.evidence import Evidence, Map

PRIORS = (0.5, 1e-3)
"""Even odds, as two photographs of one case may have; and one in a thousand, as a candidate of a small gallery has."""

_EDGES = np.linspace(0, 1, 11)
_LN10 = float(np.log(10.0))


def describe_reliability(evidence: Evidence, log10_lr: Map) -> list[dict[str, Any]]:
    """For each prior: stated and observed probability in ten bins, and the expected calibration error (ECE)."""
    return [_describe(evidence, log10_lr, prior) for prior in PRIORS]


def posterior(log10_lr: Figures, prior: float) -> Figures:
    """The probability of a mated pair, for log10 likelihood ratios (m,) at a prior between 0 and 1."""
    found: Figures = expit(_LN10 * log10_lr + np.log(prior / (1 - prior)))
    return found


def _describe(evidence: Evidence, log10_lr: Map, prior: float) -> dict[str, Any]:
    stated = posterior(log10_lr(evidence.scores), prior)
    mated = prior * evidence.mated / evidence.mated.sum()
    weights = mated + (1 - prior) * evidence.non_mated / evidence.non_mated.sum()
    place = np.clip(np.searchsorted(_EDGES, stated, side="right") - 1, 0, len(_EDGES) - 2)
    held, sums, hits = (np.bincount(place, part, len(_EDGES) - 1) for part in (weights, weights * stated, mated))
    pairs = np.bincount(place, evidence.mated + evidence.non_mated, len(_EDGES) - 1)
    return {
        "prior": prior,
        "ece": exact(float(np.abs(sums - hits).sum())),
        "bins": [
            {
                "stated": exact(sums[one] / held[one]),
                "observed": exact(hits[one] / held[one]),
                "weight": exact(held[one]),
                "pairs": int(pairs[one]),
            }
            for one in np.flatnonzero(held)
        ],
    }
