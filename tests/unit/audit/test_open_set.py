from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recognizance.audit.errors import NoTrialsError
from recognizance.audit.open_set import (
    CosineSearch,
    Searches,
    cmc,
    det,
    fnir,
    fpir,
    fpir_by_formula,
    operate,
    operate_by_group,
    rank_one_miss,
    search_samples,
)
from recognizance.evaluation.cohort import Cohort
from recognizance.evaluation.intervals import wilson
from recognizance.testing.curve import LinearCurve

NONE = -np.inf
# Four mated searches (mate first, mate second, no mate listed, no face found), three non-mated (the last: no face).
SCORES = np.array(
    [
        [0.9, 0.4, 0.3],
        [0.8, 0.6, 0.2],
        [0.5, 0.4, 0.3],
        [NONE, NONE, NONE],
        [0.7, 0.1, 0.0],
        [0.3, 0.2, 0.1],
        [NONE] * 3,
    ],
    np.float32,
)
IS_MATE = np.zeros(SCORES.shape, np.bool_)
IS_MATE[0, 0] = IS_MATE[1, 1] = True
MATED = np.array([True] * 4 + [False] * 3)
SEARCHES = Searches(SCORES, IS_MATE, MATED, np.arange(7), enrolled=100)


@pytest.mark.parametrize(
    ("threshold", "events"), [(0.0, 2), (0.3, 2), (0.5, 1), (0.7, 1), (0.71, 0)], ids=lambda value: f"{value}"
)
def test_fpir_counts_searches_with_a_candidate_at_or_above(threshold: float, events: int):
    rate = fpir(SEARCHES, np.float32(threshold))
    assert (rate.events, rate.trials) == (events, 3)
    assert rate.high > 0  # never a bare zero


@pytest.mark.parametrize(
    ("threshold", "rank", "events"),
    [
        pytest.param(0.0, 1, 3, id="mate first"),
        pytest.param(0.0, 2, 2, id="mate among two"),
        pytest.param(0.6, 3, 2, id="at the threshold"),
        pytest.param(0.61, 3, 3, id="above the second mate"),
        pytest.param(0.95, 3, 4, id="above all"),
    ],
)
def test_fnir_counts_searches_without_their_mate(threshold: float, rank: int, events: int):
    rate = fnir(SEARCHES, np.float32(threshold), rank=rank)
    assert (rate.events, rate.trials) == (events, 4)


def test_the_rank_one_miss_has_no_threshold_and_counts_probes_without_a_face():
    negative = Searches(SCORES - 2, IS_MATE, MATED, np.arange(7), enrolled=100)
    assert (rank_one_miss(SEARCHES).events, rank_one_miss(negative).events) == (3, 3)


def test_cmc_rises_to_what_the_list_holds():
    assert cmc(SEARCHES).tolist() == [0.25, 0.5, 0.5]


def test_det_is_both_rates_at_every_threshold():
    thresholds = np.array([-1.0, 0.3, 0.6, 0.7, 0.95], np.float32)
    false_positives, misses = det(SEARCHES, thresholds, rank=3)
    assert false_positives == pytest.approx([fpir(SEARCHES, t).value for t in thresholds])
    assert misses == pytest.approx([fnir(SEARCHES, t, rank=3).value for t in thresholds])


@pytest.mark.parametrize(
    ("chosen", "measure", "message"),
    [
        pytest.param(MATED, lambda s: fpir(s, 0.5), "no non-mated searches", id="FPIR"),
        pytest.param(~MATED, lambda s: fnir(s, 0.5, rank=1), "no mated searches", id="FNIR"),
        pytest.param(~MATED, rank_one_miss, "no mated searches", id="rank one"),
        pytest.param(~MATED, cmc, "no mated searches", id="CMC"),
        pytest.param(MATED, lambda s: det(s, np.array([0.5]), rank=1), "no non-mated searches", id="DET"),
    ],
)
def test_rates_without_searches_are_refused(chosen: np.ndarray, measure, message: str):
    with pytest.raises(NoTrialsError, match=message):
        measure(SEARCHES.take(np.flatnonzero(chosen)))


