"""Housekeeping: what falls due is done, once, and a failing round neither ends the rounds nor hides."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from recognizance.errors import StorageError
from recognizance.governance.authorisations import Authorisations, Filing
from recognizance.governance.housekeeping import Housekeeper, Rounds
from recognizance.governance.receipts import Receipts
from recognizance.governance.retentions import Retentions
from recognizance.governance.stops import Order, Stops
from recognizance.policy.stop import Scope
from recognizance.storage.database import Database

from .court import CHIEF, NOW, Court

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SAID = {"case": "PD-17", "authorisation": "9 Gs 411/26"}


@pytest.fixture
def house(tmp_path):
    with Database.open(f"sqlite:///{tmp_path / 'house.db'}") as database:
        court = Court.sit(database)
        receipts = Receipts(database, court.gallery, court.ledger, lambda index: {"index": index})
        keeper = Housekeeper(
            Stops(database, court.ledger),
            Authorisations(database, court.ledger),
            court.cases,
            Retentions(database, court.gallery, court.ledger, receipts),
        )
        yield court, keeper
        court.gallery.close()


def open_case(court, keeper):
    case_id = court.open(court.enrol("ada"))
    keeper.authorisations.start(SAID, "people", hours=48, found=case_id, now=NOW)
    return case_id


def test_a_case_that_nobody_authorised_in_time_is_sealed_and_destroyed_once(house):
    court, keeper = house
    case_id = open_case(court, keeper)
    keeper.tend(now=NOW + 47 * HOUR)
    assert court.told("seal") == court.told("destruction") == []
    for _ in range(2):
        keeper.tend(now=NOW + 48 * HOUR)
    assert [(one["case"], one["code"]) for one in court.told("seal")] == [(case_id, "AUTHORISATION_OVERDUE")]
    assert [(one["case"], one["code"], one["pictures"]) for one in court.told("destruction")] == [
        (case_id, "AUTHORISATION_OVERDUE", 1)
    ]


def test_a_case_whose_authorisation_was_rejected_is_destroyed(house):
    court, keeper = house
    open_case(court, keeper)
    permitted = keeper.authorisations.register(
        Filing(SAID["authorisation"], SAID["case"], "District court"), by=CHIEF, now=NOW + HOUR
    )
    assert permitted
    keeper.tend(now=NOW + 2 * HOUR)
    assert [one["code"] for one in court.told("destruction")] == ["AUTHORISATION_REJECTED"]


def test_stops_end_and_faces_go_whose_term_ran_out(house):
    court, keeper = house
    court.enrol("ada")
    keeper.retentions.set_days("people", 3, operator="RK", now=NOW)
    keeper.stops.set(Order(Scope.INSTALLATION, None, "maintenance", until=NOW + HOUR), by=CHIEF, now=NOW)
    keeper.tend(now=NOW + 2 * DAY)
    assert (keeper.stops.standing(), court.told("deletion")) == ((), [])
    keeper.tend(now=NOW + 4 * DAY)
    assert [one["count"] for one in court.told("deletion")] == [1]


def test_a_round_that_fails_is_told_and_the_next_one_comes(caplog):
    came = threading.Semaphore(0)

    def tend(*, now):
        came.release()
        raise StorageError("full")

    with Rounds(tend, lambda: NOW, every_s=0.01):
        assert came.acquire(timeout=5)
        assert came.acquire(timeout=5)
    assert "housekeeping could not be done: full" in caplog.text
