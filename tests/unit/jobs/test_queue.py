"""The queue: an announcement wakes a consumer in another process, and a forged message runs nothing."""

from __future__ import annotations

import pickle
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from recognizance.jobs.queue import open_queue

CONSUMER = """
import sys
from pathlib import Path
from recognizance.jobs.queue import open_queue
folder, url = Path(sys.argv[1]), sys.argv[2] or None
def tell(word):
    with (folder / "heard").open("a") as file:
        file.write(word)
open_queue(folder, url, b"secret").consume(lambda: tell("a"), lambda: tell("t"))
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request):
    return "" if request.param == "sqlite" else request.getfixturevalue("postgresql_url")


@pytest.fixture
def consumer(tmp_path, url):
    process = subprocess.Popen([sys.executable, "-c", CONSUMER, str(tmp_path), url], stderr=subprocess.DEVNULL)
    yield process
    process.send_signal(signal.SIGTERM)
    process.wait(10)


def heard(folder, count):
    until = time.monotonic() + 20
    while time.monotonic() < until:
        text = (folder / "heard").read_text() if (folder / "heard").exists() else ""
        if text.count("a") >= count:
            return text
        time.sleep(0.05)
    raise AssertionError(f"{count} announcements were not heard")


@pytest.mark.usefixtures("consumer")
def test_a_consumer_looks_at_its_start_and_at_each_announcement(tmp_path, url):
    heard(tmp_path, 1)
    with open_queue(tmp_path, url or None, b"secret") as queue:
        queue.announce()
    heard(tmp_path, 2)


def test_an_announcement_that_cannot_be_made_is_no_failure(tmp_path, caplog):
    with open_queue(tmp_path, None, b"secret") as queue:
        queue.close()
        (tmp_path / "queue.db").unlink()
        (tmp_path / "queue.db").mkdir()
        queue.announce()
    assert "workers could not be woken and will look by themselves" in caplog.text


def test_a_forged_message_is_refused(tmp_path):
    with open_queue(tmp_path, None, b"secret") as queue:
        queue.announce()
    with closing(sqlite3.connect(tmp_path / "queue.db")) as connection, connection:
        connection.execute("update task set data = ?", (pickle.dumps("forged"),))
    with (
        open_queue(tmp_path, None, b"secret") as queue,
        pytest.raises(ValueError, match=r"Separator .* not found"),
    ):
        queue._huey.dequeue()
