"""The searchable side of one collection: an index of its faces and one of its users, made from sealed rows.

Rows are the truth; a shelf can be thrown away and filled again at any time, and is, at every start.
"""

from __future__ import annotations

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
                    totals[user] = totals[user] + template
        if totals:
            self.users.add(np.array(list(totals)), np.stack([_normalised(total) for total in totals.values()]))

    def clear(self) -> None:
        """Forget everything."""
        self.faces.clear()
        self.users.clear()


def mean_template(templates: Iterable[NDArray[np.float16]]) -> NDArray[np.float16]:
    """A user's template float16 (d,): the normalised mean of the templates of its faces (at least one)."""
    return _normalised(np.sum(np.stack(list(templates)), axis=0, dtype=np.float64))


def _normalised(total: NDArray[np.float64]) -> NDArray[np.float16]:
    # A float64 sum of float16 values is exact, whatever the order: a user's template is the same after a restart.
    length = float(np.linalg.norm(total))
    return (total / length if length else total).astype(np.float16)
