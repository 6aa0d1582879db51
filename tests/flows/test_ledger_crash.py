"""A process killed while it records: what it acknowledged is in the ledger, and no entry is torn."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from recognizance.governance.book import Book
from recognizance.ledger.verifier import open_note, verify_ledger
from recognizance.storage.database import Database
from recognizance.storage.folder import DataFolder
from recognizance.storage.marks import open_vault

KILLS = 60

# Imports once, then forks a child for each line it reads: the child is what gets killed, its start costs nothing.
RECORDER = """
import os, sys, threading, uuid, pathlib, datetime
sys.path.insert(0, sys.argv[2])
from test_ledger_crash import open_book
from recognizance.ledger.example import search_fields

def record(book, joined):
    while True:
        request_id, now = str(uuid.uuid4()), datetime.datetime.now(datetime.UTC)
        fields = search_fields(request_id=request_id, case_reference=book.keep_apart("case", request_id))
        append = lambda *_: book.append("search", fields, at=now)
        index = book.database.write(append) if joined else append()
        os.write(1, f"{index} {request_id}\\n".encode())

def child():
    with open_book(pathlib.Path(sys.argv[1])) as book:
        threads = [threading.Thread(target=record, args=(book, turn == 0)) for turn in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

for _ in sys.stdin:
    pid = os.fork()
    if pid == 0:
        child()
    os.write(1, f"started {pid}\\n".encode())
    os.waitpid(pid, 0)
    os.write(1, b"ended\\n")
"""


@contextmanager
def open_book(path):
    with ExitStack() as stack:
        folder = stack.enter_context(DataFolder.open(path))
        database = stack.enter_context(Database.open(folder.sqlite_url))
        yield Book.open(folder, database, open_vault(database, folder.master_key))


def run_and_kill(recorder, delay_s):
    """Let a child record for a while, kill it, and return what it acknowledged: index and request."""
    recorder.stdin.write(b"go\n")
    recorder.stdin.flush()
    acknowledged, child = {}, None
    while (line := recorder.stdout.readline()) != b"ended\n":
        if line.startswith(b"started"):
            child = int(line.split()[1])
        elif line.endswith(b"\n"):
            index, request_id = line.decode().split()
            acknowledged[int(index)] = request_id
        if child and acknowledged:
            time.sleep(delay_s)
            os.kill(child, signal.SIGKILL)
            child = None
    return acknowledged


@pytest.fixture
def recorder(tmp_path):
    command = [sys.executable, "-c", RECORDER, str(tmp_path / "data"), str(Path(__file__).parent)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process
        process.stdin.close()


def test_kill_9_while_recording_loses_nothing_acknowledged(tmp_path, recorder):
    path = tmp_path / "data"
    moments = random.Random(1)
    acknowledged = {}
    for _ in range(KILLS):
        acknowledged |= run_and_kill(recorder, moments.uniform(0.0, 0.05))
        with open_book(path) as book:  # it checks the end of the ledger and the file beside it
            assert open_note(book.checkpoint(), book.anchor.key).size > max(acknowledged)
    with open_book(path) as book:
        bodies = [row.body for row in book.stored()]
        verify_ledger([body.encode() for body in bodies], open_note(book.checkpoint(), book.anchor.key))
        requests = {index: json.loads(bodies[index])["request_id"] for index in acknowledged}
        assert requests == acknowledged
        for body in random.Random(2).sample(bodies, 20):  # entry and text are of one transaction
            entry = json.loads(body)
            assert book.refs_of("case", entry["request_id"]) == [entry["case_reference"]["ref"]]
    assert len(acknowledged) >= KILLS
