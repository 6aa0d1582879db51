from __future__ import annotations

import numpy as np
import pytest

from recognizance.audit.protocol import Population, halve
from recognizance.audit.searches import is_enrolled, plan_searches
from recognizance.evaluation.dataset import half_of, load

from .conftest import crowd, write_people


@pytest.fixture
def population(tmp_path, embedder):
    """Make a population of rows."""

    def make(rows):
        folder = write_people(tmp_path / "people", rows)
        return Population.of(embedder.embed(load([folder])), ["gender"])

    return make


def test_half_of_the_people_are_enrolled_and_the_others_search_in_vain(population):
    plan = plan_searches(population(crowd(30, gender="female")))
    enrolled = sum(is_enrolled(f"people/female{n}") for n in range(30))
    assert len(plan.gallery_person) == enrolled
    assert (plan.mated.sum(), (~plan.mated).sum()) == (enrolled, 30 - enrolled)
    found = plan.search_all()
    assert found.is_mate[found.mated, 0].all()
    assert not found.is_mate[~found.mated].any()


def test_a_probe_without_a_face_is_a_search_that_misses(population):
    rows = crowd(30, gender="female")
    [number, *_] = [n for n in range(30) if is_enrolled(f"people/female{n}")]
    rows[2 * number + 1]["shows"] = ""
    found = plan_searches(population(rows)).search_all()
    blank = ~np.isfinite(found.scores).any(axis=1)
    assert (blank.sum(), found.mated[blank].all()) == (1, True)


def test_a_person_whose_enrolment_failed_stays_a_mate_that_nobody_finds(population):
    rows = crowd(30, gender="female")
    [number, *_] = [n for n in range(30) if is_enrolled(f"people/female{n}")]
    rows[2 * number]["shows"] = ""
    plan = plan_searches(population(rows))
    found = plan.search_all()
    missed = found.mated & ~found.is_mate.any(axis=1)
    assert missed.sum() == 1


def test_one_photograph_exported_twice_is_no_search(population):
    rows = [row | {"photo_group": "0"} for row in crowd(30, gender="female")]
    [stranger, *_] = [n for n in range(30) if not is_enrolled(f"people/female{n}")]
    rows[2 * stranger + 1]["photo_group"] = "1"
    plan = plan_searches(population(rows))
    assert not plan.mated.any()


def test_people_of_a_smaller_batch_take_no_part(population):
    rows = crowd(30, gender="female", batch="a") + crowd(8, gender="male", batch="b")
    plan = plan_searches(population(rows))
    assert len(plan.gallery_person) + (~plan.mated).sum() == 30


def test_nobody_to_enrol_is_no_plan(population):
    rows = [row for row in crowd(30, gender="female") if not is_enrolled(f"people/{row['identity']}")]
    assert plan_searches(population(rows)) is None


def test_halves_share_nobody_and_hold_everybody(tmp_path, embedder):
    folder = write_people(tmp_path / "people", crowd(20, gender="female"))
    embedded = embedder.embed(load([folder]))
    calibration, test = halve(embedded, ["gender"])
    assert calibration.everybody.people + test.everybody.people == 20
    assert {half_of(photo.person) for photo in test.found} == {"test"}
