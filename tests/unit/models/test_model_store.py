from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest

from recognizance.errors import WeightsError
from recognizance.models import store
from recognizance.models.catalog import DEFAULT_PACK, YUNET

DATA = b"pretend that this is a network"
CARD = replace(YUNET, sha256=store.digest(DATA))
PACK = replace(DEFAULT_PACK, cards=(CARD, *DEFAULT_PACK.cards[1:]))


def test_verify_tells_present_wrong_and_missing(tmp_path):
    (tmp_path / CARD.file).write_bytes(DATA)
    (tmp_path / "sface-2021dec.onnx").write_bytes(b"something else")
    (tmp_path / "mediapipe-iris.onnx").mkdir()
    states = {status.card.name: status.state for status in store.verify(PACK, tmp_path)}
    assert states == {
        "yunet-2023mar": store.State.PRESENT,
        "sface-2021dec": store.State.WRONG,
        "mediapipe-face-mesh": store.State.MISSING,
        "mediapipe-iris": store.State.WRONG,
    }


def test_load_gives_the_checked_bytes(tmp_path):
    (tmp_path / CARD.file).write_bytes(DATA)
    assert store.load(CARD, tmp_path) == DATA


def test_load_refuses_a_missing_file(tmp_path):
    with pytest.raises(WeightsError, match=r"yunet-2023mar\.onnx is missing; run `recognizance models pull`"):
        store.load(CARD, tmp_path)


def test_load_refuses_a_file_with_one_bit_flipped(tmp_path):
    (tmp_path / CARD.file).write_bytes(bytes([DATA[0] ^ 1]) + DATA[1:])
    with pytest.raises(WeightsError, match=f"is not the file of its card, whose sha256 is {CARD.sha256}; run"):
        store.load(CARD, tmp_path)


def test_load_asks_the_operator_for_a_file_of_the_operator(tmp_path):
    with pytest.raises(WeightsError, match=r"is missing; put the file of yunet-2023mar there"):
        store.load(replace(CARD, source=None), tmp_path)


def test_a_file_that_is_present_has_no_problem(tmp_path):
    (tmp_path / CARD.file).write_bytes(DATA)
    assert store.verify(PACK, tmp_path)[0].problem is None


def test_save_replaces_a_file_and_leaves_nothing_else(tmp_path):
    path = tmp_path / "a.onnx"
    path.write_bytes(b"old")
    store.save(DATA, path)
    assert path.read_bytes() == DATA
    assert list(tmp_path.iterdir()) == [path]


def test_save_leaves_the_old_file_when_the_disk_is_full(tmp_path, monkeypatch):
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "a.onnx"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        store.save(DATA, path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_lock_makes_a_second_writer_wait_and_says_so(tmp_path: Path):
    order: list[str] = []
    waits = Event()

    def second() -> None:
        with store.lock(tmp_path, on_wait=waits.set):
            order.append("second")

    thread = Thread(target=second)
    with store.lock(tmp_path, on_wait=lambda: order.append("first waits")):
        thread.start()
        assert waits.wait(10)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]
