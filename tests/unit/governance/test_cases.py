"""Cases over a real store: what each sees, what is recorded, and that no order of events confirms with too few."""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from recognizance.errors import CaseNotFoundError, RuleError, SealError
from recognizance.governance.opening import Found
from recognizance.review.case import State
from recognizance.review.choice import CANNOT_TELL, NONE_OF_THESE
from recognizance.values import Role

from .court import ANN, AUDITOR, BO, CHIEF, CY, DAY, DI, LATER, NOW, SAM, key


@pytest.fixture
def people(small_court):
    """A court with four reviewers and three enrolled faces, whose ids come with it."""
    small_court.register(ANN, BO, CY, DI)
    return small_court, [small_court.enrol(name) for name in ("una", "vic", "wes")]


def test_two_people_confirm_and_the_ledger_says_who(court):
    court.register(ANN, BO)
    face_ids = [court.enrol(name) for name in ("una", "vic")]
    case_id = court.open(*face_ids)
    una = court.id_of(case_id, face_ids[0])
    assert court.cases.waiting(ANN, now=NOW) == [case_id]
    first = court.cases.vote(case_id, ANN, una, now=NOW)
    assert court.cases.lead(case_id, SAM, now=NOW).state is State.OPEN
    court.cases.vote(case_id, BO, una, now=NOW + DAY)
    lead = court.cases.lead(case_id, SAM, now=NOW)
    assert (lead.state, lead.confirmed.face_id) == (State.CONFIRMED, face_ids[0])
    assert (lead.status, lead.wording) == ("UNVERIFIED", "investigative lead, not identification")
    assert court.cases.waiting(ANN, now=NOW) == []
    (decision,) = court.told("decision")
    assert decision == {
        "case": case_id,
        "round": 1,
        "outcome": "confirmed",
        "candidate": una,
        "verified_by": [ANN.id, BO.id],
        "closed_by": None,
        "seeded": False,
        "contest": None,
        "corrects": None,
        "overturns": False,
    }
    assert court.cases.entries(case_id) == [
        (first - 1, "case"),
        (first, "vote"),
        (first + 1, "vote"),
        (first + 2, "decision"),
    ]
    assert {court.ledger.texts[vote["person"]["ref"]] for vote in court.told("vote")} == {"ann", "bo"}


def test_a_reviewer_sees_pictures_and_nothing_else(people):
    court, face_ids = people
    case_id = court.open(*face_ids)
    view = court.cases.show(case_id, ANN, now=NOW)
    assert view.probe == (b"probe",)
    assert view.choices[:2] == (NONE_OF_THESE, CANNOT_TELL)
    assert sorted(pictures for _, (pictures,) in view.candidates) == [
        b"portrait of una",
        b"portrait of vic",
        b"portrait of wes",
    ]
    assert not any(face_id in repr(view) for face_id in face_ids)
    assert view == court.cases.show(case_id, ANN, now=NOW)


def test_reviewers_see_orders_of_their_own(people):
    court, face_ids = people
    cases = [court.open(*face_ids) for _ in range(12)]
    orders = [[court.cases.show(case_id, who, now=NOW).choices for case_id in cases] for who in (ANN, BO)]
    assert orders[0] != orders[1]
    assert court.cases.waiting(ANN, now=NOW) != court.cases.waiting(BO, now=NOW)


def test_a_face_without_a_portrait_is_shown_without_a_picture(people):
    court, _ = people
    bare = court.enrol("bare", portrait=False)
    case_id = court.open(bare, picture=None)
    view = court.cases.show(case_id, ANN, now=NOW)
    assert (view.probe, view.candidates) == ((), ((court.id_of(case_id, bare), ()),))


def test_an_enrolled_probe_is_shown_by_its_portrait(people):
    court, face_ids = people
    case_id = court.open(face_ids[1], picture=None, probe_face_id=face_ids[0])
    assert court.cases.show(case_id, ANN, now=NOW).probe == (b"portrait of una",)


def test_a_user_is_shown_by_portraits_and_named_apart(people):
    court, _ = people
    for name in ("kim1", "kim2", "kim3", "kim4"):
        court.enrol(name, user="kim")
    (kim,) = court.gallery.users("people", after=None, limit=9)
    case_id = court.open(found=[Found(99.0, user=kim)])
    ((_, pictures),) = court.cases.show(case_id, ANN, now=NOW).candidates
    assert pictures == (b"portrait of kim1", b"portrait of kim2", b"portrait of kim3")
    (told,) = court.told("case")[0]["candidates"]
    assert court.ledger.texts[told["user"]["ref"]] == "kim"


