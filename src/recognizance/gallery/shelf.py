"""The searchable side of one collection: an index of its faces and one of its users, made from sealed rows.

Rows are the truth; a shelf can be thrown away and filled again at any time, and is, at every start.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from recognizance.residue import fleeting
from recognizance.search.exact import Numbers, Templates
from recognizance.search.quantized import QuantizedIndex
from recognizance.storage.faces import SealedRow
from recognizance.vault import CollectionKey, dimension


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
        totals: dict[int, NDArray[np.float64]] = {}
        for batch in batches:
            # One array for the batch: a million small ones would take longer to make than to unseal.
            templates = np.empty((len(batch), dimension(batch[0].sealed_template)), "<f2")
            for place, (_, face_id, _, *sealed) in zip(templates, batch, strict=True):
                key.open_into(place, face_id, *sealed)
            for (_, _, user, *_), template in zip(batch, templates, strict=True):
                if user is not None:
                    _add(totals.setdefault(user, _nothing(template)), template)
            self.take(np.array([number for number, *_ in batch]), templates)
        for user, total in totals.items():
            self.take_user(user, _mean(total))

    def take(self, numbers: Numbers, templates: Templates) -> None:
        """Take in templates of faces (n, d) under numbers (n,); the templates are wiped."""
        with fleeting(templates):
            self.faces.add(numbers, templates)

    def take_user(self, number: int, template: NDArray[np.float16]) -> None:
        """Take in the template of a user (d,), in place of the one before; the template is wiped."""
        with fleeting(template):
            self.users.replace(np.array([number]), template[np.newaxis])

    def clear(self) -> None:
        """Forget everything."""
        self.faces.clear()
        self.users.clear()


def mean_template(templates: Iterable[NDArray[np.float16]]) -> NDArray[np.float16]:
    """A user's template float16 (d,) from those of its faces (at least one): their mean direction and mean length.

    The length of a template says how much its scores count, whatever the mean of several would shrink to.
    """
    first, *others = templates
    total = _nothing(first)
    for template in (first, *others):
        _add(total, template)
    return _mean(total)


def _nothing(template: NDArray[np.float16]) -> NDArray[np.float64]:
    return np.zeros(len(template) + 2)


def _add(total: NDArray[np.float64], template: NDArray[np.float16]) -> None:
    """Add to a sum what means are made of: a template, its length squared, and 1.

    Sums of these in float64 are exact, whatever the order: a user's template is the same after a restart.
    """
    with fleeting(template.astype(np.float64)) as values:
        total[:-2] += values
        total[-2] += values @ values
        total[-1] += 1


def _mean(total: NDArray[np.float64]) -> NDArray[np.float16]:
    """The template of a sum, which is wiped."""
    with fleeting(total):
        direction, (squares, count) = total[:-2], total[-2:]
        length = float(np.linalg.norm(direction))
        if length:
            direction *= math.sqrt(squares / count)
            direction /= length
        return direction.astype(np.float16)
