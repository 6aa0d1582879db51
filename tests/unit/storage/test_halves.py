"""The file of key halves: what was put is there after a restart, what was destroyed is nowhere, and slots are used once."""

from __future__ import annotations

import os
from unittest.mock import Mock

import pytest

from recognizance.errors import SealError, StartError, StorageError
from recognizance.storage.halves import HalvesFile
from recognizance.vault import DESTROYED

A, B, C = (bytes([value]) * 32 for value in b"abc")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "face.keys"


def test_halves_are_there_after_a_restart(path):
    with HalvesFile(path) as halves:
        assert [halves.put(A), halves.put(B)] == [0, 1]
        halves.sync()
    with HalvesFile(path) as halves:
        assert [halves.get(0), halves.get(1), halves.put(C)] == [A, B, 2]


def test_a_destroyed_half_is_in_the_file_no_more_and_its_slot_is_not_used_again(path):
    with HalvesFile(path) as halves:
        for half in (A, B):
            halves.put(half)
        halves.destroy([1, 1])
        assert [halves.get(0), halves.get(1), halves.put(C)] == [A, DESTROYED, 2]
    assert B not in path.read_bytes()


def test_only_the_owner_may_read_the_file(path):
    HalvesFile(path).close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_reader_beside_the_writer_sees_what_it_does(path):
    with HalvesFile(path) as halves, HalvesFile(path) as reader:
        halves.put(A)
        assert reader.get(0) == A
        halves.destroy([0])
        assert reader.get(0) == DESTROYED


@pytest.mark.parametrize("torn", [1, 31])
def test_a_slot_that_a_crash_tore_is_skipped(path, torn):
    path.write_bytes(A + B[:torn])
    with HalvesFile(path) as halves:
        assert halves.put(C) == 2
        assert halves.get(0) == A


def test_a_slot_beyond_the_end_says_what_to_do(path):
    with HalvesFile(path) as halves, pytest.raises(SealError, match="put your newest copy of it back"):
        halves.get(0)


def test_a_file_that_cannot_be_opened_stops_the_start(tmp_path):
    with pytest.raises(StartError, match="cannot be used: No such file"):
        HalvesFile(tmp_path / "absent" / "face.keys")


@pytest.mark.parametrize(
    ("name", "answer", "message"),
    [
        ("pwrite", 7, "the disk is full"),
        ("pwrite", OSError(5, "Input/output error"), "Input/output error"),
        ("fdatasync", OSError(5, "Input/output error"), "Input/output error"),
    ],
)
def test_a_disk_that_fails_says_so(path, monkeypatch, name, answer, message):
    with HalvesFile(path) as halves:
        halves.put(A)
        monkeypatch.setattr(os, name, Mock(side_effect=[answer]))
        with pytest.raises(StorageError, match=message):
            halves.destroy([0])