def test_a_deleted_face_takes_its_portrait_along(people):
    court, face_ids = people
    case_id = court.open(face_ids[0])
    court.gallery.delete_faces("people", [face_ids[0]])
    ((_, pictures),) = court.cases.show(case_id, ANN, now=NOW).candidates
    assert pictures == ()


def test_a_case_outlives_its_collection_without_portraits(people):
    court, face_ids = people
    case_id = court.open(face_ids[0])
    court.gallery.delete_collection("people")
    assert court.cases.show(case_id, ANN, now=NOW).candidates[0][1] == ()


@pytest.mark.parametrize(
    ("code", "who", "now"),
    [
        ("REVIEWER_UNKNOWN", key("nobody"), NOW),
        ("REVIEWER_UNKNOWN", replace(ANN, role=Role.OPERATOR), NOW),
        ("REVIEWER_LAPSED", ANN, LATER),
        ("REVIEWER_SEARCHED", key("sam"), NOW),
        ("VOTED_ALREADY", BO, NOW),
        ("VOTED_ALREADY", key("  BO ", number=2), NOW),
    ],
)
def test_who_may_not_vote_may_not_look_either(people, code, who, now):
    court, face_ids = people
    court.register(key("sam"))
    case_id = court.open(*face_ids)
    court.cases.vote(case_id, BO, NONE_OF_THESE, now=NOW)
    for forbidden in (
        lambda: court.cases.vote(case_id, who, NONE_OF_THESE, now=now),
        lambda: court.cases.show(case_id, who, now=now),
    ):
        with pytest.raises(RuleError, match=f"^{code}: "):
            forbidden()
    assert len(court.told("vote")) == 1
    if code in ("REVIEWER_SEARCHED", "VOTED_ALREADY"):
        assert court.cases.waiting(who, now=now) == []


def test_a_clock_set_back_renews_no_qualification(people):
    court, face_ids = people
    court.register(key("eve"), expires_at=NOW + DAY)
    case_id = court.open(*face_ids, now=NOW + 2 * DAY)
    with pytest.raises(RuleError, match="REVIEWER_LAPSED"):
        court.cases.vote(case_id, key("eve"), NONE_OF_THESE, now=NOW)


def test_a_case_that_does_not_exist(people):
    court, _ = people
    for unknown in (
        lambda: court.cases.vote("no", ANN, NONE_OF_THESE, now=NOW),
        lambda: court.cases.show("no", ANN, now=NOW),
        lambda: court.cases.lead("no", SAM, now=NOW),
        lambda: court.cases.leads(SAM, after="no", limit=5, now=NOW),
        lambda: court.cases.destroy("no", "RETENTION", now=NOW),
    ):
        with pytest.raises(CaseNotFoundError, match="The case id: no does not exist"):
            unknown()


# --- what whoever answers for the search sees ---------------------------------------------------


@pytest.mark.parametrize(
    ("name", "who", "hidden", "shown"),
    [
        ("the searcher", SAM, False, [2, 2, 0]),
        ("the searcher, of a hidden case", SAM, True, [0, 1, 0]),
        ("an administrator", CHIEF, False, [0, 2, 0]),
        ("an auditor, of a hidden case", AUDITOR, True, [0, 2, 0]),
    ],
)
def test_similarities_stay_away_from_reviewers_until_the_votes_are_in(people, name, who, hidden, shown):
    court, face_ids = people
    case_id = court.open(*face_ids[:2], hidden=hidden)
    seen = [len(court.cases.lead(case_id, who, now=NOW).candidates)]
    for reviewer in (ANN, BO):
        court.cases.vote(case_id, reviewer, court.id_of(case_id, face_ids[0]), now=NOW)
    seen.append(len(court.cases.lead(case_id, who, now=NOW).candidates))
    court.cases.contest(case_id, CHIEF, "it is not her", now=NOW)
    seen.append(len(court.cases.lead(case_id, who, now=NOW).candidates))
    assert seen == shown


