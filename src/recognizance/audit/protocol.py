"""Protocol: embedded, labelled pictures in, the trials of an audit out, by rules that were fixed beforehand.

Mated pairs never lie inside one photograph; non-mated pairs are counted all against all, and inside each group, where
people are compared with people like themselves. Pictures without a usable face stay in the account as failures. A hash
of the identity puts each person into the calibration or the test half, whatever else is in the data.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recognizance.audit.equity import Cross, count_across
from recognizance.audit.groups import Group, check_split, find_groups
from recognizance.evaluation import trials
from recognizance.evaluation.dataset import Photograph, half_of
from recognizance.evaluation.embeddings import Embedded
from recognizance.evaluation.trials import IntArray, Labels, NonMated, Pairs
from recognizance.ports import Cohort
from recognizance.values import FloatArray

EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """The trials among the people of one group, or among everybody.

    `columns` formed the group, () for everybody. `members` int64 are positions of its pictures in the population, and
    `found` int64 (m,) of those with a face; `failed` counts the others. `vectors`, `labels`, `mates` and `non_mates`
    concern `found`, in that order.
    """

    name: str
    columns: tuple[str, ...]
    members: IntArray
    found: IntArray
    failed: int
    people: int
    vectors: FloatArray
    labels: Labels
    mates: Pairs
    non_mates: NonMated

    @property
    def images(self) -> int:
        """Pictures tried."""
        return len(self.found) + self.failed


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """The people of an audit: pictures whose face was `found`, first, then those that `failed`; and their `parts`.

    `vectors` are unit rows, float32 (n, d), of the found ones, and `labels` theirs. The first part is everybody.
    `cross` counts the non-mated scores between each two groups of one column. Searches among these people are rescaled
    by `cohort`, as a server's are; None leaves them plain cosines.
    """

    found: tuple[Photograph, ...]
    failed: tuple[Photograph, ...]
    vectors: FloatArray
    labels: Labels
    parts: tuple[Part, ...]
    cross: Mapping[tuple[str, ...], Mapping[Cross, NonMated]]
    cohort: Cohort | None = None

    @classmethod
    def of(
        cls,
        embedded: Embedded,
        columns: Sequence[str],
        *,
        cohort: Cohort | None = None,
        keep: Callable[[Photograph], bool] = lambda _: True,
    ) -> Population:
        """The pictures that `keep` says, grouped by the columns and by each two of them.

        A group of one person makes no pair and is left out. Raises GroupingError for a column without values.
        """
        positions = np.array([i for i, photo in enumerate(embedded.photographs) if keep(photo)], np.int64)
        found = tuple(embedded.photographs[i] for i in positions)
        failed = tuple(photo for photo, _ in embedded.failures if keep(photo))
        vectors, labels = embedded.vectors[positions], Labels.of(found)
        everyone = found + failed
        partitions = find_groups([photo.columns for photo in everyone], columns)
        groups = [Group((), np.arange(len(everyone))), *itertools.chain.from_iterable(partitions.values())]
        parts = [_part(group, everyone, vectors, labels) for group in groups]
        parts = parts[:1] + [part for part in parts[1:] if part.people > 1]
        cross: dict[tuple[str, ...], Mapping[Cross, NonMated]] = {
            (column,): count_across(vectors, labels, {p.name: p.found for p in parts if p.columns == (column,)})
            for column in columns
        }
        return cls(found, failed, vectors, labels, tuple(parts), cross, cohort)

    @property
    def everybody(self) -> Part:
        """All people together."""
        return self.parts[0]

    def partitions(self) -> dict[tuple[str, ...], tuple[Part, ...]]:
        """The groups under the columns that formed them; those of one key share nobody's picture."""
        keys = dict.fromkeys(part.columns for part in self.parts if part.columns)
        return {key: tuple(part for part in self.parts if part.columns == key) for key in keys}


def halve(embedded: Embedded, columns: Sequence[str], *, cohort: Cohort | None = None) -> tuple[Population, Population]:
    """The calibration half and the test half, which share nobody, each grouped by the columns that it has values in."""

    def side(half: str) -> Population:
        photographs = [photo for photo in embedded.photographs if half_of(photo.person) == half]
        filled = [column for column in columns if any(photo.columns.get(column) for photo in photographs)]
        return Population.of(embedded, filled, cohort=cohort, keep=lambda photo: half_of(photo.person) == half)

    calibration, test = side("calibration"), side("test")
    check_split((photo.person for photo in calibration.found), (photo.person for photo in test.found))
    return calibration, test


def _part(group: Group, everyone: Sequence[Photograph], vectors: FloatArray, labels: Labels) -> Part:
    found = group.members[group.members < len(vectors)]
    own_vectors, own_labels = vectors[found], labels.take(found)
    return Part(
        name=group.name or EVERYBODY,
        columns=group.columns,
        members=group.members,
        found=found,
        failed=len(group.members) - len(found),
        people=len({everyone[i].person for i in group.members}),
        vectors=own_vectors,
        labels=own_labels,
        mates=trials.mated(own_vectors, own_labels),
        non_mates=trials.non_mated(own_vectors, own_labels),
    )
