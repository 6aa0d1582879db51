"""Processors and their threads: states, and what a new process makes of an old one's rows."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from prometheus_client import CollectorRegistry

from recognizance.errors import InvalidRequestError, StreamBusyError, StreamNotFoundError
from recognizance.live.addresses import Addresses
from recognizance.live.fleet import Fleet, StreamMetrics
from recognizance.live.runner import RefusedError
from recognizance.storage.database import Database
from recognizance.stream import Starter, StreamState

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
PARAMS = {
    "Input": {"KinesisVideoStream": {"Arn": "camera"}},
    "Output": {"KinesisDataStream": {"Arn": "records"}},
    "Settings": {"FaceSearch": {"CollectionId": "team", "FaceMatchThreshold": 70}},
    "Tags": {"a": "b"},
}
STARTER = Starter("RKTEST", "eu-west-1", {"case": "17"})


class Run:
    """Runs until stopped, or as `error` says."""

    def __init__(self, error=None):
        self.error, self.runs, self.began = error, [], threading.Event()

    def __call__(self, processor, stop, health, tell):
        self.runs.append(processor)
        tell("waiting")
        health.lag_s = 0.25
        self.began.set()
        if self.error is not None:
            raise self.error
        stop.wait()


@pytest.fixture
def store(tmp_path):
    with Database.open(f"sqlite:///{tmp_path / 'live.db'}") as database:
        yield database


@pytest.fixture
def open_fleet(store):
    """A fleet of a new process, closed at the end."""
    opened = []

    def open_fleet():
        addresses = Addresses({"camera": "rtsp://door", "records": "file:/records"})
        opened.append(Fleet(store, addresses, lambda: NOW))
        return opened[-1]

    yield open_fleet
    for fleet in opened:
        fleet.close()


@pytest.fixture
def fleet(open_fleet):
    fleet = open_fleet()
    fleet.create("door", PARAMS, now=NOW)
    return fleet


def wait_for(fleet, state):
    for _ in range(10_000):
        if fleet.find("door").state is state:
            return fleet.find("door")
    raise AssertionError(fleet.find("door"))


def test_what_is_kept(fleet):
    door = fleet.find("door")
    assert (door.state, door.collection_id, door.source_arn, door.target_arn) == (
        StreamState.STOPPED,
        "team",
        "camera",
        "records",
    )
    assert (door.tags, door.starter, door.message) == ({"a": "b"}, None, None)


def test_a_threshold_below_80_is_raised(fleet):
    assert fleet.find("door").threshold == 80


def test_a_run_from_start_to_stop(fleet):
    run = Run()
    fleet.begin(run)
    fleet.start("door", STARTER, now=NOW)
    door = wait_for(fleet, StreamState.RUNNING)
    assert (door.starter, door.message) == (STARTER, "waiting")
    fleet.stop("door", now=NOW)
    assert wait_for(fleet, StreamState.STOPPED).message is None
    assert fleet.health() == {}


@pytest.mark.parametrize(
    ("error", "message"),
    [
        pytest.param(RefusedError("STREAMS_OFF: no"), "STREAMS_OFF: no", id="a rule"),
        pytest.param(ZeroDivisionError(), "an internal error; the server's log has more", id="a mistake"),
    ],
)
def test_a_run_that_fails_says_why_and_may_be_started_again(fleet, error, message):
    fleet.begin(Run(error))
    fleet.start("door", STARTER, now=NOW)
    assert wait_for(fleet, StreamState.FAILED).message == message
    fleet.start("door", STARTER, now=NOW)
    wait_for(fleet, StreamState.FAILED)


def test_what_ran_runs_again_in_the_next_process(fleet, open_fleet):
    first = Run()
    fleet.begin(first)
    fleet.start("door", STARTER, now=NOW)
    assert first.began.wait(10)
    fleet.close()
    assert fleet.find("door").state is StreamState.RUNNING
    second = Run()
    later = open_fleet()
    later.begin(second)
    assert second.began.wait(10)
    assert second.runs[0].starter == STARTER


def test_what_was_being_stopped_is_stopped_in_the_next_process(fleet, open_fleet):
    fleet.start("door", STARTER, now=NOW)  # nothing runs before `begin`
    fleet.stop("door", now=NOW)
    later = open_fleet()
    later.begin(Run())
    assert later.find("door").state is StreamState.STOPPED


def test_refusals(fleet):
    fleet.begin(Run())
    with pytest.raises(StreamBusyError, match="exists"):
        fleet.create("door", PARAMS, now=NOW)
    with pytest.raises(StreamBusyError, match="not running"):
        fleet.stop("door", now=NOW)
    fleet.start("door", STARTER, now=NOW)
    with pytest.raises(StreamBusyError, match="running already"):
        fleet.start("door", STARTER, now=NOW)
    with pytest.raises(StreamBusyError, match="stop it first"):
        fleet.delete("door")


def test_a_camera_that_nobody_set_up(fleet):
    elsewhere = PARAMS | {"Input": {"KinesisVideoStream": {"Arn": "elsewhere"}}}
    with pytest.raises(InvalidRequestError, match="elsewhere"):
        fleet.create("other", elsewhere, now=NOW)


def test_delete(fleet):
    fleet.delete("door")
    with pytest.raises(StreamNotFoundError, match="door"):
        fleet.find("door")


def test_pages_are_by_name(fleet):
    fleet.create("attic", PARAMS, now=NOW)
    assert [one.name for one in fleet.page(after=None, limit=1)] == ["attic"]
    assert [one.name for one in fleet.page(after="attic", limit=5)] == ["door"]


def test_metrics(fleet):
    run = Run()
    fleet.begin(run)
    fleet.start("door", STARTER, now=NOW)
    assert run.began.wait(10)
    registry = CollectorRegistry()
    registry.register(StreamMetrics(fleet))
    assert registry.get_sample_value("recognizance_stream_lag_seconds", {"name": "door"}) == 0.25
