"""Who may vote on a case, what votes decide, and what no order of events can bring about."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from recognizance.errors import RuleError
from recognizance.review import case as cases
from recognizance.review.case import Candidate, Case, State
from recognizance.review.choice import CANNOT_TELL, NONE_OF_THESE
from recognizance.review.reviewer import Reviewer

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DAY = timedelta(days=1)
A, B, C, D = (Reviewer(name, NOW - DAY, NOW + 365 * DAY) for name in ("ann", "bo", "cy", "di"))
KEYS = {"ann": "RKA", "bo": "RKB", "cy": "RKC", "di": "RKD"}


def new_case(needed=2, **changes):
    people = tuple(Candidate(f"c{rank}", rank, 90.0 - rank, face_id=f"f{rank}") for rank in range(1, 6))
    return replace(Case("case-1", "people", "RKS", "sam", needed, people, NOW, NOW), **changes)


def voted(case, *ballots, now=NOW):
    for reviewer, choice in ballots:
        case = cases.vote(case, reviewer, KEYS[reviewer.person], choice, now=now)
    return case


@pytest.mark.parametrize(
    ("name", "needed", "choices", "state", "named"),
    [
        ("one vote of two", 2, ["c1"], State.OPEN, None),
        ("two name one", 2, ["c1", "c1"], State.CONFIRMED, "c1"),
        ("two name none", 2, [NONE_OF_THESE] * 2, State.REJECTED, None),
        ("two cannot tell", 2, [CANNOT_TELL] * 2, State.UNRESOLVED, None),
        ("two differ", 2, ["c1", "c2"], State.OPEN, None),
        ("one cannot tell", 2, ["c1", CANNOT_TELL], State.OPEN, None),
        ("the third sides with the first", 2, ["c1", NONE_OF_THESE, "c1"], State.CONFIRMED, "c1"),
        ("the third sides with the second", 2, ["c1", NONE_OF_THESE, NONE_OF_THESE], State.REJECTED, None),
        ("the third cannot tell either", 2, ["c1", CANNOT_TELL, CANNOT_TELL], State.UNRESOLVED, None),
        ("the third agrees with neither", 2, ["c1", "c2", "c3"], State.UNRESOLVED, None),
        ("the third cannot tell between two", 2, ["c1", "c2", CANNOT_TELL], State.UNRESOLVED, None),
        ("one is enough, and names", 1, ["c2"], State.CONFIRMED, "c2"),
        ("one is enough, and names none", 1, [NONE_OF_THESE], State.REJECTED, None),
        ("one is enough, and cannot tell", 1, [CANNOT_TELL], State.UNRESOLVED, None),
    ],
)
def test_votes_decide(name, needed, choices, state, named):
    case = voted(new_case(needed), *zip((A, B, C), choices, strict=False))
    assert case.state is state
    assert (case.confirmed.id if case.confirmed else None) == named
    assert case.decided == (state is not State.OPEN)


@pytest.mark.parametrize(
    ("code", "reviewer", "key", "case"),
    [
        ("REVIEWER_LAPSED", replace(A, expires_at=NOW), "RKA", new_case()),
        ("REVIEWER_UNTRAINED", replace(A, trained_at=NOW + DAY), "RKA", new_case()),
        ("REVIEWER_SUSPENDED", replace(A, suspended_at=NOW), "RKA", new_case()),
        ("REVIEWER_SEARCHED", replace(A, person="sam"), "RKA", new_case()),
        ("REVIEWER_SEARCHED", A, "RKS", new_case()),
        ("VOTED_ALREADY", A, "RKA", voted(new_case(), (A, "c1"))),
        ("VOTED_ALREADY", A, "RK-another", voted(new_case(), (A, "c1"))),
        ("VOTED_ALREADY", B, "RKA", voted(new_case(), (A, "c1"))),
        ("VOTED_ALREADY", A, "RKA", cases.contest(voted(new_case(), (A, "c1")), now=NOW)),
        ("CASE_DECIDED", C, "RKC", voted(new_case(), (A, "c1"), (B, "c1"))),
        ("CASE_SEALED", A, "RKA", cases.seal(new_case(), now=NOW)),
        ("CASE_DESTROYED", A, "RKA", cases.destroy(new_case(), now=NOW)),
        ("CHOICE_UNKNOWN", A, "RKA", new_case(candidates=())),
    ],
)
def test_a_vote_is_refused(code, reviewer, key, case):
    with pytest.raises(RuleError, match=f"^{code}: ") as refused:
        cases.vote(case, reviewer, key, "c1", now=NOW)
    assert refused.value.code == code


def test_a_reviewer_is_qualified_until_the_moment_of_expiry():
    case = cases.vote(new_case(), replace(A, expires_at=NOW + timedelta(seconds=1)), "RKA", "c1", now=NOW)
    assert len(case.votes) == 1


@pytest.mark.parametrize(
    ("code", "event", "case"),
    [
        ("CASE_FROZEN", cases.contest, cases.contest(new_case(), now=NOW)),
        ("CASE_SEALED", cases.contest, cases.seal(new_case(), now=NOW)),
        ("CASE_DESTROYED", cases.contest, cases.destroy(new_case(), now=NOW)),
        ("CASE_SEALED", cases.seal, cases.seal(new_case(), now=NOW)),
        ("CASE_DESTROYED", cases.seal, cases.destroy(new_case(), now=NOW)),
        ("CASE_DESTROYED", cases.destroy, cases.destroy(new_case(), now=NOW)),
        ("CASE_DECIDED", cases.close, cases.close(new_case(), now=NOW)),
        ("CASE_SEALED", cases.close, cases.seal(new_case(), now=NOW)),
    ],
)
def test_an_event_is_refused(code, event, case):
    with pytest.raises(RuleError, match=f"^{code}: "):
        event(case, now=NOW)


def test_a_contest_freezes_and_others_decide_anew():
    frozen = cases.contest(voted(new_case(), (A, "c1"), (B, "c1")), now=NOW)
    assert (frozen.state, frozen.round, frozen.confirmed) == (State.FROZEN, 2, None)
    once = voted(frozen, (C, NONE_OF_THESE))
    assert once.state is State.FROZEN
    again = voted(once, (D, NONE_OF_THESE))
    assert again.state is State.REJECTED
    assert len(again.votes) == 4


def test_votes_before_a_contest_do_not_count_after_it():
    frozen = cases.contest(voted(new_case(), (A, "c1")), now=NOW)
    assert voted(frozen, (C, "c1")).state is State.FROZEN


def test_a_closed_case_confirms_nothing():
    assert cases.close(voted(new_case(), (A, "c1")), now=NOW).state is State.UNRESOLVED


def test_a_destroyed_case_forgets_its_candidates_and_keeps_its_votes():
    gone = cases.destroy(cases.seal(voted(new_case(), (A, "c1")), now=NOW), now=NOW)
    assert (gone.candidates, len(gone.votes)) == ((), 1)


def test_a_case_never_goes_back_in_time():
    case = voted(new_case(changed_at=NOW + DAY), (A, "c1"))
    assert (case.changed_at, case.votes[0].at) == (NOW + DAY, NOW + DAY)
    assert cases.contest(case, now=NOW).changed_at == NOW + DAY


def test_each_reviewer_has_an_order_of_his_own_that_stays():
    case = new_case()
    orders = {name: tuple(one.id for one in cases.shuffled(case, name)) for name in map(str, range(200))}
    assert orders["7"] == tuple(one.id for one in cases.shuffled(case, "7"))
    assert len(set(orders.values())) > 60
    firsts = [order[0] for order in orders.values()]
    assert max(firsts.count(one.id) for one in case.candidates) < 70  # 40 each on average: rank does not show


@pytest.mark.parametrize(
    ("name", "make", "text"),
    [
        ("three needed", lambda: new_case(3), "1 or 2 people, not 3"),
        ("none needed", lambda: new_case(0), "1 or 2 people, not 0"),
        ("neither face nor user", lambda: Candidate("c", 1, 90.0), "either a face or a user"),
        ("both", lambda: Candidate("c", 1, 90.0, face_id="f", user_number=1), "either a face or a user"),
    ],
)
def test_what_makes_no_sense_is_not_built(name, make, text):
    with pytest.raises(ValueError, match=text):
        make()


def random_event(dice, case, now):
    """An event of any kind by anyone, qualified or not; the case afterwards."""
    person = dice.choice(["ann", "bo", "cy", "di", "ed", "flo", "sam", "lapsed", "suspended"])
    reviewer = Reviewer(
        person,
        NOW - DAY,
        NOW - DAY / 2 if person == "lapsed" else NOW + 365 * DAY,
        NOW - DAY if person == "suspended" else None,
    )
    key = dice.choice([f"RK-{person}", f"RK-{person}-2", "RK-ann", "RKS"])
    choice = dice.choice(["c1", "c1", "c1", "c2", "c9", NONE_OF_THESE, CANNOT_TELL])
    event = dice.choices(["vote", "contest", "close", "seal", "destroy"], [90, 5, 1, 1, 1])[0]
    if event == "vote":
        return cases.vote(case, reviewer, key, choice, now=now)
    return getattr(cases, event)(case, now=now)


def test_no_interleaving_confirms_with_fewer_than_two_qualified_people():
    dice = random.Random(20261125)
    confirmations = 0
    for _ in range(10_000):
        case = new_case()
        for _ in range(12):
            try:
                case = random_event(dice, case, NOW + timedelta(seconds=dice.randint(-90, 90)))
            except RuleError:
                continue
            if case.state is State.CONFIRMED:
                confirmations += 1
                agreed = [vote for vote in case.votes if vote.round == case.round and vote.choice == case.confirmed.id]
                assert len({vote.person for vote in agreed} - {"sam", "lapsed", "suspended"}) >= 2
                assert len({vote.key_id for vote in agreed} - {"RKS"}) >= 2
        assert len({vote.person for vote in case.votes}) == len(case.votes)
    assert confirmations > 1_000
