"""The clock of a case over a real store: who may go on searching, what is sealed, and what a clock set back opens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from recognizance.errors import AuthorisationNotFoundError, RuleError
from recognizance.governance.authorisations import Authorisations, Filing
from recognizance.policy.authorisation import Clock, Standing
from recognizance.storage.database import Database
from recognizance.testing.ledger import FakeLedger
from recognizance.values import AccessKey, Role

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SAID = {"case": "PD-2026-17", "authorisation": "9 Gs 411/26"}
GRANTED = Filing("9 Gs 411/26", "PD-2026-17", "District court", expires_at=NOW + 30 * DAY)
REFUSED = Filing("9 Gs 411/26", "PD-2026-17", "District court")


def key(name, role=Role.ADMINISTRATOR):
    return AccessKey(f"RK-{name}", role, "", NOW, None, person=name)


ADA, OLGA = key("ada"), key("olga", Role.OPERATOR)


@pytest.fixture
def desk(database):
    return Authorisations(database, FakeLedger())


@pytest.fixture
def small(tmp_path):
    with Database.open(f"sqlite:///{tmp_path / 'desk.db'}") as database:
        yield Authorisations(database, FakeLedger())


def look(desk, now=NOW, said=None, collection="people", person="olga"):
    return desk.look(SAID if said is None else said, collection, person, now=now)


def start(desk, now=NOW, found="review-1", collection="people", said=None):
    desk.start(said or SAID, collection, hours=48, found=found, now=now)


def register(desk, filing=GRANTED, now=NOW, by=ADA):
    return desk.register(filing, by=by, now=now)


def test_a_case_that_nobody_permits_is_sealed_after_48_hours(desk):
    assert look(desk) == (Standing.PENDING, Clock.OPEN)
    start(desk)
    last = NOW + 47 * HOUR + timedelta(minutes=59)
    start(desk, now=last, found="review-2")  # a later search does not wind the clock up
    assert look(desk, last) == (Standing.PENDING, Clock.OPEN)
    assert (desk.state("review-1", now=last), desk.due(now=last)) == (Clock.OPEN, {})
    end = NOW + 48 * HOUR
    assert look(desk, end) == (Standing.PENDING, Clock.SEALED)
    assert desk.due(now=end) == {"review-1": Clock.SEALED, "review-2": Clock.SEALED}
    assert desk.state("review-2", now=end) is Clock.SEALED
    desk.forget("review-1")
    assert desk.due(now=end) == {"review-2": Clock.SEALED}


def test_a_permission_in_time_keeps_the_case_open(desk):
    start(desk)
    register(desk, now=NOW + 47 * HOUR)
    later = NOW + 10 * DAY
    assert look(desk, later) == (Standing.VALID, Clock.OPEN)
    assert (desk.state("review-1", now=later), desk.due(now=later)) == (Clock.OPEN, {})
    assert look(desk, NOW + 30 * DAY) == (Standing.EXPIRED, Clock.OPEN)
    [(kind, entry, at)] = desk._ledger.entries
    assert (kind, entry["action"], entry["operator"], at) == ("authorisation", "granted", ADA.id, NOW + 47 * HOUR)
    texts = desk._ledger.texts
    assert texts[entry["reference"]["ref"]] == GRANTED.reference
    assert texts[entry["case_reference"]["ref"]] == GRANTED.case
    assert texts[entry["issuer"]["ref"]] == "District court"


def test_a_permission_that_comes_too_late_opens_nothing(desk):
    start(desk)
    register(desk, now=NOW + 48 * HOUR)
    assert desk.state("review-1", now=NOW + 48 * HOUR) is Clock.SEALED
    assert look(desk, NOW + 49 * HOUR) == (Standing.VALID, Clock.SEALED)


def test_a_refused_case_is_destroyed(desk):
    start(desk)
    found = register(desk, REFUSED, now=NOW + HOUR)
    assert found.rejected_at == NOW + HOUR
    assert look(desk, NOW + HOUR) == (Standing.REJECTED, Clock.DESTROYED)
    assert desk.due(now=NOW + HOUR) == {"review-1": Clock.DESTROYED}
    assert (desk._ledger.entries[0][1]["action"], desk._ledger.entries[0][1]["expires"]) == ("refused", None)


def test_a_permission_that_is_taken_back_destroys(desk):
    start(desk)
    found = register(desk)
    desk.withdraw(found.id, by=ADA, now=NOW + HOUR)
    assert look(desk, NOW + HOUR) == (Standing.REJECTED, Clock.DESTROYED)
    assert desk._ledger.entries[-1][1]["action"] == "withdrawn"
    with pytest.raises(RuleError, match=r"^AUTHORISATION_REJECTED: "):
        desk.withdraw(found.id, by=ADA, now=NOW + HOUR)


def test_a_case_with_another_permission_outlives_one_that_is_taken_back(small):
    start(small)
    first = register(small)
    register(small, Filing("second", "PD-2026-17", "Court of appeal", expires_at=NOW + 30 * DAY))
    small.withdraw(first.id, by=ADA, now=NOW + HOUR)
    assert small.state("review-1", now=NOW + HOUR) is Clock.OPEN


def test_a_clock_that_is_set_back_opens_nothing(desk):
    start(desk)
    desk.due(now=NOW + 48 * HOUR)
    for now in (NOW, NOW - 365 * DAY):
        assert look(desk, now) == (Standing.PENDING, Clock.SEALED)
        assert desk.state("review-1", now=now) is Clock.SEALED
        assert desk.due(now=now) == {"review-1": Clock.SEALED}
    register(desk, now=NOW)  # with the clock set back it comes too late all the same
    assert desk.state("review-1", now=NOW) is Clock.SEALED


def test_a_permission_before_the_first_search_is_known_to_the_clock(small):
    register(small)
    start(small, now=NOW + DAY)
    assert small.state("review-1", now=NOW + 20 * DAY) is Clock.OPEN


@pytest.mark.parametrize(
    ("name", "said", "collection", "person", "standing"),
    [
        ("as granted", SAID, "people", "olga", Standing.VALID),
        (
            "spelt otherwise",
            {"case": " pd-2026-17", "authorisation": "9  GS 411/26 "},
            "people",
            "olga",
            Standing.VALID,
        ),
        ("no case", {"authorisation": "9 Gs 411/26"}, "people", "olga", Standing.ABSENT),
        ("no authorisation", {"case": "PD-2026-17"}, "people", "olga", Standing.ABSENT),
        ("another case", SAID | {"case": "PD-2026-18"}, "people", "olga", Standing.OTHER_SCOPE),
        ("another collection", SAID, "others", "olga", Standing.OTHER_SCOPE),
        ("whoever registered it", SAID, "people", "ada", Standing.OWN),
        ("made up, with a permission there", SAID | {"authorisation": "none"}, "people", "olga", Standing.UNKNOWN),
    ],
)
def test_what_a_search_may_rely_on(small, name, *, said, collection, person, standing):
    start(small)
    register(small, Filing("9 Gs 411/26", "PD-2026-17", "District court", "people", NOW + DAY))
    assert look(small, said=said, collection=collection, person=person)[0] is standing


def test_one_reference_may_stand_for_several_cases(small):
    register(small)
    register(small, Filing("9 Gs 411/26", "PD-2026-18", "District court", expires_at=NOW + DAY))
    assert look(small)[0] is Standing.VALID
    assert look(small, said=SAID | {"case": "PD-2026-18"})[0] is Standing.VALID
    assert len(small.every()) == 2


def test_a_case_has_a_clock_of_its_own_in_each_collection(small):
    start(small)
    start(small, now=NOW + DAY, collection="others", found="review-2")
    assert small.due(now=NOW + 2 * DAY) == {"review-1": Clock.SEALED}
    assert small.state("review-2", now=NOW + 2 * DAY) is Clock.OPEN


def test_a_search_that_finds_nobody_starts_the_clock_as_well(small):
    start(small, found=None)
    assert look(small, NOW + 2 * DAY)[1] is Clock.SEALED
    assert small.due(now=NOW + 2 * DAY) == {}


def test_a_case_of_review_without_a_clock_is_open(small):
    assert small.state("review-9", now=NOW) is Clock.OPEN


@pytest.mark.parametrize(
    ("name", "filing", "by", "code"),
    [
        ("an operator", GRANTED, OLGA, "NOT_PERMITTED"),
        ("over already", Filing("x", "PD-2026-17", "a court", expires_at=NOW), ADA, "AUTHORISATION_ENDED"),
        ("known already", GRANTED, ADA, "AUTHORISATION_KNOWN"),
    ],
)
def test_what_is_not_put_on_record(small, name, filing, by, code):
    if code == "AUTHORISATION_KNOWN":
        register(small)
    before = small.every()
    with pytest.raises(RuleError, match=f"^{code}: "):
        register(small, filing, by=by)
    assert small.every() == before


def test_what_is_not_on_record_is_not_taken_back(small):
    with pytest.raises(AuthorisationNotFoundError, match="The authorisation id: nothing does not exist"):
        small.withdraw("nothing", by=ADA, now=NOW)
    with pytest.raises(RuleError, match=r"^NOT_PERMITTED: "):
        small.withdraw(register(small).id, by=OLGA, now=NOW)


def test_rows_hold_no_name_of_a_case(desk):
    start(desk)
    register(desk)
    [found] = desk.every()
    assert "PD-2026" not in repr(found)
    assert "411/26" not in repr(found)
