"""One stretch of templates in memory: int8 codes to scan, float16 rows to rescore, and the numbers that name them.

Rows stand without gaps and in no order. A removed row is filled at once with the last one, and what stood there is
wiped, so nothing is left to skip in a search or to compact later.
"""

from __future__ import annotations

import math
from typing import NamedTuple, TypeVar

import faiss
import numpy as np
from numpy.typing import NDArray

from recognizance.residue import fleeting, wipe
from recognizance.search.exact import Numbers, Templates, score
from recognizance.search.half import widen
from recognizance.values import FloatArray

RANGE_DEVIATIONS = 6.0
"""Codes span about -r..r with r = 6/sqrt(d), in equal steps: a component of a unit vector deviates by about 1/sqrt(d),
and the largest seen in real SFace embeddings (d = 128) lies at 4.2 deviations. A component beyond is clipped, which
costs speed (the residual grows, and with it the work to prove an answer), never exactness."""

GROWTH = 1.25
"""Room made when the rows outgrow their arrays; small, for memory that is not filled still has to be copied."""

_SMALLEST = 1e-30
"""Stands in for the largest component of a probe of zeros."""

BLOCK_ROWS = 1 << 16
"""Rows turned to float32 at a time when all are scored."""


Column = TypeVar("Column", Templates, Numbers)


class Candidates(NamedTuple):
    """Exactly scored rows of a shard, and the highest score that any row left out may have (-inf: none was)."""

    numbers: Numbers
    scores: FloatArray
    ceiling: float


class Shard:
    """Templates of one dimension. Not synchronised: its index holds the lock."""

    def __init__(self, dimension: int) -> None:
        self._dimension = dimension
        self._step = np.float32(RANGE_DEVIATIONS / math.sqrt(dimension) / 127)
        # Whole numbers -128..127 taken as they are: products of integers scan faster than codes that faiss scales.
        self._scanner = faiss.IndexScalarQuantizer(
            dimension, faiss.ScalarQuantizer.QT_8bit_direct_signed, faiss.METRIC_INNER_PRODUCT
        )
        self._templates: Templates = np.empty((0, dimension), np.float16)
        self._numbers: Numbers = np.empty(0, np.int64)
        self._residual = 0.0  # max ||template - what its code stands for|| over all rows ever held
        self._longest = 0.0  # max ||what a code stands for||

    def __len__(self) -> int:
        return int(self._scanner.ntotal)

    @property
    def numbers(self) -> Numbers:
        """The numbers of its rows, as they stand."""
        return self._numbers[: len(self)]

    def add(self, numbers: Numbers, templates: Templates) -> None:
        """Append templates (n, d) under numbers (n,) that the shard does not hold."""
        start, end = len(self), len(self) + len(numbers)
        self._templates = _with_room(self._templates, start, end)
        self._numbers = _with_room(self._numbers, start, end)
        self._templates[start:end], self._numbers[start:end] = templates, numbers
        wide = widen(templates)  # once: numpy would widen them again in a buffer that nobody can wipe
        codes = wide / self._step
        np.clip(np.rint(codes, out=codes), -128, 127, out=codes)
        _keep_to_this_thread()
        self._scanner.add(codes)
        codes *= self._step
        self._longest = max(self._longest, _longest(codes))
        codes -= wide
        self._residual = max(self._residual, _longest(codes))
        wipe(wide, codes)

    def remove(self, numbers: Numbers) -> None:
        """Drop the rows with these numbers and wipe their bytes; unknown numbers are ignored."""
        count = len(self)
        gone = np.isin(self.numbers, numbers)
        left = count - int(gone.sum())
        holes = np.flatnonzero(gone[:left])
        movers = left + np.flatnonzero(~gone[left:])
        for column in (self._codes(), self._templates, self._numbers):
            with fleeting(column[movers]) as moved:
                column[holes] = moved
            column[left:count] = 0
        self._scanner.codes.resize(left * self._dimension)
        self._scanner.ntotal = left

    def candidates(self, probe: FloatArray, width: int) -> Candidates:
        """About the `width` best rows for a probe float32 (d,), scored exactly, with a proven ceiling for the rest.

        The scan multiplies whole numbers without rounding: the codes of rows, and the probe in steps of its own. Say
        that these stand for x' and q' instead of x and q. By Cauchy-Schwarz
        |q x - q' x'| <= ||q|| ||x - x'|| + ||q - q'|| ||x'||,
        so a row behind the scan's last candidate truly scores at most that candidate's scanned score plus that, plus
        what float32 rounding of the true scores can add.
        """
        if 2 * width >= len(self):  # a heap this large costs more than scoring everything
            return Candidates(self.numbers, self._score_all(probe), -math.inf)
        step = max(float(np.abs(probe).max()), _SMALLEST) / 127
        codes = np.rint(probe / step)
        _keep_to_this_thread()
        scanned, positions = self._scanner.search(codes[np.newaxis], width)
        length = float(np.linalg.norm(probe))
        error = length * self._residual + float(np.linalg.norm(probe - codes * step)) * self._longest
        ceiling = float(scanned[0, -1]) * step * float(self._step) + error + length * self._rounding()
        rows = positions[0]
        # Scores are held to -1..1: a row left out may truly lie below -1 and still count as -1.
        with fleeting(self._templates[rows]) as templates:
            return Candidates(self._numbers[rows], score(templates, probe), max(ceiling, -1.0))

    def _rounding(self) -> float:
        """What float32 rounding can add to a score, for a probe of length 1.

        A sum of d products is off by at most about d * 2^-24 * sum |q_i x_i|, and that sum is at most ||q|| ||x||.
        Twice that leaves room for the rounding of the bounds themselves.
        """
        return 2 * (self._dimension + 8) * 2.0**-24 * (self._longest + self._residual)

    def _score_all(self, probe: FloatArray) -> FloatArray:
        rows = self._templates[: len(self)]
        blocks = [score(rows[start : start + BLOCK_ROWS], probe) for start in range(0, len(rows), BLOCK_ROWS)]
        return np.concatenate([np.empty(0, np.float32), *blocks])

    def _codes(self) -> NDArray[np.uint8]:
        """The scanner's codes, uint8 (n, d): a writable view that is valid until the next add."""
        codes = self._scanner.codes
        if codes.size() == 0:
            return np.empty((0, self._dimension), np.uint8)
        view: NDArray[np.uint8] = faiss.rev_swig_ptr(codes.data(), codes.size()).reshape(-1, self._dimension)
        return view


def _longest(rows: FloatArray) -> float:
    """The length of the longest of rows (n, d), 0 of none."""
    return math.sqrt(np.einsum("ij,ij->i", rows, rows).max(initial=0.0))


def _keep_to_this_thread() -> None:
    """Have faiss start no team of threads for the calling one: it gains nothing here, and would spin when idle."""
    faiss.omp_set_num_threads(1)


def _with_room(column: Column, used: int, needed: int) -> Column:
    """The column, or a larger copy of its used rows, with room for `needed` rows."""
    if needed <= len(column):
        return column
    larger = np.zeros((max(needed, int(used * GROWTH)), *column.shape[1:]), column.dtype)
    larger[:used] = column[:used]
    wipe(column)
    return larger
