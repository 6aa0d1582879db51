"""The readers-writer lock: readers share, writers exclude, and a waiting writer goes first."""

from __future__ import annotations

import threading

import pytest

from recognizance.search.lock import ReadWriteLock

SOON_S = 10.0


def test_readers_hold_it_together():
    lock, both = ReadWriteLock(), threading.Barrier(2, timeout=SOON_S)

    def read():
        with lock.reading():
            both.wait()

    other = threading.Thread(target=read)
    other.start()
    read()
    other.join(SOON_S)
    assert not both.broken


def test_a_waiting_writer_goes_before_a_later_reader():
    lock, order = ReadWriteLock(), []

    def write():
        with lock.writing():
            order.append("writer")

    def read():
        with lock.reading():
            order.append("reader")

    with lock.reading():
        writer = threading.Thread(target=write)
        writer.start()
        while not lock._writers_waiting:
            pass
        reader = threading.Thread(target=read)
        reader.start()
        reader.join(0.05)
        assert order == []
    writer.join(SOON_S)
    reader.join(SOON_S)
    assert order == ["writer", "reader"]


@pytest.mark.parametrize("side", ["reading", "writing"])
def test_an_error_inside_releases_it(side):
    lock = ReadWriteLock()
    with pytest.raises(ValueError, match="inside"), getattr(lock, side)():
        raise ValueError("inside")
    with lock.writing():
        pass
