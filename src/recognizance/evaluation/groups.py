"""Groups: labelled pictures in, named sets of positions out, within which error rates are counted.

Where a picture comes from is its `country` column, else the pool that its set was put into, else its set. Each origin
is a group, and so is each value of a further column inside one origin; everybody together is the group `all`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from recognizance.evaluation.dataset import DatasetError, Photograph
from recognizance.evaluation.trials import IntArray

EVERYBODY = "all"


@dataclass(frozen=True, slots=True)
class Grouping:
    """How pictures are grouped: `pools` maps a set name to its origin, `columns` name columns of `labels.csv`."""

    pools: Mapping[str, str] = field(default_factory=dict)
    columns: Sequence[str] = ()

    def find(self, photographs: Sequence[Photograph]) -> dict[str, IntArray]:
        """Positions of each group's pictures, int64 (m,), by name, `all` first; a group of one person is left out.

        Raises DatasetError for a set or a column that does not occur.
        """
        for name in sorted(self.pools.keys() - {photo.set_name for photo in photographs}):
            raise DatasetError(f"a pool names the set {name!r}, which is not among the sets given")
        for column in self.columns:
            if not any(column in photo.columns for photo in photographs):
                raise DatasetError(f"no labels.csv has the column {column!r} to group by")
        members: dict[str, list[int]] = {EVERYBODY: list(range(len(photographs)))}
        for position, photo in enumerate(photographs):
            for name in self._names(photo):
                members.setdefault(name, []).append(position)
        people = {name: {photographs[position].person for position in group} for name, group in members.items()}
        names = [EVERYBODY, *sorted(name for name in members if name != EVERYBODY)]
        return {name: np.array(members[name], np.int64) for name in names if len(people[name]) > 1}

    def _names(self, photo: Photograph) -> list[str]:
        origin = photo.columns.get("country") or self.pools.get(photo.set_name, photo.set_name)
        values = [value for column in self.columns if (value := photo.columns.get(column))]
        return [origin, *(f"{origin}, {value}" for value in values)]
