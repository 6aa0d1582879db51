from __future__ import annotations

import numpy as np

from recognizance.bench.scoring import crowd, print_peak
from recognizance.evaluation import trials


def test_a_crowd_has_four_pictures_of_each_person():
    vectors, labels = crowd(40)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    assert np.bincount(labels.person).tolist() == [4] * 10
    assert trials.non_mated(vectors, labels).total == 40 * 36 // 2
    assert len(trials.mated(vectors, labels).scores) == 10 * 6


def test_the_peak_is_printed_in_bytes(capsys):
    print_peak(40)
    assert 2**20 < int(capsys.readouterr().out) < 2**35