def test_a_hidden_case_that_is_closed_stays_hidden(people):
    court, face_ids = people
    case_id = court.open(*face_ids, hidden=True)
    court.cases.close(case_id, SAM, now=NOW)
    assert court.cases.lead(case_id, SAM, now=NOW).candidates == ()


def test_cases_are_listed_to_those_they_concern(people):
    court, face_ids = people
    cases = [court.open(face_ids[0]) for _ in range(3)]
    assert [lead.case_id for lead in court.cases.leads(AUDITOR, after=None, limit=2, now=NOW)] == cases[:2]
    assert [lead.case_id for lead in court.cases.leads(SAM, after=cases[1], limit=2, now=NOW)] == cases[2:]
    other = key("olga", Role.OPERATOR)
    assert court.cases.leads(other, after=None, limit=9, now=NOW) == []
    with pytest.raises(RuleError, match="CASE_OF_ANOTHER"):
        court.cases.lead(cases[0], other, now=NOW)


def test_cases_that_name_a_face_are_found(people):
    court, face_ids = people
    named = court.open(face_ids[0], face_ids[1])
    probed = court.open(face_ids[1], probe_face_id=face_ids[0])
    court.open(face_ids[2])
    assert court.cases.naming([face_ids[0]]) == [named, probed]


# --- contest, close, seal, destroy --------------------------------------------------------------


def test_a_contest_is_decided_by_others_and_linked_both_ways(people):
    court, face_ids = people
    case_id = court.open(*face_ids)
    una = court.id_of(case_id, face_ids[0])
    for reviewer in (ANN, BO):
        court.cases.vote(case_id, reviewer, una, now=NOW)
    contest = court.cases.contest(case_id, CHIEF, "it is not her", now=NOW)
    assert court.cases.lead(case_id, SAM, now=NOW).state is State.FROZEN
    assert court.cases.waiting(ANN, now=NOW) == []
    for reviewer in (CY, DI):
        court.cases.vote(case_id, reviewer, NONE_OF_THESE, now=NOW)
    decisions = [index for index, kind in court.cases.entries(case_id) if kind == "decision"]
    disputed, correction = (court.ledger.entries[index][1] for index in decisions)
    assert court.ledger.entries[contest][1]["decision"] == decisions[0]
    assert (correction["contest"], correction["corrects"], correction["overturns"]) == (contest, decisions[0], True)
    assert (disputed["outcome"], correction["outcome"]) == ("confirmed", "rejected")
    assert court.ledger.texts[court.told("contest")[0]["reason"]["ref"]] == "it is not her"


def test_a_contest_that_upholds_overturns_nothing(people):
    court, face_ids = people
    case_id = court.open(*face_ids, needed=1)
    una = court.id_of(case_id, face_ids[0])
    court.cases.vote(case_id, ANN, una, now=NOW)
    court.cases.contest(case_id, CHIEF, "I doubt it", now=NOW)
    court.cases.vote(case_id, BO, una, now=NOW)
    assert [decision["overturns"] for decision in court.told("decision")] == [False, False]


def test_a_closed_case_says_who_closed_it(people):
    court, face_ids = people
    case_id = court.open(*face_ids)
    court.cases.close(case_id, SAM, now=NOW)
    (decision,) = court.told("decision")
    assert (decision["outcome"], decision["closed_by"], decision["verified_by"]) == ("unresolved", SAM.id, [])


def test_a_sealed_case_is_shut_to_all(people):
    court, face_ids = people
    case_id = court.open(*face_ids)
    court.cases.seal(case_id, "AUTHORISATION_LATE", now=NOW)
    assert court.cases.lead(case_id, SAM, now=NOW).candidates == ()
    with pytest.raises(RuleError, match="CASE_SEALED"):
        court.cases.show(case_id, ANN, now=NOW)
    assert court.told("seal") == [{"case": case_id, "operator": None, "code": "AUTHORISATION_LATE"}]


