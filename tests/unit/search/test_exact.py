"""The reference twin, by hand-made examples."""

from __future__ import annotations

import numpy as np
import pytest

from recognizance.search.exact import ExactIndex, score

PROBE = np.array([1.0, 0.0], np.float32)


def build(*rows: tuple[int, float, float]) -> ExactIndex:
    index = ExactIndex(2)
    index.add(np.array([row[0] for row in rows], np.int64), np.array([row[1:] for row in rows], np.float16))
    return index


@pytest.mark.parametrize(
    ("case", "rows", "limit", "min_score", "expected"),
    [
        ("best first", [(1, 0.5, 0), (2, 0.75, 0), (3, 0.25, 0)], 9, -1.0, [2, 1, 3]),
        ("limit", [(1, 0.5, 0), (2, 0.75, 0), (3, 0.25, 0)], 2, -1.0, [2, 1]),
        ("equal scores by number", [(7, 0.5, 0), (2, 0.5, 0.1), (5, 0.5, 0)], 9, -1.0, [2, 5, 7]),
        ("min_score is reached", [(1, 0.5, 0), (2, 0.25, 0)], 9, 0.5, [1]),
        ("a hair below min_score", [(1, 0.5, 0)], 9, 0.5 + 1e-12, []),
        ("nothing held", [], 9, -1.0, []),
    ],
)
def test_search(case, rows, limit, min_score, expected):
    index = build(*rows) if rows else ExactIndex(2)
    assert index.search(PROBE, limit=limit, min_score=min_score).numbers.tolist() == expected, case


def test_removed_rows_are_not_found_and_unknown_numbers_are_ignored():
    index = build((1, 0.5, 0), (2, 0.75, 0))
    index.remove(np.array([2, 99]))
    assert len(index) == 1
    assert index.search(PROBE, limit=9, min_score=-1.0).numbers.tolist() == [1]


def test_scores_are_held_to_cosines():
    templates = np.array([[1.001, 0], [-1.001, 0]], np.float16)
    assert score(templates, PROBE).tolist() == [1.0, -1.0]


@pytest.mark.parametrize("dimension", [1, 8, 33, 128, 512])
def test_a_row_scores_the_same_bits_wherever_it_stands(dimension):
    rng = np.random.default_rng(dimension)
    templates = rng.standard_normal((1000, dimension)).astype(np.float16) / np.float16(dimension)
    probe = rng.standard_normal(dimension).astype(np.float32) / np.float32(dimension)
    together = score(templates, probe)
    picked = rng.permutation(1000)[:321]
    assert np.array_equal(score(templates[picked], probe), together[picked])
    assert [float(score(templates[i : i + 1], probe)[0]) for i in range(50)] == together[:50].tolist()
