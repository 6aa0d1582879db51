"""People who are alike to different degrees, as counted comparisons."""

from __future__ import annotations

import numpy as np

from recognizance.evaluation.trials import BINS, Labels, NonMated, Pairs

Counted = tuple[NonMated, Labels, Pairs]


def labels_of(person: np.ndarray) -> Labels:
    """One set, one batch, every picture a photograph of its own."""
    zeros = np.zeros(len(person), np.int64)
    return Labels(person.astype(np.int64), np.arange(len(person)), zeros, zeros)


def crowd(people: int, fmr: float, rng: np.random.Generator, *, spread: float = 0.5) -> Counted:
    """People with one picture each, some easier to confuse than others, with a mean false match rate of `fmr`."""
    likeness = rng.standard_normal(people)
    first, second = np.triu_indices(people, 1)
    chance = fmr * np.exp(spread * (likeness[first] + likeness[second]) - spread**2)
    matching = rng.random(len(first)) < chance
    return counted(people, first[matching], second[matching])


def counted(people: int, first: np.ndarray, second: np.ndarray) -> Counted:
    """People with one picture each, all compared, of whom the given pairs match."""
    counts = np.zeros(BINS, np.int64)
    counts[0] = people * (people - 1) // 2
    comparisons = NonMated(counts, np.full(people, people - 1))
    return comparisons, labels_of(np.arange(people)), Pairs(first, second, np.ones(len(first), np.float32))
