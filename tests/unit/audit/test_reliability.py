from __future__ import annotations

import numpy as np
import pytest

from recognizance.audit.reliability import describe_reliability, posterior
from recognizance.evaluation.evidence import Evidence

EVIDENCE = Evidence.of_scores([0.9, 0.9, 0.9, 0.1], [0.9, 0.1, 0.1, 0.1])


@pytest.mark.parametrize(
    ("log10_lr", "prior", "probability"),
    [(0.0, 0.5, 0.5), (1.0, 0.5, 10 / 11), (4.0, 1 / 25_001, 0.2857), (6.0, 1 / 25_001, 0.9756)],
)
def test_a_ratio_becomes_a_probability_by_its_prior(log10_lr, prior, probability):
    assert float(posterior(np.array(log10_lr), prior)) == pytest.approx(probability, abs=1e-4)


def test_true_ratios_make_probabilities_that_hold():
    # 3 of 4 mated pairs score 0.9, and 1 of 4 non-mated ones.
    even, rare = describe_reliability(EVIDENCE, lambda scores: np.where(np.asarray(scores) > 0.5, 1, -1) * np.log10(3))
    assert (even["prior"], rare["prior"]) == (0.5, 1e-3)
    assert [one["stated"] for one in even["bins"]] == pytest.approx([0.25, 0.75])
    assert [one["observed"] for one in even["bins"]] == pytest.approx([0.25, 0.75])
    assert [one["pairs"] for one in even["bins"]] == [4, 4]
    assert (even["ece"], rare["ece"]) == pytest.approx((0, 0), abs=1e-12)


def test_bold_ratios_are_found_out():
    [even, _] = describe_reliability(EVIDENCE, lambda scores: np.where(np.asarray(scores) > 0.5, 6.0, -6.0))
    assert even["ece"] == pytest.approx(0.25, abs=1e-5)
    assert sum(one["weight"] for one in even["bins"]) == pytest.approx(1)
