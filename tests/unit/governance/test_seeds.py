"""Seeded cases look like any other, have a known answer, and suspend those who err too often."""

from __future__ import annotations

import pytest

from recognizance.errors import CaseNotFoundError, RuleError
from recognizance.review.choice import CANNOT_TELL, NONE_OF_THESE
from recognizance.storage import cases as rows
from recognizance.values import Role

from .court import ANN, BO, CHIEF, DAY, LATER, NOW, SAM, key


@pytest.fixture
def crowd(small_court):
    """Users with two portraits each, and a face of nobody."""
    for name in ("kim", "lee", "max"):
        for number in "12":
            small_court.enrol(name + number, user=name)
    small_court.enrol("free")
    return small_court


def seeded(court):
    """The seeded cases, by id."""
    return {
        case.id: case for case in court.database.read(rows.waiting) if case.truth is not None
    }  # fmt: skip


def plant(court, count, size=2):
    """As many seeded cases, each beside a real one that is closed at once."""
    face_ids = [face.face_id for face in court.gallery.faces("people", after=None, limit=size)]
    for _ in range(count):
        court.cases.close(court.open(*face_ids, seed_share=1.0), SAM, now=NOW)
    found = seeded(court)
    assert len(found) == count
    return found


def test_a_seeded_case_has_one_mate_or_none(crowd):
    owner = {face.face_id: face.user_id for face in crowd.gallery.faces("people", after=None, limit=99)}
    found = plant(crowd, 40)
    mated = 0
    for case in found.values():
        probe = crowd.database.read(
            lambda connection, case=case: rows.probe_face(connection, rows.find(connection, case.id)[0])
        )
        users = {one.id: owner[one.face_id] for one in case.candidates}
        assert len(case.candidates) == 2
        assert probe not in {one.face_id for one in case.candidates}
        mates = [candidate for candidate, user in users.items() if user == owner[probe]]
        assert mates == ([] if case.truth == NONE_OF_THESE else [case.truth])
        assert None not in users.values()
        mated += len(mates)
    assert 8 < mated < 32


def test_a_seeded_case_looks_like_a_real_one_and_exists_for_reviewers_alone(crowd):
    crowd.register(ANN)
    face_ids = [face.face_id for face in crowd.gallery.faces("people", after=None, limit=2)]
    real = crowd.open(*face_ids, seed_share=1.0)
    (seed,) = seeded(crowd)
    assert sorted(crowd.cases.waiting(ANN, now=NOW)) == sorted([real, seed])
    views = [crowd.cases.show(case_id, ANN, now=NOW) for case_id in (real, seed)]
    assert len(views[0].choices) == len(views[1].choices)
    assert all(len(view.probe) == 1 and all(pictures for _, pictures in view.candidates) for view in views)
    assert [lead.case_id for lead in crowd.cases.leads(CHIEF, after=None, limit=9, now=NOW)] == [real]
    assert crowd.cases.naming([one.face_id for one in seeded(crowd)[seed].candidates]) == [real]
    for refused in (
        lambda: crowd.cases.lead(seed, CHIEF, now=NOW),
        lambda: crowd.cases.contest(seed, CHIEF, "?", now=NOW),
        lambda: crowd.cases.destroy(seed, "?", now=NOW),
        lambda: crowd.cases.entries(seed),
    ):
        with pytest.raises(CaseNotFoundError):
            refused()


@pytest.mark.parametrize(("share", "low", "high"), [(0.0, 0, 0), (0.1, 15, 55), (0.5, 250, 350), (1.0, 300, 300)])
def test_the_share_of_seeds_among_all_cases(crowd, share, low, high):
    assert low <= sum(crowd.seeds.due(share) for _ in range(300)) <= high


@pytest.mark.parametrize(
    ("name", "users"),
    [
        ("no portraits at all", []),
        ("one portrait a user", [("kim1", "kim"), ("lee1", "lee")]),
        ("nobody but one user", [("kim1", "kim"), ("kim2", "kim")]),
        ("faces of nobody", [("kim1", None), ("lee1", None)]),
    ],
)
def test_without_material_no_case_is_seeded(small_court, name, users):
    for face, user in users:
        small_court.enrol(face, user=user)
    bare = small_court.enrol("bare", portrait=False)
    small_court.open(bare, seed_share=1.0)
    assert seeded(small_court) == {}


