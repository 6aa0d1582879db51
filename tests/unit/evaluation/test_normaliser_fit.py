"""What is fitted: the directions of a crowd, and the one in which portraits move when they are drawn younger."""

from __future__ import annotations

import numpy as np
import pytest

from recognizance.evaluation.normaliser_fit import DIRECTIONS, PEOPLE_NEEDED, fit
from recognizance.models.normaliser import Normaliser

DIMENSION = 32


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


def people(rng: np.random.Generator, count: int, *common: tuple[int, float]) -> np.ndarray:
    """Random unit vectors that have in common so much of so many axes: (axis, length)."""
    vectors = unit(rng.standard_normal((count, DIMENSION)))
    for axis, length in common:
        vectors[:, axis] += length
    return unit(vectors)


def alike(vectors: np.ndarray) -> float:
    """The mean inner product of two different rows."""
    total = vectors.sum(axis=0)
    return float(total @ total - (vectors**2).sum()) / (len(vectors) * (len(vectors) - 1))


@pytest.fixture(scope="module")
def normaliser() -> Normaliser:
    """Fitted on a crowd of two groups that share an axis each, and portraits that go along a third when drawn young."""
    rng = np.random.default_rng(0)
    crowd = np.concatenate([people(rng, 400, (0, 0.8)), people(rng, 400, (1, 0.8))])
    adults = people(rng, 800)
    return fit(crowd, adults, unit(adults + 0.7 * np.eye(DIMENSION)[2]))


def test_groups_of_the_crowd_look_less_alike_and_others_stay_as_they_are(normaliser: Normaliser):
    rng = np.random.default_rng(1)
    group, others = people(rng, 300, (0, 0.8)), people(rng, 300, (9, 0.8))
    assert alike(normaliser.equalise(group)) < 0.4 * alike(group)
    assert alike(normaliser.equalise(others)) == pytest.approx(alike(others), abs=0.05)


def test_half_the_adults_keep_their_length_and_all_who_look_young_are_shortened(normaliser: Normaliser):
    rng = np.random.default_rng(3)
    adults, young = (np.linalg.norm(normaliser.apply(people(rng, 2000, *axis)), axis=1) for axis in ([], [(2, 0.7)]))
    assert np.mean(adults > 1 - 1e-6) == pytest.approx(0.5, abs=0.05)
    assert young.mean() < adults.mean() - 0.1
    assert np.mean(young < 1 - 1e-6) > 0.95


def test_the_same_evidence_gives_the_same_record():
    def once() -> dict[str, object]:
        rng = np.random.default_rng(7)
        adults = people(rng, PEOPLE_NEEDED)
        return fit(people(rng, PEOPLE_NEEDED, (0, 0.5)), adults, people(rng, PEOPLE_NEEDED)).describe()

    assert once() == once()


def test_few_directions_come_out(normaliser: Normaliser):
    assert normaliser.shared.shape == (DIRECTIONS, DIMENSION)
    assert normaliser.shrink.shape == (DIRECTIONS,)


@pytest.mark.parametrize(("crowd", "adults", "part"), [(299, 300, "crowd"), (300, 299, "portraits")])
def test_few_people_are_refused(crowd: int, adults: int, part: str):
    rng = np.random.default_rng(8)
    message = f"^299 people with a usable face in the {part} are too few for a normaliser: it takes 300$"
    with pytest.raises(ValueError, match=message):
        fit(people(rng, crowd), people(rng, adults), people(rng, adults))
