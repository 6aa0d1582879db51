"""The newest frame of a camera; a painted file stands for it."""

from __future__ import annotations

import time

import pytest

from recognizance.live.source import Source, SourceError
from recognizance.testing.clips import write_clip
from recognizance.testing.vision import FakeVision, Person, paint


@pytest.fixture
def camera(tmp_path):
    """The address of 0.8 s of red."""
    path = tmp_path / "camera.mp4"
    path.write_bytes(write_clip([paint(Person("red", 20 + 5 * place, 60, 60, 60)) for place in range(20)], rate=25))
    return f"file:{path}"


def take_all(source, times):
    """Take frames for ever, noting their times."""
    while True:
        shot = source.take(1.0)
        assert [person.name for person in FakeVision().frame(shot.frame.pixels).people] == ["red"]
        times.append(shot.frame.time_ms)


def test_frames_come_with_rising_times_until_the_end(camera):
    times = []
    with Source(camera) as source, pytest.raises(SourceError, match="the stream ended"):
        take_all(source, times)
    assert times == sorted(times)
    assert len(times) > 1


def test_frames_that_nobody_takes_are_dropped_and_counted(camera):
    with Source(camera) as source:
        while source.dropped < 5:
            time.sleep(0.01)
        assert source.take(1.0).frame.time_ms > 0


def test_a_closed_source_reads_no_further(camera):
    with Source(camera) as source:
        assert source.take(1.0) is not None
    assert not source._thread.is_alive()


@pytest.mark.parametrize(
    "address",
    ["file:/nowhere/at/all.mp4", "rtsp://127.0.0.1:1/door", "http://127.0.0.1:1/door", "device:/dev/nothing"],
)
def test_a_camera_that_does_not_answer(address):
    with pytest.raises(SourceError, match="does not answer"):
        Source(address)


def test_what_is_no_video(tmp_path):
    (tmp_path / "text").write_text("text")
    with pytest.raises(SourceError, match="does not answer"):
        Source(f"file:{tmp_path / 'text'}")
