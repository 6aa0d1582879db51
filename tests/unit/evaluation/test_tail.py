from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import genpareto

from recognizance.evaluation.tail import Tail, fit_tail

START = 0.4


def draw(shape: float, scale: float, count: int = 20_000) -> np.ndarray:
    """Scores whose excess has the distribution exactly: its quantiles at even steps."""
    return START + genpareto.ppf((np.arange(count) + 0.5) / count, shape, scale=scale)


def test_the_tail_that_made_the_scores_is_found():
    tail = fit_tail(draw(-0.03, 0.025), START, 20_000_000)
    assert (tail.start, tail.share) == (START, 1e-3)
    assert (tail.shape, tail.scale) == pytest.approx((-0.03, 0.025), rel=0.02)


def test_a_given_shape_is_kept_and_the_scale_fitted():
    tail = fit_tail(draw(-0.03, 0.025, 400), START, 400_000, shape=-0.03)
    assert tail.shape == -0.03
    assert tail.scale == pytest.approx(0.025, rel=0.01)


def test_a_tail_heavier_than_exponential_is_held_at_exponential():
    scores = draw(0.2, 0.02)
    tail = fit_tail(scores, START, 20_000_000)
    assert tail.shape == 0
    assert tail.scale == pytest.approx((scores - START).mean())


def test_a_tail_that_would_end_below_one_is_stretched_to_end_at_one():
    scores = draw(-0.3, 0.03)  # ends at 0.5
    tail = fit_tail(scores, START, 20_000_000)
    assert tail.scale / -tail.shape == pytest.approx(1 - START)
    assert tail.fmr(1.0) == 0
    assert tail.fmr(0.9) > 0

    def log_likelihood(shape: float) -> float:
        return genpareto.logpdf(scores - START, shape, scale=-shape * (1 - START)).sum()

    assert log_likelihood(tail.shape) >= max(log_likelihood(tail.shape * f) for f in (0.98, 1.02))


@pytest.mark.parametrize("shape", [-0.04, 0.0])
def test_rates_are_the_share_times_the_survival_of_scipy(shape: float):
    tail = Tail(START, 1e-3, shape, 0.025)
    scores = np.linspace(START, 0.9, 11)
    assert tail.fmr(scores) == pytest.approx(1e-3 * genpareto.sf(scores - START, shape, scale=0.025), rel=1e-9)