def test_an_empty_collection_seeds_nothing(small_court):
    assert small_court.seeds.find("people", 3, now=NOW) is None


def test_a_reviewer_who_names_anybody_is_suspended_and_his_seat_stays_empty(crowd):
    crowd.register(ANN, BO)
    found = plant(crowd, 30)
    for case in found.values():
        wrong = next(one.id for one in case.candidates if one.id != case.truth)
        try:
            crowd.cases.vote(case.id, ANN, wrong, now=NOW)
        except RuleError as refused:
            assert refused.code == "REVIEWER_SUSPENDED"  # noqa: PT017 - only after some votes
            break
    (suspension,) = crowd.told("suspension")
    assert (suspension["false_accepts"], suspension["trials"]) == (2, 2)
    assert crowd.ledger.texts[suspension["person"]["ref"]] == "ann"
    with pytest.raises(RuleError, match="REVIEWER_SUSPENDED"):
        crowd.cases.waiting(ANN, now=NOW)
    crowd.register(ANN, trained_at=NOW + DAY)
    assert crowd.cases.waiting(ANN, now=NOW + DAY)
    assert [one.false_accepts for one in crowd.reviewers.measured()] == [None, None]


def test_a_careful_reviewer_is_measured_and_stays(crowd):
    crowd.register(ANN, BO)
    found = plant(crowd, 30)
    for number, case in enumerate(found.values()):
        crowd.cases.vote(case.id, ANN, CANNOT_TELL if number < 3 else case.truth, now=NOW)
    ann, bo = crowd.reviewers.measured()
    mates = sum(case.truth != NONE_OF_THESE for case in list(found.values())[3:])
    assert (ann.false_accepts.events, ann.false_accepts.trials) == (0, 30 - mates)
    assert 0 < ann.false_accepts.high < 0.4
    assert (ann.misses.events, ann.misses.trials, ann.cannot_tell) == (0, mates, 3)
    assert (bo.false_accepts, bo.misses) == (None, None)
    assert crowd.told("suspension") == []
    marks = [vote["mark"] for vote in crowd.told("vote")]
    assert set(marks) == {"named_mate", "turned_down", "cannot_tell"}


def test_a_decided_seed_is_marked_as_such_in_the_ledger(crowd):
    crowd.register(ANN, BO)
    ((case_id, case),) = plant(crowd, 1).items()
    for reviewer in (ANN, BO):
        crowd.cases.vote(case_id, reviewer, case.truth, now=NOW)
    decision = crowd.told("decision")[-1]
    assert (decision["case"], decision["seeded"]) == (case_id, True)
    assert next(one for one in crowd.told("case") if one["case"] == case_id)["operator"] is None


@pytest.mark.parametrize(
    ("code", "who", "by", "changes"),
    [
        ("NOT_A_REVIEWER_KEY", key("otto", Role.OPERATOR), CHIEF, {}),
        ("SELF_REGISTRATION", key(" Chief "), CHIEF, {}),
        ("QUALIFICATION_EMPTY", ANN, CHIEF, {"expires_at": NOW - DAY}),
        ("TRAINING_NOT_LATER", BO, CHIEF, {}),
    ],
)
def test_a_registration_is_refused(small_court, code, who, by, changes):
    small_court.register(BO)
    terms = {"trained_at": NOW - DAY, "expires_at": LATER} | changes
    with pytest.raises(RuleError, match=f"^{code}: "):
        small_court.reviewers.register(who, by=by, now=NOW, **terms)
    assert len(small_court.told("reviewer")) == 1


def test_a_registration_is_recorded(court):
    court.register(ANN)
    (entry,) = court.told("reviewer")
    assert (entry["operator"], entry["key"], entry["trained"]) == (CHIEF.id, ANN.id, "2026-11-24T12:00:00.000Z")
    assert [one.reviewer.person for one in court.reviewers.measured()] == ["ann"]