@pytest.mark.parametrize(
    ("fmr", "enrolled", "expected"),
    [
        (1e-4, 1_000, 0.095),
        (1e-5, 25_000, 0.22),
        (1e-6, 25_000, 0.025),
        (1e-7, 10_000, 0.0010),
        (1e-6, 1_000_000, 0.63),
        pytest.param(4.0e-8, 25_000, 1e-3, id="what an FPIR of 1e-3 takes at 25,000"),
        pytest.param(1.2e-9, 850_000, 1e-3, id="and at 850,000"),
        pytest.param(2.1e-6, 25_000, 28 / 535, id="the ACLU's count of 2018"),
    ],
)
def test_the_formula_has_its_published_values(fmr: float, enrolled: int, expected: float):
    assert fpir_by_formula(fmr, enrolled) == pytest.approx(expected, rel=0.03)


def test_the_formula_holds_for_rates_that_rounding_would_lose():
    assert fpir_by_formula(1e-18, 1000) == pytest.approx(1e-15, rel=1e-9)


def test_an_operation_states_measurement_beside_formula():
    fmr = wilson(2, 10_000)
    found = operate(SEARCHES, 0.5, fmr=fmr, rank=3)
    assert (found.fpir, found.fnir) == (fpir(SEARCHES, 0.5), fnir(SEARCHES, 0.5, rank=3))
    assert (found.enrolled, found.threshold, found.rank_one_miss) == (100, 0.5, rank_one_miss(SEARCHES))
    assert found.fpir_by_formula == (fpir_by_formula(fmr.low, 100), fpir_by_formula(fmr.high, 100))


def test_groups_keep_to_their_own_searches_and_rates():
    fmr = {"a": wilson(2, 10_000), "b": wilson(50, 10_000)}
    found = operate_by_group(SEARCHES, {"a": np.array([0, 1, 4]), "b": np.array([5, 6])}, 0.5, fmr=fmr)
    assert found["a"].fpir is not None
    assert (found["a"].fpir.events, found["a"].fpir.trials) == (1, 1)
    assert (found["b"].fnir, found["b"].rank_one_miss) == (None, None)
    assert found["b"].fpir_by_formula[0] > found["a"].fpir_by_formula[1]
    only_mated = operate_by_group(SEARCHES, {"a": np.array([0, 1])}, 0.5, fmr=fmr)
    assert only_mated["a"].fpir is None


# --- search -----------------------------------------------------------------------------------


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def gallery_and_probes() -> CosineSearch:
    """100 people enrolled, 20 of them twice; probes of 40 enrolled people and 700 others, more than one block."""
    rng = np.random.default_rng(8)
    centres = rng.standard_normal((800, 8))
    enrolled = np.concatenate([np.arange(100), np.arange(20)])
    probes = np.concatenate([np.arange(40), np.arange(100, 800)])
    return CosineSearch(
        unit(centres[enrolled] + 0.1 * rng.standard_normal((120, 8))),
        enrolled,
        unit(centres[probes] + 0.1 * rng.standard_normal((740, 8))),
        probes,
        candidates=5,
    )


def test_search_lists_what_a_loop_finds():
    search = gallery_and_probes()
    found = search(np.arange(120))
    assert found.scores.shape == (740, 5)
    assert (found.mated.sum(), found.enrolled) == (40, 100)
    for probe in (0, 19, 39, 40, 600, 739):
        cosines = [float(row @ search.probes[probe]) for row in search.gallery]
        best = sorted(range(120), key=lambda position: -cosines[position])[:5]
        assert found.scores[probe] == pytest.approx([cosines[position] for position in best], abs=1e-6)
        mates = [bool(search.gallery_person[position] == search.probe_person[probe]) for position in best]
        assert found.is_mate[probe].tolist() == mates
    assert rank_one_miss(found).value < 0.1


