"""A normaliser: what it shrinks, whom it allows for, and that no search loses a face by it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from recognizance.errors import SettingsError
from recognizance.evaluation.normalise import (
    DIRECTIONS,
    PEOPLE_NEEDED,
    Normaliser,
    as_probe,
    fit,
    normaliser_of,
    score,
)
from recognizance.search.exact import ExactIndex
from recognizance.search.quantized import QuantizedIndex

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
    return float(total @ total - len(vectors)) / (len(vectors) * (len(vectors) - 1))


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


def test_equalised_vectors_have_length_one(normaliser: Normaliser):
    lengths = np.linalg.norm(normaliser.equalise(people(np.random.default_rng(2), 50, (1, 0.5))), axis=1)
    assert lengths == pytest.approx(np.ones(50), abs=1e-6)


def test_one_adult_in_twenty_has_an_allowance_and_nearly_everyone_who_looks_young(normaliser: Normaliser):
    rng = np.random.default_rng(3)
    adults = normaliser.allowances(normaliser.equalise(people(rng, 2000)))
    young = normaliser.allowances(normaliser.equalise(people(rng, 2000, (2, 0.7))))
    assert np.mean(adults > 0) == pytest.approx(0.05, abs=0.025)
    assert np.mean(young > 0) > 0.95
    assert adults.min() == 0.0


def test_two_who_look_young_lose_the_mean_of_their_allowances(normaliser: Normaliser):
    one, other = people(np.random.default_rng(4), 2, (2, 1.0))
    equalised = normaliser.equalise(np.stack([one, other]))
    expected = equalised[0] @ equalised[1] - normaliser.allowances(equalised).mean()
    assert score(*normaliser.apply(np.stack([one, other]))) == pytest.approx(expected, abs=1e-6)


def test_a_score_is_the_same_both_ways_and_at_most_the_cosine(normaliser: Normaliser):
    vectors = people(np.random.default_rng(5), 40, (2, 0.5))
    normalised, equalised = normaliser.apply(vectors), normaliser.equalise(vectors)
    for i in range(0, 40, 2):
        there, back = score(normalised[i], normalised[i + 1]), score(normalised[i + 1], normalised[i])
        assert there == pytest.approx(back, abs=1e-6)
        assert there <= float(equalised[i] @ equalised[i + 1]) + 1e-6


@pytest.mark.parametrize("index_type", [ExactIndex, QuantizedIndex], ids=["exact", "quantized"])
def test_a_search_by_inner_product_finds_whom_brute_force_finds(index_type: type, normaliser: Normaliser):
    rng = np.random.default_rng(6)
    stored = normaliser.apply(people(rng, 3000, (2, 0.4))).astype(np.float16)
    index = index_type(DIMENSION + 1) if index_type is ExactIndex else index_type()
    index.add(np.arange(3000), stored)
    for probe_vector in normaliser.apply(people(rng, 30, (2, 0.4))):
        probe, offset = as_probe(probe_vector)
        scores = np.array([score(probe_vector, row) for row in stored.astype(np.float32)])
        level = np.sort(scores)[-20]
        hits = index.search(probe, limit=3000, min_score=float(level - offset - 1e-5))
        assert set(np.flatnonzero(scores >= level)) <= set(hits.numbers.tolist())
        assert hits.scores + offset == pytest.approx(scores[hits.numbers], abs=1e-5)


def test_fit_on_the_same_evidence_gives_the_same_record():
    def once() -> str:
        rng = np.random.default_rng(7)
        adults = people(rng, PEOPLE_NEEDED)
        return json.dumps(fit(people(rng, PEOPLE_NEEDED, (0, 0.5)), adults, people(rng, PEOPLE_NEEDED)).describe())

    assert once() == once()


@pytest.mark.parametrize("part", ["crowd", "adults", "younger"])
def test_fit_refuses_few_people(part: str):
    sizes = {"crowd": PEOPLE_NEEDED, "adults": PEOPLE_NEEDED, "younger": PEOPLE_NEEDED, part: PEOPLE_NEEDED - 1}
    rng = np.random.default_rng(8)
    with pytest.raises(ValueError, match=f"^499 people in {part} are too few for a normaliser: it takes 500$"):
        fit(**{name: people(rng, size) for name, size in sizes.items()})


def test_a_record_ships_few_directions_and_comes_back_from_json(normaliser: Normaliser):
    document = json.loads(json.dumps(normaliser.describe()))
    again = normaliser_of(document, name="it")
    vectors = people(np.random.default_rng(9), 20, (2, 0.5))
    assert np.shape(document["shared"]) == (DIRECTIONS, DIMENSION)
    assert again.apply(vectors) == pytest.approx(normaliser.apply(vectors), abs=1e-5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "other/1"}, r"^own\.json is no normaliser .* recognizance-normaliser/1$"),
        ({"young": ["far"]}, r"^the normaliser own\.json cannot be used \(.*\); fit it anew$"),
        ({"young": None}, r"^the normaliser own\.json cannot be used: its parts do not fit together; fit it anew$"),
        ({"start": "far"}, r"^the normaliser own\.json cannot be used \(.*\); fit it anew$"),
        ({"shrink": [0.5]}, r"^the normaliser own\.json cannot be used: its parts do not fit together; fit it anew$"),
        ({"slope": -1.0}, r"^the normaliser own\.json cannot be used: its parts do not fit together; fit it anew$"),
    ],
    ids=["format", "not numbers", "a part is missing", "no number", "sizes", "negative slope"],
)
def test_a_document_that_is_none_is_refused(change: dict[str, object], message: str, normaliser: Normaliser):
    with pytest.raises(SettingsError, match=message):
        normaliser_of(normaliser.describe() | change, name="own.json")
