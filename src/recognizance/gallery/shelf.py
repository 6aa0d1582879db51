"""The searchable side of one collection: an index of its faces and one of its users, made from sealed rows.

Rows are the truth; a shelf can be thrown away and filled again at any time, and is, at every start.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from recognizance.search.quantized import QuantizedIndex
from recognizance.storage.faces import SealedRow
from recognizance.vault import CollectionKey


@dataclass(frozen=True, slots=True)
class Shelf:
    """The indexes of a collection: templates of faces by face number, and of users by user number."""

    faces: QuantizedIndex
    users: QuantizedIndex

    @classmethod
    def empty(cls, pool: Executor) -> Self:
        """A shelf of a collection without faces. Large indexes search in the pool."""
        return cls(QuantizedIndex(pool), QuantizedIndex(pool))

    def fill(self, key: CollectionKey, batches: Iterable[Sequence[SealedRow]]) -> None:
        """Unseal and take in all templates of a collection. Raises SealError for rows that do not open."""
        totals: dict[int, NDArray[np.float64]] = defaultdict(lambda: np.zeros(1))
        for batch in batches:
            # One buffer for the batch: a million small arrays would take longer to make than to unseal.
            opened = b"".join([key.open_bytes(face_id, *sealed) for _, face_id, _, *sealed in batch])
            templates = np.frombuffer(opened, "<f2").reshape(len(batch), -1)
            self.faces.add(np.array([number for number, *_ in batch]), templates)
            for (_, _, user, *_), template in zip(batch, templates, strict=True):
                if user is not None:
                    totals[user] = totals[user] + _summand(template)
        if totals:
            self.users.add(np.array(list(totals)), np.stack([_mean(total) for total in totals.values()]))

    def clear(self) -> None:
        """Forget everything."""
        self.faces.clear()
        self.users.clear()


def mean_template(templates: Iterable[NDArray[np.float16]]) -> NDArray[np.float16]:
    """A user's template float16 (d,) from those of its faces (at least one): their mean direction and mean length.

    The length of a template says how much its scores count, whatever the mean of several would shrink to.
    """
    return _mean(np.sum([_summand(template) for template in templates], axis=0))


def _summand(template: NDArray[np.float16]) -> NDArray[np.float64]:
    """What means are made of: a template, its length squared, and 1.

    Sums of these in float64 are exact, whatever the order: a user's template is the same after a restart.
    """
    values = template.astype(np.float64)
    return np.concatenate([values, [values @ values, 1.0]])


def _mean(total: NDArray[np.float64]) -> NDArray[np.float16]:
    direction, (squares, count) = total[:-2], total[-2:]
    length = float(np.linalg.norm(direction))
    return (direction * math.sqrt(squares / count) / length if length else direction).astype(np.float16)
