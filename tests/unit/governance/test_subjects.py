"""A person asks where its faces are and who searched them, and gets that, and nothing of anybody else."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from recognizance.errors import FaceNotFoundError, NotFoundError
from recognizance.governance.opening import Found, Opener, Opening
from recognizance.governance.seeds import Seeds
from recognizance.ledger.example import search_fields
from recognizance.review.case import State
from recognizance.values import AccessKey, Role

from .rights import DAY, NOW, STAFF, STATEMENT, Rights

POLICE = "police-investigation"
SAM = AccessKey("RKSAM", Role.OPERATOR, "", NOW, None, person="sam")


@pytest.fixture
def rights(tmp_path):
    opened = Rights(tmp_path / "data")
    opened.collect("people")
    opened.collect("wanted")
    opened.purposes["wanted"] = POLICE
    yield opened
    opened.close()


def record_search(rights, *face_ids, collection="people", purpose=None, at=NOW, **changes):
    candidates = [{"face_id": face_id, "similarity": 99.5} for face_id in face_ids]
    fields = search_fields(candidates=candidates, collection=collection, purpose=purpose, **changes)
    return rights.book.append("search", fields, at=at)


def test_every_face_and_every_search_of_it_is_told_and_nobody_elses(rights):
    rights.collect("others")
    consent = rights.consents.give(STATEMENT, operator="RK1", now=NOW)
    mine = [rights.enrol(1, consent=consent.id), rights.enrol(1, collection="others")]
    other = rights.enrol(2)
    record_search(rights, mine[0], other)
    record_search(rights, other)
    record_search(rights, other, probe={"face_id": mine[1]}, collection="others", operation="SearchFaces")
    answer = rights.subjects.access(mine, STAFF, now=NOW)
    held = {(one.collection_id, one.face_id, one.consent_id) for one in answer.traces.held}
    assert held == {("people", mine[0], consent.id), ("others", mine[1], None)}
    assert [(one.collection_id, one.face_id, one.similarity) for one in answer.traces.searches] == [
        ("people", mine[0], 99.5),
        ("others", mine[1], None),
    ]
    assert answer.traces.withheld == 0
    assert other not in repr(asdict(answer))


def test_a_search_that_found_the_user_is_told_as_one_that_found_the_face(rights):
    face_id = rights.enrol(1, user="ann")
    rights.enrol(2, user="bob")
    for user in ("ann", "bob"):
        named = rights.book.keep_apart("user", f"people/{user}")
        rights.book.append("search", search_fields(candidates=[{"user": named, "similarity": 97.0}]), at=NOW)
    (told,) = rights.subjects.access([face_id], STAFF, now=NOW).traces.searches
    assert (told.face_id, told.similarity) == (face_id, 97.0)


def test_a_request_is_counted_and_recorded_and_the_name_kept_apart(rights):
    face_id = rights.enrol(1)
    record_search(rights, face_id)
    answer = rights.subjects.access([face_id], STAFF, subject="Ann Lee", now=NOW)
    (entry,) = rights.told("subject_request")
    assert {name: entry[name] for name in ("request", "action", "faces", "collections", "searches", "withheld")} == {
        "request": answer.request_id, "action": "access", "faces": [face_id],
        "collections": 1, "searches": 1, "withheld": 0,
    }  # fmt: skip
    assert rights.book.refs_of("subject", "Ann Lee") == [entry["subject"]["ref"]]
    assert rights.subjects.unresolved() == []


def test_a_secret_search_is_counted_until_its_time_has_come(rights):
    face_id = rights.enrol(1)
    record_search(rights, face_id, purpose=POLICE)
    for days, told in ((364, 0), (365, 1)):
        answer = rights.subjects.access([face_id], STAFF, now=NOW + days * DAY)
        assert (len(answer.traces.searches), answer.traces.withheld) == (told, 1 - told)


def test_what_a_sealed_search_found_is_counted_until_its_case_is_decided(rights):
    face_id = rights.enrol(1)
    record_search(rights, face_id, purpose="missing-person", case="case-1", outcome="sealed")
    traces = rights.subjects.access([face_id], STAFF, now=NOW).traces
    assert (traces.searches, traces.withheld) == ((), 1)
    decision = {
        "case": "case-1", "round": 1, "outcome": "rejected", "candidate": None, "verified_by": ["RK1", "RK2"],
        "closed_by": None, "seeded": False, "contest": None, "corrects": None, "overturns": False,
    }  # fmt: skip
    rights.book.append("decision", decision, at=NOW)
    traces = rights.subjects.access([face_id], STAFF, now=NOW).traces
    assert (len(traces.searches), traces.withheld) == (1, 0)


def test_a_secret_collection_is_counted_until_its_time_has_come(rights):
    face_id = rights.enrol(1, collection="wanted")
    for days, told in ((364, 0), (365, 1)):
        answer = rights.subjects.access([face_id], STAFF, now=NOW + days * DAY)
        assert (len(answer.traces.held), answer.traces.withheld) == (told, 1 - told)


def test_faces_are_known_by_consent(rights):
    consent = rights.consents.give(STATEMENT, operator="RK1", now=NOW)
    face_id = rights.enrol(1, consent=consent.id)
    rights.enrol(2)
    assert rights.subjects.of_consent(consent.id) == [face_id]


def test_a_frozen_face_is_in_no_search_until_the_request_is_settled(rights):
    face_id = rights.enrol(1, user="ann")
    request = rights.subjects.freeze([face_id], STAFF, now=NOW)
    assert [rights.found(1), rights.users_found(1)] == [[], []]
    assert [one.id for one in rights.subjects.unresolved()] == [request]
    rights.subjects.resolve(request, STAFF, now=NOW + DAY)
    assert [rights.found(1), rights.users_found(1)] == [[face_id], ["ann"]]
    assert rights.subjects.unresolved() == []
    assert [entry["action"] for entry in rights.told("subject_request")] == ["freeze", "resolve"]


def test_a_face_frozen_twice_is_free_when_both_are_settled(rights):
    face_id = rights.enrol(1)
    requests = [rights.subjects.freeze([face_id], STAFF, now=NOW) for _ in range(2)]
    rights.subjects.resolve(requests[0], STAFF, now=NOW)
    assert rights.found(1) == []
    rights.subjects.resolve(requests[1], STAFF, now=NOW)
    assert rights.found(1) == [face_id]


@pytest.mark.parametrize("settled", [True, False])
def test_what_is_not_open_cannot_be_settled(rights, settled):
    request = "r"
    if settled:
        request = rights.subjects.freeze([rights.enrol(1)], STAFF, now=NOW)
        rights.subjects.resolve(request, STAFF, now=NOW)
    with pytest.raises(NotFoundError, match=f"The request id: {request} does not exist, or is settled"):
        rights.subjects.resolve(request, STAFF, now=NOW)


def open_case(rights, face_id):
    import random

    seeds = Seeds(rights.database, lambda *_: [], random.Random(1))
    opening = Opening("people", SAM, found=[Found(99.0, face_id=face_id)], needed=2, seed_share=0.0)
    return Opener(rights.database, rights.vault, rights.book, seeds).open(opening, now=NOW)


def test_a_contest_freezes_the_face_and_has_its_cases_reviewed_again(rights):
    face_id, other = rights.enrol(1), rights.enrol(2)
    case, unrelated, closed = open_case(rights, face_id), open_case(rights, other), open_case(rights, face_id)
    rights.cases.seal(closed, "TEST", now=NOW)
    request = rights.subjects.contest([face_id], STAFF, "I was elsewhere", now=NOW)
    assert rights.found(1) == []
    entry = rights.told("subject_request")[-1]
    assert (entry["request"], entry["action"], entry["cases"]) == (request, "contest", [case])
    assert [one["case"] for one in rights.told("contest")] == [case]
    assert rights.cases.lead(unrelated, STAFF, now=NOW).state is State.OPEN


def test_erasing_takes_all_faces_everywhere_and_proves_it(rights):
    mine = [rights.enrol(1, user="ann"), rights.enrol(1, collection="wanted")]
    other = rights.enrol(2)
    receipts = rights.subjects.erase(mine, STAFF, now=NOW)
    entries = [rights.verified(receipt) for receipt in receipts]
    request = rights.told("subject_request")[-1]
    assert [(entry["collection"], entry["faces"]) for entry in entries] == [("people", mine[:1]), ("wanted", mine[1:])]
    assert {(entry["code"], entry["request"]) for entry in entries} == {("SUBJECT_REQUEST", request["request"])}
    assert [rights.found(1), rights.found(1, "wanted"), rights.found(2)] == [[], [], [other]]
    answer = rights.subjects.access(mine, STAFF, now=NOW)
    assert (answer.traces.held, answer.erased) == ((), tuple(sorted(mine)))


@pytest.mark.parametrize("action", ["freeze", "erase"])
def test_nothing_happens_where_one_of_the_faces_is_unknown(rights, action):
    face_id = rights.enrol(1)
    with pytest.raises(FaceNotFoundError):
        getattr(rights.subjects, action)([face_id, "x"], STAFF, now=NOW)
    assert rights.found(1) == [face_id]
    assert rights.told("subject_request") == []
