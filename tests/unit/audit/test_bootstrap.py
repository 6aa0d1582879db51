from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from recognizance.audit.bootstrap import Resampled, ratio, resample_pairs, resample_people, spread
from recognizance.audit.differentials import max_geomean, max_min
from recognizance.audit.errors import GroupingError, NoTrialsError
from recognizance.evaluation import trials
from recognizance.evaluation.intervals import false_match_rate
from recognizance.evaluation.trials import NonMated, Pairs

from .people import counted, crowd, labels_of


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def matched(fmr: float, *, people: int = 100, seed: int = 0) -> Resampled:
    """A crowd, resampled."""
    rng = generator(seed)
    return resample_pairs(*crowd(people, fmr, rng), rng=rng, replicates=500)


# --- one rate ---------------------------------------------------------------------------------


def test_equal_seeds_give_equal_draws_and_others_do_not():
    evidence = crowd(60, 0.02, generator())
    one, same, other = (resample_pairs(*evidence, rng=generator(seed), replicates=300) for seed in (1, 1, 2))
    assert one.deviations.tolist() == same.deviations.tolist()
    assert one.deviations.tolist() != other.deviations.tolist()
    assert len(one.deviations) == 300


def test_deviations_are_centred_and_vary_as_the_rate_does():
    """Recentred on 0; squared back, they have the variance of pairs that share people."""
    found = matched(0.02)
    assert found.deviations.mean() == pytest.approx(0, abs=1e-12)
    low, high = found.rate.low, found.rate.high
    assert found.around(found.rate.value).std() == pytest.approx((high - low) / 2 / 1.96, rel=0.1)


def test_draws_of_one_picture_each_are_those_of_the_definition():
    """Against pairs of drawn people compared one by one, without a person against himself."""
    comparisons, labels, matches = crowd(30, 0.1, generator())
    found = resample_pairs(comparisons, labels, matches, rng=generator(7), replicates=20)
    pairs = set(zip(matches.first.tolist(), matches.second.tolist(), strict=True))
    roots = []
    for drawn in generator(7).integers(0, 30, (20, 30)):
        compared = [(a, b) for a, b in combinations(sorted(drawn.tolist()), 2) if a != b]
        roots.append(np.sqrt(sum(pair in pairs for pair in compared) / len(compared)))
    centred = np.array(roots) - np.mean(roots)
    assert found.deviations / found.deviations.std() == pytest.approx(centred / centred.std(), abs=1e-9)


def test_draws_of_unequal_numbers_of_pictures_come_close_to_the_definition():
    person = np.repeat(np.arange(40), np.tile([1, 2, 3, 4], 10))
    rng = generator(3)
    vectors = rng.standard_normal((40, 6))[person] + 0.2 * rng.standard_normal((len(person), 6))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    labels = labels_of(person)
    comparisons, matches = trials.non_mated(vectors, labels), trials.non_mated_above(vectors, labels, 0.6)
    found = resample_pairs(comparisons, labels, matches, rng=generator(7), replicates=200)
    similar = np.zeros((40, 40))
    np.add.at(similar, (person[matches.first], person[matches.second]), 1)
    pictures = np.bincount(person)
    roots = []
    for drawn in generator(7).integers(0, 40, (200, 40)):
        weights = np.bincount(drawn, minlength=40)
        held = weights * pictures
        roots.append(np.sqrt(weights @ similar @ weights / ((held.sum() ** 2 - (held**2).sum()) / 2)))
    assert np.corrcoef(found.deviations, roots)[0, 1] > 0.995


def test_misses_of_one_person_are_drawn_together():
    person = np.repeat(np.arange(40), 5)
    alike = resample_people(person < 8, person, rng=generator())
    apart = resample_people(np.arange(200) % 5 == 0, person, rng=generator())
    assert alike.rate.value == apart.rate.value == 0.2
    assert alike.interval[1] - alike.interval[0] > 0.2
    # Everybody misses one time in five: no draw differs, and people are what the rate is worth.
    assert apart.interval == pytest.approx((apart.rate.low, apart.rate.high), abs=0.03)


@pytest.mark.parametrize("error", [False, True], ids=["no error", "nothing but errors"])
def test_without_a_difference_between_people_the_interval_is_no_point(error: bool):
    found = resample_people(np.full(60, error), np.repeat(np.arange(20), 3), rng=generator())
    assert found.deviations.std() == pytest.approx(1 / (2 * np.sqrt(20)), rel=0.1)
    assert found.interval[1] - found.interval[0] > 0.1


def test_no_false_match_keeps_wilsons_interval():
    nothing = np.array([], np.int64)
    found = resample_pairs(*counted(50, nothing, nothing), rng=generator())
    assert found.interval == (0.0, found.rate.high)
    assert found.floor == 1 / (2 * 1225)
    assert found.around(0.0).min() == pytest.approx(found.floor)


def test_two_people_can_be_resampled():
    found = resample_pairs(*counted(2, np.array([0]), np.array([1])), rng=generator())
    assert found.rate.value == 1
    assert np.isfinite(found.deviations).all()


def test_a_rate_needs_trials():
    comparisons, labels, matches = counted(1, np.array([], np.int64), np.array([], np.int64))
    with pytest.raises(NoTrialsError, match="no non-mated pairs"):
        resample_pairs(comparisons, labels, matches, rng=generator())
    with pytest.raises(NoTrialsError, match="no trials"):
        resample_people(np.array([], np.bool_), np.array([], np.int64), rng=generator())


