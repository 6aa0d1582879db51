"""The search index: scans int8 codes, rescores the best in float32, and proves that no other row belongs in.

The answer is the one of `exact.ExactIndex` over the same templates, bit for bit and in the same order. The scan
reads a quarter of the float32 bytes, and memory bandwidth is what a scan costs.
"""

from __future__ import annotations

from concurrent.futures import Executor
from math import ceil

import numpy as np

from recognizance.search.exact import Hits, Numbers, Templates, rank
from recognizance.search.lock import ReadWriteLock
from recognizance.search.shard import Candidates, Shard
from recognizance.values import FloatArray

SHARDS = 2
"""Shards of an index; two scanning threads come near the memory bandwidth of a machine, more gain little."""

THREADED_FROM = 200_000
"""Rows from which the shards are scanned in threads; below, handing over costs more than it gains."""

FIRST_WIDTH = 128
"""Candidates that each shard gives at first, and more for each place of the answer: mostly enough to prove it."""

WIDTH_PER_PLACE = 1.25
"""Candidates for each place, shared by the shards that hold anything."""

CHUNK_ROWS = 1 << 15
"""Rows taken in at a time, for an even spread over the shards and little memory on the way."""


class QuantizedIndex:
    """Templates of one embedding space in memory. Safe to call from several threads.

    A change is seen by every search that starts after it returned. The dimension is that of the first templates.
    """

    def __init__(self, pool: Executor | None = None) -> None:
        """`pool` runs the second shard's scan of a large index; without it the scans run one after the other."""
        self._pool = pool
        self._lock = ReadWriteLock()
        self._shards: list[Shard] = []

    def __len__(self) -> int:
        return sum(len(shard) for shard in self._shards)

    def add(self, numbers: Numbers, templates: Templates) -> None:
        """Take in templates (n, d) under numbers (n,) that the index does not hold."""
        with self._lock.writing():
            self._add(numbers, templates)

    def remove(self, numbers: Numbers) -> None:
        """Drop the rows with these numbers and wipe their bytes; unknown numbers are ignored."""
        with self._lock.writing():
            self._remove(numbers)

    def replace(self, numbers: Numbers, templates: Templates) -> None:
        """As `remove` and `add` in one step: a search finds the old rows or the new ones."""
        with self._lock.writing():
            self._remove(numbers)
            self._add(numbers, templates)

    def clear(self) -> None:
        """Drop all rows and wipe their bytes."""
        with self._lock.writing():
            for shard in self._shards:
                shard.remove(shard.numbers)

    def search(self, probe: FloatArray, *, limit: int, min_score: float) -> Hits:
        """The at most `limit` best templates with score >= `min_score` for a probe float32 (d,)."""
        with self._lock.reading():
            # A small index fills one shard, which then has all places of the answer.
            width = FIRST_WIDTH + ceil(WIDTH_PER_PLACE * limit / max(1, sum(map(bool, self._shards))))
            while self._shards:
                parts = self._candidates(probe, width)
                numbers = np.concatenate([part.numbers for part in parts])
                scores = np.concatenate([part.scores for part in parts])
                hits = rank(numbers, scores, limit=limit, min_score=min_score)
                # Whatever was left out would have to beat the last place, or reach the asked score if places are free.
                bar = float(hits.scores[-1]) if len(hits.numbers) == limit else min_score
                if max(part.ceiling for part in parts) < bar:
                    return hits
                width = max(4 * width, 2 * limit)
        return Hits(np.empty(0, np.int64), np.empty(0, np.float32))

    def _candidates(self, probe: FloatArray, width: int) -> list[Candidates]:
        if self._pool is None or len(self) < THREADED_FROM:
            return [shard.candidates(probe, width) for shard in self._shards]
        others = [self._pool.submit(shard.candidates, probe, width) for shard in self._shards[1:]]
        return [self._shards[0].candidates(probe, width), *(other.result() for other in others)]

    def _add(self, numbers: Numbers, templates: Templates) -> None:
        if not self._shards:
            self._shards = [Shard(templates.shape[1]) for _ in range(SHARDS)]
        for start in range(0, len(numbers), CHUNK_ROWS):
            chunk = slice(start, start + CHUNK_ROWS)
            min(self._shards, key=len).add(numbers[chunk], templates[chunk])

    def _remove(self, numbers: Numbers) -> None:
        for shard in self._shards:
            shard.remove(numbers)
