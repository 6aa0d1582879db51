"""Stops over a real store: set by one, lifted by two, ended by their date, seen by every process at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from recognizance.errors import CollectionNotFoundError, RuleError, StopNotFoundError
from recognizance.governance.stops import Order, Stops
from recognizance.policy.document import Purpose
from recognizance.policy.stop import Scope
from recognizance.storage import collections as collection_rows
from recognizance.storage.database import Database
from recognizance.testing.ledger import FakeLedger
from recognizance.values import AccessKey, Role

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
EVERYTHING = Order(Scope.INSTALLATION, None, "a court ordered it")


def key(name, role=Role.ADMINISTRATOR, number=1):
    return AccessKey(f"RK-{name}-{number}", role, "", NOW, None, person=name)


ADA, BEN, EVE = key("ada"), key("ben"), key("eve", Role.AUDITOR)


def found(connection):
    collection_rows.create(connection, "people", space="s/1", model_version="1", sealed_key=b"", now=NOW)


@pytest.fixture
def stops(database):
    database.write(found)
    return Stops(database, FakeLedger())


@pytest.fixture
def small(tmp_path):
    with Database.open(f"sqlite:///{tmp_path / 'stops.db'}") as database:
        database.write(found)
        yield Stops(database, FakeLedger())


def refuses(stops, now=NOW, operation="SearchFaces", collection="people", purpose="research"):
    return any(one.holds(operation, collection=collection, purpose=purpose, now=now) for one in stops.standing())


def test_a_stop_is_set_by_one_and_lifted_by_two(stops):
    stop = stops.set(EVERYTHING, by=EVE, now=NOW)
    assert stops.standing() == (stop,)
    assert refuses(stops)
    stops.propose_lift(stop.id, "the order was set aside", by=ADA, now=NOW + HOUR)
    assert refuses(stops)
    stops.confirm_lift(stop.id, by=BEN, now=NOW + 2 * HOUR)
    assert not refuses(stops)
    assert stops._ledger.kinds() == ["stop", "lift", "lift"]
    (_, was_set, _), (_, proposed, _), (_, confirmed, at) = stops._ledger.entries
    assert (was_set["scope"], was_set["target"], was_set["operator"]) == ("installation", None, EVE.id)
    assert (proposed["action"], proposed["operator"]) == ("proposed", ADA.id)
    assert (confirmed["action"], confirmed["operator"], at) == ("confirmed", BEN.id, NOW + 2 * HOUR)


@pytest.mark.parametrize(
    ("name", "order", "others"),
    [
        ("a collection", Order(Scope.COLLECTION, "people", "why"), {"collection": "others"}),
        ("a purpose", Order(Scope.PURPOSE, "research", "why"), {"purpose": "doorstep"}),
        ("an operation", Order(Scope.OPERATION, "SearchFaces", "why"), {"operation": "SearchUsers"}),
        ("with a purpose spared", Order(Scope.INSTALLATION, None, "why", spared=(Purpose.MISSING_PERSON,)), {"purpose": "missing-person"}),
        ("but for lists", EVERYTHING, {"operation": "ListFaces"}),
        ("but for deletion", EVERYTHING, {"operation": "DeleteFaces"}),
    ],
)  # fmt: skip
def test_a_stop_stops_what_it_names_and_nothing_else(stops, name, order, others):
    stops.set(order, by=ADA, now=NOW)
    assert refuses(stops)
    assert not refuses(stops, **others)


def test_what_was_permitted_before_a_stop_is_refused_after_it(small):
    wish = {"collection": "people", "purpose": "research", "now": NOW}
    small.require_none("SearchFaces", **wish)
    stop = small.set(Order(Scope.INSTALLATION, None, "why", until=NOW + HOUR), by=ADA, now=NOW)
    with pytest.raises(RuleError, match=rf"^STOPPED: .*\(stop {stop.id} of this installation, until 2026-11-25T13"):
        small.require_none("SearchFaces", **wish)
    small.require_none("DeleteFaces", **wish)


def test_a_stop_ends_by_itself_and_that_is_put_on_record_once(stops):
    stop = stops.set(Order(Scope.INSTALLATION, None, "why", until=NOW + HOUR), by=ADA, now=NOW)
    assert stops.end_due(now=NOW + HOUR - timedelta(milliseconds=1)) == []
    assert refuses(stops, now=NOW + HOUR - timedelta(milliseconds=1))
    assert not refuses(stops, now=NOW + HOUR)
    assert stops.end_due(now=NOW + HOUR) == [stop.id]
    assert stops.end_due(now=NOW + 2 * HOUR) == []
    assert stops._ledger.kinds() == ["stop", "lift"]
    assert (stops._ledger.entries[-1][1]["action"], stops._ledger.entries[-1][1]["operator"]) == ("ended", None)


def test_a_stop_survives_a_restart_and_reaches_other_processes(tmp_path):
    url = f"sqlite:///{tmp_path / 'stops.db'}"
    with Database.open(url) as one, Database.open(url) as two:
        here, there = Stops(one, FakeLedger()), Stops(two, FakeLedger())
        stop = here.set(EVERYTHING, by=ADA, now=NOW)
        assert there.standing() == (stop,)
    with Database.open(url) as again:
        assert Stops(again, FakeLedger()).standing() == (stop,)


@pytest.mark.parametrize(
    ("name", "order", "by", "code"),
    [
        ("an operator", EVERYTHING, key("olga", Role.OPERATOR), "NOT_PERMITTED"),
        ("a reviewer", EVERYTHING, key("rob", Role.REVIEWER), "NOT_PERMITTED"),
        ("no reason", Order(Scope.INSTALLATION, None, " "), ADA, "REASON_MISSING"),
        ("over before it begins", Order(Scope.INSTALLATION, None, "why", until=NOW), ADA, "STOP_EMPTY"),
        ("an installation with a name", Order(Scope.INSTALLATION, "people", "why"), ADA, "STOP_TARGET"),
        ("no collection", Order(Scope.COLLECTION, None, "why"), ADA, "STOP_TARGET"),
        ("a purpose that nobody can have", Order(Scope.PURPOSE, "Research", "why"), ADA, "STOP_TARGET"),
        ("an operation that is none", Order(Scope.OPERATION, "searchFaces", "why"), ADA, "STOP_TARGET"),
    ],
)
def test_what_is_no_stop(small, name, order, by, code):
    with pytest.raises(RuleError, match=f"^{code}: "):
        small.set(order, by=by, now=NOW)
    assert small.standing() == ()
    assert small._ledger.entries == []


def test_an_unknown_collection_is_not_stopped(small):
    with pytest.raises(CollectionNotFoundError):
        small.set(Order(Scope.COLLECTION, "others", "why"), by=ADA, now=NOW)


def test_who_lifts_a_stop_and_how_not(small):
    stop = small.set(EVERYTHING, by=ADA, now=NOW)

    def attempt(code, act, *arguments, **options):
        with pytest.raises(RuleError, match=f"^{code}: "):
            act(*arguments, now=NOW, **options)
        assert small.standing() == (stop,)

    attempt("NOT_PERMITTED", small.propose_lift, stop.id, "why", by=EVE)
    attempt("REASON_MISSING", small.propose_lift, stop.id, "", by=ADA)
    attempt("LIFT_NOT_PROPOSED", small.confirm_lift, stop.id, by=BEN)
    small.propose_lift(stop.id, "why", by=ADA, now=NOW)
    attempt("LIFT_PROPOSED", small.propose_lift, stop.id, "why", by=BEN)
    attempt("NOT_PERMITTED", small.confirm_lift, stop.id, by=EVE)
    attempt("SAME_PERSON", small.confirm_lift, stop.id, by=ADA)
    attempt("SAME_PERSON", small.confirm_lift, stop.id, by=key("ADA", number=2))
    small.confirm_lift(stop.id, by=BEN, now=NOW)
    for act in (
        lambda: small.confirm_lift(stop.id, by=BEN, now=NOW),
        lambda: small.propose_lift(stop.id, "x", by=ADA, now=NOW),
    ):
        with pytest.raises(RuleError, match=r"^STOP_ENDED: "):
            act()
    with pytest.raises(StopNotFoundError, match="The stop id: nothing does not exist"):
        small.confirm_lift("nothing", by=BEN, now=NOW)


def test_a_stop_that_ended_by_its_date_needs_no_lifting(small):
    stop = small.set(Order(Scope.INSTALLATION, None, "why", until=NOW + HOUR), by=ADA, now=NOW)
    with pytest.raises(RuleError, match=r"^STOP_ENDED: "):
        small.propose_lift(stop.id, "why", by=ADA, now=NOW + HOUR)