def test_a_case_is_shut_at_its_deadline_though_nothing_sealed_it(people):
    court, face_ids = people
    case_id = court.open(*face_ids)
    deadline = court.deadlines[case_id] = NOW + timedelta(hours=48)
    just_before = deadline - timedelta(minutes=1)
    assert court.cases.waiting(ANN, now=just_before) == [case_id]
    assert len(court.cases.lead(case_id, SAM, now=just_before).candidates) == 3
    assert court.cases.waiting(ANN, now=deadline) == []
    for lead in (
        court.cases.lead(case_id, SAM, now=deadline),
        *court.cases.leads(SAM, after=None, limit=1, now=deadline),
    ):
        assert (lead.state, lead.candidates) == (State.SEALED, ())
    for late in (
        lambda: court.cases.show(case_id, ANN, now=deadline),
        lambda: court.cases.vote(case_id, ANN, NONE_OF_THESE, now=deadline),
        lambda: court.cases.contest(case_id, CHIEF, "?", now=deadline),
        lambda: court.cases.close(case_id, CHIEF, now=deadline),
    ):
        with pytest.raises(RuleError, match="CASE_SEALED"):
            late()
    court.cases.seal(case_id, "AUTHORISATION_LATE", now=deadline)
    court.cases.destroy(case_id, "AUTHORISATION_LATE", now=deadline)
    assert court.ledger.kinds()[-2:] == ["seal", "destruction"]


def test_a_destroyed_case_leaves_nothing_that_opens(people, tmp_path):
    court, face_ids = people
    picture = b"a face that is to be forgotten" * 20
    case_id = court.open(*face_ids, picture=picture)
    court.cases.destroy(case_id, "RETENTION", now=NOW, operator=CHIEF.id)
    assert court.told("destruction") == [
        {"case": case_id, "operator": CHIEF.id, "code": "RETENTION", "candidates": 3, "pictures": 1}
    ]
    assert court.cases.naming(face_ids) == []
    with pytest.raises(RuleError, match="CASE_DESTROYED"):
        court.cases.show(case_id, ANN, now=NOW)


def test_a_picture_is_sealed_at_rest(people, tmp_path):
    court, face_ids = people
    picture = b"a face that nobody reads on disk" * 20
    case_id = court.open(*face_ids, picture=picture)
    assert court.cases.show(case_id, ANN, now=NOW).probe == (picture,)
    for file in tmp_path.iterdir():
        assert picture[:32] not in file.read_bytes()
    with court.database._writer.begin() as connection:
        connection.exec_driver_sql("UPDATE cases SET sealed_key = x''")
    with pytest.raises(SealError, match="sealed value"):
        court.cases.show(case_id, ANN, now=NOW)


# --- many at once -------------------------------------------------------------------------------


def test_no_order_of_votes_of_many_threads_confirms_with_fewer_than_two(court):
    """Six people under nine keys vote at the same time, on cases that are contested in between."""
    voters = [ANN, BO, CY, DI, key("ann", number=2), key("bo", number=2), key("sam"), key("lapsed"), key("suspended")]
    court.register(ANN, BO, CY, DI, key("sam"))
    court.register(key("lapsed"), trained_at=NOW - 2 * DAY, expires_at=NOW - DAY)
    una = court.enrol("una")
    cases = {case_id: court.id_of(case_id, una) for case_id in (court.open(una) for _ in range(150))}
    strange: list[BaseException] = []

    def act(number):
        dice = random.Random(number)
        for case_id in dice.sample(list(cases), len(cases)):
            try:
                if dice.random() < 0.05:
                    court.cases.contest(case_id, CHIEF, "doubt", now=NOW)
                choice = dice.choice([cases[case_id]] * 3 + [NONE_OF_THESE, CANNOT_TELL])
                court.cases.vote(case_id, voters[number], choice, now=NOW + timedelta(seconds=dice.randint(-9, 9)))
            except RuleError:
                continue
            except BaseException as error:  # noqa: BLE001 - told by the main thread
                strange.append(error)

    threads = [threading.Thread(target=act, args=(number,)) for number in range(len(voters))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert strange == []
    holders = {voter.id: voter.holder for voter in voters}
    confirmed = [decision for decision in court.told("decision") if decision["outcome"] == "confirmed"]
    assert confirmed
    for decision in confirmed:
        agreed = [
            vote
            for vote in court.told("vote")
            if (vote["case"], vote["round"], vote["candidate"])
            == (decision["case"], decision["round"], decision["candidate"])
        ]
        people = {holders[vote["operator"]] for vote in agreed}
        assert len(people & {"ann", "bo", "cy", "di"}) >= 2
        assert people <= {"ann", "bo", "cy", "di"}