@pytest.mark.parametrize("fmr", [0.003, 0.02], ids=["15 expected errors", "100 expected errors"])
def test_intervals_cover_a_false_match_rate(fmr: float):
    rng = generator(2)
    covered = 0
    for _ in range(300):
        found = resample_pairs(*crowd(100, fmr, rng), rng=rng, replicates=300)
        covered += found.interval[0] <= fmr <= found.interval[1]
    assert 0.91 <= covered / 300 <= 0.98


def test_intervals_cover_a_rate_of_misses():
    rng = generator(5)
    person = np.repeat(np.arange(100), 4)
    covered = 0
    for _ in range(300):
        errors = rng.random(400) < np.repeat(rng.beta(0.5, 4.5, 100), 4)  # true rate 0.1
        low, high = resample_people(errors, person, rng=rng, replicates=300).interval
        covered += low <= 0.1 <= high
    assert 0.91 <= covered / 300 <= 0.98


def test_the_variance_agrees_with_the_authors_of_the_method():
    """15 people with two pictures each, against cimat 0.1.2, `get_binerror_ci`: the package of Fogliato and others."""
    person = np.repeat(np.arange(15), 2)
    first, second = np.triu_indices(30, 1)
    first, second = (side[person[first] != person[second]] for side in (first, second))
    alike = 400 * ((person[first] % 4 == 0).astype(int) + (person[second] % 4 == 0))
    scores = ((first * 37 + second * 37 + (first * second) % 101 * 13) % 1000 + alike) / 1000
    found = {}
    for threshold in (0.95, 1.2):
        chosen = scores > threshold
        matches = Pairs(first[chosen], second[chosen], scores[chosen].astype(np.float32))
        comparisons = NonMated(np.array([len(first)]), np.full(30, 28))
        rate = false_match_rate(comparisons, labels_of(person), matches)
        found[threshold] = (rate.events, rate.low, rate.high)
    assert found[0.95] == pytest.approx((110, 0.12785226305629188, 0.4620480302985144), rel=1e-9)
    assert found[1.2] == pytest.approx((53, 0.05258296237238501, 0.2731314133476198), rel=1e-9)


# --- several rates ----------------------------------------------------------------------------


@pytest.mark.parametrize("summary", [max_min, max_geomean])
def test_a_spread_holds_its_estimate(summary):
    groups = [matched(fmr, seed=seed) for seed, fmr in enumerate((0.005, 0.02, 0.1))]
    found = spread(summary, groups)
    assert found.value == pytest.approx(float(summary([group.rate.value for group in groups])))
    assert found.high is not None
    assert 1 < found.low < found.value < found.high
    assert found.by_chance is not None
    assert 1 < found.by_chance < found.value


def test_a_spread_that_chance_explains_may_be_none():
    groups = [matched(0.01, seed=seed) for seed in range(6)]
    found = spread(max_min, groups)
    assert found.low == 1 < found.value <= found.by_chance


def test_a_group_without_an_error_leaves_a_ratio_open():
    nothing = np.array([], np.int64)
    none = resample_pairs(*counted(50, nothing, nothing), rng=generator(1), replicates=500)
    some = matched(0.05)
    assert spread(max_min, [none, some]).high is None
    assert ratio(some, none).high is None
    upside_down = ratio(none, some)
    assert upside_down.low == 0
    assert upside_down.high is not None
    assert upside_down.value < upside_down.high < 1


def test_a_ratio_turns_over_with_its_groups():
    one, other = matched(0.05, seed=1), matched(0.01, seed=2)
    forth, back = ratio(one, other), ratio(other, one)
    assert forth.value == pytest.approx(1 / back.value)
    assert (forth.low, forth.high) == pytest.approx((1 / back.high, 1 / back.low))
    assert forth.by_chance is None


def test_rates_resampled_at_different_lengths_do_not_meet():
    short = resample_pairs(*crowd(50, 0.05, generator()), rng=generator(), replicates=20)
    with pytest.raises(GroupingError, match="resampled 500 and 20 times"):
        spread(max_min, [matched(0.01), short])
    with pytest.raises(GroupingError, match="resampled 20 and 500 times"):
        ratio(short, matched(0.01))


def test_one_group_has_no_spread():
    with pytest.raises(GroupingError, match="at least two groups with enough data, got 1"):
        spread(max_min, [matched(0.01)])


def coverage(summary, rates: list[float], *, audits: int, seed: int) -> tuple[float, float]:
    """How often the interval of a spread holds the truth, and how often it lies wholly above it."""
    rng = generator(seed)
    truth = float(summary(rates))
    held = above = 0
    for _ in range(audits):
        groups = [resample_pairs(*crowd(100, rate, rng), rng=rng, replicates=300) for rate in rates]
        found = spread(summary, groups)
        held += found.low <= truth + 1e-9 and (found.high is None or truth <= found.high)
        above += found.low > truth + 1e-9
    return held / audits, above / audits


@pytest.mark.parametrize("summary", [max_min, max_geomean])
@pytest.mark.parametrize(
    ("rates", "least"),
    [
        pytest.param([0.01] * 6, 0.88, id="equal groups"),
        pytest.param([0.003, 0.006, 0.01, 0.02, 0.03, 0.1], 0.88, id="groups far apart"),
        pytest.param([0.005] * 3 + [0.02] * 3, 0.84, id="several worst groups, the hardest case"),
    ],
)
def test_intervals_cover_a_spread(summary, rates: list[float], least: float):
    held, _ = coverage(summary, rates, audits=100, seed=4)
    assert held >= least


def test_equal_groups_are_seldom_called_unequal():
    assert coverage(max_min, [0.01] * 6, audits=200, seed=6)[1] <= 0.08
