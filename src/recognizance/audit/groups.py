"""Groups: the labelled columns of pictures in, groups by one attribute and by several at once out.

A group is everybody with the same value in a column, or in each of several columns (`gender female, ethnicity black`):
a system can be fair to women and to black people, and still not to black women.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recognizance.audit.errors import GroupingError, SplitError
from recognizance.evaluation.trials import IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Pictures that share the values of some columns.

    `attributes` are (column, value) pairs in the order asked for; `members` are positions of pictures, int64 (m,),
    ascending.
    """

    attributes: tuple[tuple[str, str], ...]
    members: IntArray

    @property
    def name(self) -> str:
        """Columns and values in words: `gender female, ethnicity black`."""
        return ", ".join(f"{column} {value}" for column, value in self.attributes)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that formed it. Groups of the same columns share no picture."""
        return tuple(column for column, _ in self.attributes)


def find_groups(
    records: Sequence[Mapping[str, str]], columns: Sequence[str], *, depth: int = 2
) -> dict[tuple[str, ...], tuple[Group, ...]]:
    """Groups by each column, and by each combination of up to `depth` columns, under the columns that formed them.

    `records` holds the columns of each picture; a picture without a value is in no group of that column. The groups
    of one key are sorted by value and share no picture. Raises GroupingError for a column that no picture has a value
    in, and for one that is named twice.
    """
    for column in columns:
        if columns.count(column) > 1:
            raise GroupingError(f"the column {column!r} is named twice; name each column once")
        if not any(record.get(column) for record in records):
            raise GroupingError(f"no picture has a value in the column {column!r}; fill it, or group by another")
    combinations = itertools.chain.from_iterable(
        itertools.combinations(columns, size) for size in range(1, min(depth, len(columns)) + 1)
    )
    return {combination: _partition(records, combination) for combination in combinations}


def _partition(records: Sequence[Mapping[str, str]], columns: Sequence[str]) -> tuple[Group, ...]:
    members: dict[tuple[str, ...], list[int]] = {}
    for position, record in enumerate(records):
        values = tuple(record.get(column, "") for column in columns)
        if all(values):
            members.setdefault(values, []).append(position)
    return tuple(
        Group(tuple(zip(columns, values, strict=True)), np.array(members[values], np.int64))
        for values in sorted(members)
    )


def check_split(one: Iterable[str], other: Iterable[str]) -> None:
    """Check that two parts of the evidence (fitted on, tested on) share nobody. Raises SplitError with a few names."""
    if both := sorted(set(one) & set(other)):
        names = ", ".join(both[:3]) + (", ..." if len(both) > 3 else "")
        raise SplitError(
            f"{len(both)} identities stand on both sides of the split ({names}); "
            "keep all pictures of a person on one side, or the figures flatter"
        )
