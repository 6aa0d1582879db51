"""Searches counted by person and day over a real store, under eight threads too; and a probe that goes round."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from recognizance.errors import RuleError
from recognizance.governance.limits import ALARM_COLLECTIONS, Limits
from recognizance.policy.profile import load_profile
from recognizance.storage import ledger
from recognizance.testing.ledger import FakeLedger
from recognizance.values import AccessKey, Role

NOW = datetime(2026, 11, 25, 23, 59, tzinfo=UTC)
DAY = timedelta(days=1)
POLICE = load_profile("police-investigation").model_copy(update={"searches_per_day": 20})
PROBE = "ab" * 32


def key(name, number=1):
    return AccessKey(f"RK-{name}-{number}", Role.OPERATOR, "", NOW, None, person=name)


OLGA = key("olga")


@pytest.fixture
def limits(database):
    return Limits(database, FakeLedger())


def spend(limits, times, by=OLGA, now=NOW, policy=POLICE):
    for _ in range(times):
        limits.spend(policy, by, now=now)


def test_a_person_has_so_many_searches_a_day(limits):
    spend(limits, 20)
    assert limits.searches(POLICE, OLGA, now=NOW) == 20
    for same in (OLGA, key("olga", 2), key(" OLGA ", 3)):
        with pytest.raises(RuleError, match=r"^SEARCHES_SPENT: .*\(20 a day\)"):
            spend(limits, 1, same)
    spend(limits, 20, key("otto"))
    spend(limits, 1, policy=POLICE.model_copy(update={"name": "another"}))
    assert limits.searches(POLICE, OLGA, now=NOW) == 20


def test_a_new_day_begins_at_midnight_utc(limits):
    spend(limits, 20)
    midnight = datetime(2026, 11, 26, tzinfo=UTC)
    assert limits.searches(POLICE, OLGA, now=midnight) == 0
    spend(limits, 20, now=midnight)
    assert limits.searches(POLICE, OLGA, now=midnight) == 20


def test_no_clock_goes_behind_the_last_entry_of_the_ledger(limits, database):
    """Whoever was refused because time was up sets back the clock in vain: the refusal is an entry."""
    head = ledger.Head(1, b"", "0" * 64, NOW, "a note")
    database.write(lambda connection: ledger.put_head(connection, head))
    assert limits.latest(NOW - DAY) == NOW
    assert limits.latest(NOW + DAY) == NOW + DAY


def test_a_clock_that_is_set_back_gives_no_new_day(limits):
    spend(limits, 20)
    for back in (NOW - DAY, NOW - 2 * DAY):
        assert limits.searches(POLICE, OLGA, now=back) == 20
        with pytest.raises(RuleError, match=r"^SEARCHES_SPENT: "):
            spend(limits, 1, now=back)
    assert limits.latest(NOW - DAY) == NOW
    assert limits.latest(NOW + DAY) == NOW + DAY


def test_eight_threads_do_not_pass_the_limit(limits):
    def attempt(_):
        try:
            limits.spend(POLICE, OLGA, now=NOW)
        except RuleError:
            return 0
        return 1

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(80))) == 20
    assert limits.searches(POLICE, OLGA, now=NOW) == 20


def test_a_search_that_is_undone_is_not_counted(limits):
    def work(_):
        limits.spend(POLICE, OLGA, now=NOW)
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        limits._database.write(work)
    assert limits.searches(POLICE, OLGA, now=NOW) == 0


def test_a_probe_that_goes_through_many_collections_gives_an_alarm(limits):
    places = [f"collection-{number}" for number in range(ALARM_COLLECTIONS + 1)]
    alarms = [limits.watch(PROBE, place, OLGA, now=NOW) for place in [places[0], *places, places[-1]]]
    assert alarms == [False] * ALARM_COLLECTIONS + [True, True, False]
    [(kind, entry, _), _] = limits._ledger.entries
    assert (kind, entry["code"], entry["operator"]) == ("alarm", "PROBE_SPREAD", OLGA.id)
    assert (entry["collections"], entry["probe"]) == (ALARM_COLLECTIONS, PROBE)


def test_what_was_seen_long_ago_gives_no_alarm(limits):
    for number in range(ALARM_COLLECTIONS + 2):
        assert not limits.watch(PROBE, f"collection-{number}", OLGA, now=NOW + number * DAY)
        assert not limits.watch("cd" * 32, "collection-0", OLGA, now=NOW + number * DAY)