def test_a_part_of_the_gallery_keeps_the_mates():
    search = gallery_and_probes()
    found = search(np.arange(90, 100))  # of whom nobody is searched for
    assert (found.mated.sum(), found.enrolled) == (40, 10)
    assert rank_one_miss(found).events == 0
    assert np.isfinite(found.scores[found.mated]).all()
    assert fpir(found, -1.0).value == 1
    assert not found.is_mate[~found.mated].any()


def test_a_list_longer_than_the_gallery_ends_in_nothing():
    search = gallery_and_probes()
    short = CosineSearch(search.gallery[:3], search.gallery_person[:3], search.probes, search.probe_person)
    found = short(np.array([0]))
    assert found.scores.shape == (740, 3)
    assert np.isneginf(found.scores[50, 1:]).all()


def test_smaller_galleries_lie_inside_larger_ones_and_have_fewer_false_positives():
    search = gallery_and_probes()
    parts: list[set[int]] = []

    def record(part: np.ndarray) -> Searches:
        parts.append(set(part.tolist()))
        return search(part)

    found = search_samples(record, search.gallery_person, rng=np.random.default_rng(1))
    assert [found[share].enrolled for share in (1, 10, 100)] == [100, 10, 1]
    assert parts[0] == set(range(120))
    assert parts[2] < parts[1] < parts[0]
    rates = [fpir(found[share], 0.7).value for share in (1, 10, 100)]
    assert rates[0] > rates[1] > rates[2]


def test_samples_are_drawn_by_seed():
    search = gallery_and_probes()
    one, same, other = (
        search_samples(search, search.gallery_person, rng=np.random.default_rng(seed), shares=[10])[10]
        for seed in (1, 1, 2)
    )
    assert (one.scores == same.scores).all()
    assert not (one.scores == other.scores).all()


def test_with_a_cohort_searches_score_as_the_servers_do():
    search, cohort = gallery_and_probes(), Cohort(LinearCurve.table)
    plain, rescaled = search(np.arange(120)), replace(search, cohort=cohort)(np.arange(120))
    assert (rescaled.is_mate == plain.is_mate).all()
    for probe in (0, 19, 39, 40, 600, 739):
        cosines = np.sort(search.gallery @ search.probes[probe])[::-1]
        line = cohort.rescaling(cosines[:13], 120)
        expected = [line.curve_score(score) for score in cosines[:5].tolist()]
        assert rescaled.scores[probe] == pytest.approx(expected, abs=1e-5)


def test_a_part_is_a_cohort_of_its_own():
    search, cohort = replace(gallery_and_probes(), cohort=Cohort(LinearCurve.table)), Cohort(LinearCurve.table)
    found = search(np.arange(30, 80))
    stranger = 700
    cosines = np.sort(search.gallery[30:80] @ search.probes[stranger])[::-1]
    line = cohort.rescaling(cosines[: cohort.places(50)], 50)
    assert found.scores[stranger, 0] == pytest.approx(line.curve_score(float(cosines[0])), abs=1e-5)
    few = search(np.array([0]))
    assert np.isneginf(few.scores[stranger, 1:]).all()
    assert few.scores[stranger, 0] == pytest.approx(float(search.gallery[0] @ search.probes[stranger]), abs=1e-6)


def test_independent_comparisons_follow_the_formula():
    """Probes and gallery without any likeness: the measured FPIR lies where the formula puts it."""
    rng = np.random.default_rng(3)
    search = CosineSearch(
        unit(rng.standard_normal((500, 64))),
        np.arange(500),
        unit(rng.standard_normal((2000, 64))),
        np.arange(500, 2500),
    )
    found = search(np.arange(500))
    matches = int((search.probes @ search.gallery.T >= 0.4).sum())
    point = operate(found, 0.4, fmr=wilson(matches, 1_000_000))
    assert point.fpir is not None
    assert point.fpir.low < point.fpir_by_formula[1]
    assert point.fpir.high > point.fpir_by_formula[0]
