"""Every count against the plainest loop over all pairs that does the same."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from recognizance.evaluation import trials
from recognizance.evaluation.trials import BINS, REPEAT_SCORE, STEPS_PER_UNIT, Labels


@pytest.fixture(params=[7, 64, 2048], ids=lambda size: f"blocks of {size}")
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "_BLOCK", request.param)


def unit_rows(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def random_trials(seed: int, n: int = 60) -> tuple[np.ndarray, Labels]:
    """People with a direction each, some pictures repeated, two sets of which the second has batches."""
    rng = np.random.default_rng(seed)
    person = rng.integers(0, 20, n)
    vectors = unit_rows(rng.standard_normal((20, 8))[person] + 0.6 * rng.standard_normal((n, 8)))
    vectors[-1] = vectors[0]
    person[-1] = person[0]
    set_code = (np.arange(n) % 3 == 0).astype(np.int64)
    batch = np.where(set_code == 1, rng.integers(1, 4, n), 0)
    return vectors, Labels(person.astype(np.int64), rng.integers(0, 45, n), set_code, batch)


def is_non_mated(labels: Labels, i: int, j: int) -> bool:
    other_batch = labels.set_code[i] == labels.set_code[j] and labels.batch[i] != labels.batch[j]
    return labels.person[i] != labels.person[j] and labels.capture[i] != labels.capture[j] and not other_batch


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize("seed", range(3))
def test_non_mated_counts_every_allowed_pair_once(seed: int):
    vectors, labels = random_trials(seed)
    pairs = [(i, j) for i, j in combinations(range(len(vectors)), 2) if is_non_mated(labels, i, j)]
    counted = trials.non_mated(vectors, labels)
    assert counted.total == len(pairs)
    scores = np.array([vectors[i] @ vectors[j] for i, j in pairs])
    expected = np.bincount(((scores + 1) * STEPS_PER_UNIT).astype(int), minlength=BINS)
    # The order of additions differs: a score may fall on the other side of one bin's edge.
    assert np.abs(np.cumsum(counted.counts) - np.cumsum(expected)).max() <= 1
    assert counted.by_photo.tolist() == [sum(k in pair for pair in pairs) for k in range(len(vectors))]


@pytest.mark.usefixtures("block")
def test_non_mated_above_names_exactly_the_pairs_at_or_above():
    vectors, labels = random_trials(4)
    expected = {
        (i, j)
        for i, j in combinations(range(len(vectors)), 2)
        if is_non_mated(labels, i, j) and vectors[i] @ vectors[j] >= 0.4
    }
    found = trials.non_mated_above(vectors, labels, 0.4)
    assert expected
    assert set(zip(found.first.tolist(), found.second.tolist(), strict=True)) == expected
    assert found.scores == pytest.approx(
        [vectors[i] @ vectors[j] for i, j in zip(found.first, found.second, strict=True)]
    )


def test_mated_pairs_are_two_photographs_of_one_person():
    vectors, labels = random_trials(5)
    expected = {
        (i, j)
        for i, j in combinations(range(len(vectors)), 2)
        if labels.person[i] == labels.person[j]
        and labels.capture[i] != labels.capture[j]
        and vectors[i] @ vectors[j] < REPEAT_SCORE
    }
    found = trials.mated(vectors, labels)
    assert set(zip(found.first.tolist(), found.second.tolist(), strict=True)) == expected
    assert (0, len(vectors) - 1) not in expected, "the repeat that random_trials plants"


def labelled(person: list[int]) -> Labels:
    """Every picture a photograph of its own, all in one set."""
    zeros = np.zeros(len(person), np.int64)
    return Labels(np.array(person), np.arange(len(person)), zeros, zeros)


def test_nobody_twice_gives_no_mated_pair():
    vectors = unit_rows(np.eye(3))
    assert len(trials.mated(vectors, labelled([0, 1, 2])).scores) == 0
    assert len(trials.rank_one(vectors, labelled([0, 1, 2]))[0]) == 0


def test_equal_and_opposite_vectors_fall_into_the_outer_bins():
    counts = trials.non_mated(np.array([[1, 0], [1, 0], [-1, 0]], np.float32), labelled([0, 1, 2])).counts
    assert (counts[-1], counts[0], counts.sum()) == (1, 2, 3)


@pytest.mark.usefixtures("block")
def test_rank_one_searches_one_picture_of_each_person():
    vectors, labels = random_trials(6)
    first_of = {person: labels.person.tolist().index(person) for person in set(labels.person.tolist())}
    gallery = list(first_of.values())
    expected = []
    for probe in range(len(vectors)):
        mate = first_of[int(labels.person[probe])]
        same = labels.capture[probe] == labels.capture[mate] or vectors[probe] @ vectors[mate] >= REPEAT_SCORE
        if not same:
            best = max(gallery, key=lambda enrolled: vectors[probe] @ vectors[enrolled])
            expected.append((int(labels.person[probe]), best == mate))
    found, person = trials.rank_one(vectors, labels)
    assert sorted(zip(person.tolist(), found.tolist(), strict=True)) == sorted(expected)
    assert 0 < found.sum() < len(found)


def test_labels_of_photographs_tell_batches_of_two_sets_apart(make_set):
    from recognizance.evaluation.dataset import load

    from .sets import people

    dataset = load([make_set("one", people(2, batch="B")), make_set("two", people(2, batch="B"))])
    labels = Labels.of(dataset.photographs)
    assert labels.person.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert labels.set_code.tolist() == labels.batch.tolist() == [0] * 4 + [1] * 4
    assert labels.take(np.array([4, 0])).capture.tolist() == [4, 0]


@pytest.mark.parametrize(("length", "expected"), [(1.0, [True, False]), (0.5, [True, False])])
def test_repeats_are_told_whatever_the_lengths_of_embeddings(length: float, expected: list[bool]):
    one = np.array([[1, 0], [1, 0]], np.float32)
    other = np.array([[0.99, 0.141], [0.98, 0.199]], np.float32)
    assert trials.are_repeats(one, np.float32(length) * other).tolist() == expected
