"""A server process, and the client that the bench measures it with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from recognizance.bench.installation import Installation, resident_bytes
from recognizance.bench.report import NotMeasuredError
from recognizance.errors import StartError


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, weights_dir: Path) -> Iterator[Installation]:
    with Installation(tmp_path_factory.mktemp("bench") / "data", weights_dir, workers=1) as running:
        yield running


def test_a_signed_call_is_answered_as_often_as_it_is_sent(server: Installation, portrait: bytes):
    call = server.sign("DetectFaces", {"Image": {"Bytes": portrait}})
    with server.connect() as connection:
        first, second = connection.send(call), connection.send(call)
    assert first == second
    assert len(json.loads(first)["FaceDetails"]) == 1


def test_a_call_gives_the_members_of_the_answer(server: Installation):
    assert server.call("ListCollections")["CollectionIds"] == []


def test_a_refusal_is_an_error_that_quotes_it(server: Installation):
    with pytest.raises(StartError, match=r"DescribeCollection was answered by 400: .*ResourceNotFoundException"):
        server.call("DescribeCollection", CollectionId="nobody")


def test_time_and_memory_are_told(server: Installation):
    assert server.ready_s > 0
    assert server.resident_bytes() > 1_000_000


def test_a_server_that_does_not_start_says_why(tmp_path: Path, weights_dir: Path, server: Installation):
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(StartError, match=r"the server ended at its start: recognizance: the data folder"):
        Installation(tmp_path / "data", weights_dir)


def test_memory_of_no_process_is_not_measured():
    with pytest.raises(NotMeasuredError, match="does not tell the memory of a process"):
        resident_bytes(0)
