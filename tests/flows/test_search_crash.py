"""A server killed or stopped in the middle of searches: no answer without its entry, none long after a stop."""

from __future__ import annotations

import json
import runpy
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from recognizance.app import open_store, utc_now
from recognizance.governance.book import Book
from recognizance.governance.stops import Order, Stops
from recognizance.policy.stop import Scope
from recognizance.values import Role

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "kills.py"
KILLS = 10
REACH = timedelta(seconds=1)
"""Within which a stop reaches every process."""


@pytest.fixture(scope="module")
def kills():
    """The script that makes the same trial with as many kills as there is time for."""
    return SimpleNamespace(**runpy.run_path(str(SCRIPT)))


@pytest.fixture
def installation(kills, tmp_path):
    return kills.Installation.make(tmp_path / "data", kills.free_port())


def test_kill_9_during_searches_leaves_no_answer_without_an_entry(kills, installation):
    trial = kills.Trial(installation)
    with kills.Servers(installation) as servers:
        for _ in range(KILLS):
            trial.kill(servers)
    assert len(trial.answered) >= KILLS
    with installation.book() as book:
        entries = [json.loads(row.body) for row in book.stored()]
    assert sum(entry["kind"] == "start" for entry in entries) == KILLS + 1
    assert {entries[index]["request_id"] for index in trial.answered} == set(trial.answered.values())


class TestAnEntryThatIsMissing:
    def test_is_noticed(self, kills, installation):
        trial = kills.Trial(installation)
        trial.answered = {5: "a request that nobody recorded"}
        with pytest.raises(AssertionError):
            trial._check()


def search_for(client, seconds):
    """Search until the time is over; when each request was sent, with its answer."""
    end, sent = time.monotonic() + seconds, []
    with closing(client):
        while time.monotonic() < end:
            sent.append((datetime.now(UTC), client.search()))
    return sent


def set_stop(settings):
    """Stop everything, in another process than the server's; when that was durable."""
    with ExitStack() as stack:
        store = open_store(settings, stack, exclusive=False)
        auditor = store.keys.create(Role.AUDITOR, "auditor", utc_now())
        stops = Stops(store.database, Book.of(store.folder, store.database, store.vault))
        stops.set(Order(Scope.INSTALLATION, None, "a wrong arrest"), by=auditor, now=utc_now())
        return datetime.now(UTC)


def test_a_stop_set_elsewhere_while_searches_run_ends_them_within_a_second(kills, installation):
    with kills.Servers(installation) as servers, ThreadPoolExecutor(kills.CLIENTS) as pool:
        process_id = servers.start()
        running = [pool.submit(search_for, installation.client(), 3.0) for _ in range(kills.CLIENTS)]
        time.sleep(0.5)
        stopped_at = set_stop(installation.settings)
        sent = [each for client in running for each in client.result()]
        servers.kill(process_id)
    before = {answer.status for at, answer in sent if at < stopped_at - REACH / 2}
    after = {answer.status for at, answer in sent if at > stopped_at + REACH}
    assert (before, after) == ({200}, {400})
    with installation.book() as book:
        entries = list(book.entries())
    ended = [datetime.fromisoformat(entry["ended"]) for entry in entries if entry["kind"] == "search"]
    assert max(ended) < stopped_at + REACH
    assert {entry["code"] for entry in entries if entry["kind"] == "refusal"} == {"STOPPED"}
