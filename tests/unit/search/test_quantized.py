"""The int8 index against its exact twin: same numbers, same scores, same order, whatever happened before."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizance.search import quantized, shard
from recognizance.search.exact import ExactIndex
from recognizance.search.quantized import QuantizedIndex


def unit(rng, count, dimension):
    vectors = rng.standard_normal((count, dimension))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)


def assert_same(fast, slow, probe, limit, min_score):
    ours = fast.search(probe, limit=limit, min_score=min_score)
    theirs = slow.search(probe, limit=limit, min_score=min_score)
    assert np.array_equal(ours.numbers, theirs.numbers)
    assert np.array_equal(ours.scores, theirs.scores)


class Pair:
    """An index and its twin, changed in step."""

    def __init__(self, dimension, pool=None):
        self.fast, self.slow, self.last = QuantizedIndex(pool), ExactIndex(dimension), 0

    def add(self, templates):
        numbers = np.arange(self.last + 1, self.last + 1 + len(templates))
        self.last += len(templates)
        self.fast.add(numbers, templates)
        self.slow.add(numbers, templates)

    def remove(self, numbers):
        self.fast.remove(numbers)
        self.slow.remove(numbers)


@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    dimension=st.sampled_from([8, 33, 128]),
    spread=st.sampled_from(["isotropic", "crowded", "clipped"]),
    limit=st.sampled_from([1, 10, 300, 4096]),
    min_score=st.sampled_from([-1.0, 0.0, 0.2, 0.5, 1.0]),
)
def test_equals_the_exact_twin(seed, dimension, spread, limit, min_score):
    rng = np.random.default_rng(seed)
    pair = Pair(dimension)
    for _ in range(3):
        templates = unit(rng, int(rng.integers(1, 2500)), dimension)
        if spread == "crowded":  # scores far closer together than the codes can tell apart
            templates = (templates[:1] + np.float16(0.01) * templates).astype(np.float16)
        if spread == "clipped":  # one-hot vectors lie far outside the range of the codes
            templates[rng.integers(len(templates), size=5)] = np.eye(dimension)[rng.integers(dimension, size=5)]
        duplicated = rng.integers(len(templates), size=len(templates) // 5)
        pair.add(np.concatenate([templates, templates[duplicated]]))
        pair.remove(rng.integers(0, pair.last + 3, size=int(rng.integers(0, 400))))
    assert len(pair.fast) == len(pair.slow)
    for probe in (unit(rng, 1, dimension)[0], templates[0], -templates[0], np.eye(dimension)[0]):
        assert_same(pair.fast, pair.slow, probe.astype(np.float32), limit, min_score)


def test_threaded_shards_give_the_same_answer(monkeypatch):
    monkeypatch.setattr(quantized, "THREADED_FROM", 1)
    rng = np.random.default_rng(1)
    with ThreadPoolExecutor(1) as pool:
        pair = Pair(64, pool)
        pair.add(unit(rng, 5000, 64))
        for probe in unit(rng, 5, 64).astype(np.float32):
            assert_same(pair.fast, pair.slow, probe, 20, -1.0)


def test_an_answer_that_the_first_candidates_do_not_prove_is_widened(monkeypatch):
    rng = np.random.default_rng(2)
    pair = Pair(128)
    pair.add((unit(rng, 1, 128) + np.float16(0.001) * unit(rng, 6000, 128)).astype(np.float16))
    widths = []
    plain = shard.Shard.candidates
    monkeypatch.setattr(
        shard.Shard, "candidates", lambda self, probe, width: widths.append(width) or plain(self, probe, width)
    )
    assert_same(pair.fast, pair.slow, pair.slow._templates[5].astype(np.float32), 10, -1.0)
    assert max(widths) > quantized.FIRST_WIDTH


def test_replaced_rows_answer_with_their_new_templates():
    index = QuantizedIndex()
    index.add(np.array([1, 2]), np.eye(2, dtype=np.float16))
    index.replace(np.array([1]), np.array([[0, -1]], np.float16))
    hits = index.search(np.array([0, 1], np.float32), limit=9, min_score=-1.0)
    assert (hits.numbers.tolist(), hits.scores.tolist()) == ([2, 1], [1.0, -1.0])


def test_an_index_without_templates_finds_nothing():
    index = QuantizedIndex()
    index.remove(np.array([1]))
    assert len(index) == 0
    assert index.search(np.ones(4, np.float32), limit=9, min_score=-1.0).numbers.size == 0


def test_an_emptied_index_finds_nothing_and_takes_templates_again():
    index = QuantizedIndex()
    index.add(np.array([1]), np.ones((1, 4), np.float16))
    index.remove(np.array([1]))
    assert index.search(np.ones(4, np.float32), limit=9, min_score=-1.0).numbers.size == 0
    index.add(np.array([2]), np.full((1, 4), 0.5, np.float16))
    assert index.search(np.full(4, 0.5, np.float32), limit=9, min_score=-1.0).numbers.tolist() == [2]


def test_the_bytes_of_a_removed_row_are_wiped():
    index = QuantizedIndex()
    index.add(np.arange(10), unit(np.random.default_rng(3), 10, 16))
    index.remove(np.arange(5, 10))
    for part in index._shards:
        assert len(part) == len(part._codes())
        assert not part._templates[len(part) :].any()
        assert not part._numbers[len(part) :].any()


def test_searches_beside_changes_see_whole_rows_and_what_was_acknowledged():
    rng = np.random.default_rng(4)
    index, dimension = QuantizedIndex(), 32
    standing = unit(rng, 2000, dimension)
    index.add(np.arange(2000), standing)
    coming = unit(rng, 300, dimension)
    failures: list[str] = []
    done = threading.Event()

    def search_standing(seed):
        rows = np.random.default_rng(seed)
        while not done.is_set():
            row = int(rows.integers(2000))
            hits = index.search(standing[row].astype(np.float32), limit=1, min_score=0.99)
            if hits.numbers.tolist() != [row]:
                failures.append(f"standing {row} gave {hits}")

    readers = [threading.Thread(target=search_standing, args=(seed,)) for seed in range(3)]
    for reader in readers:
        reader.start()
    for number, template in enumerate(coming, start=5000):
        probe = template.astype(np.float32)
        index.add(np.array([number]), template[None])
        if index.search(probe, limit=1, min_score=0.99).numbers.tolist() != [number]:
            failures.append(f"{number} not found after add")
        index.remove(np.array([number]))
        if index.search(probe, limit=1, min_score=0.99).numbers.size:
            failures.append(f"{number} found after remove")
    done.set()
    for reader in readers:
        reader.join()
    assert failures == []
