"""A worker: takes what waits, keeps what is found, and says why where it cannot; whatever one video does, the next comes."""

from __future__ import annotations

import io
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from recognizance.errors import ObjectNotFoundError, SearchFailedError
from recognizance.job import JobRequest, JobResult, JobState
from recognizance.jobs import worker as worker_module
from recognizance.jobs.board import Board
from recognizance.jobs.worker import Worker
from recognizance.storage.database import Database
from recognizance.testing.clips import write_clip
from recognizance.testing.vision import Person, paint

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
CLIP = write_clip(paint(Person("red")) for _ in range(30))


@pytest.fixture
def board(tmp_path):
    with Database.open(f"sqlite:///{tmp_path / 'test.db'}") as database:
        yield Board(database, keep=timedelta(days=7))


@contextmanager
def open_video(bucket, key, version):
    if key == "none":
        raise ObjectNotFoundError("no such object")
    yield io.BytesIO(CLIP if key == "clip" else b"no video")


def times(clip, job, progress):
    for frame in clip.frames(10):
        progress(frame.time_ms)
        yield JobResult({"Timestamp": frame.time_ms})


def start(board, name="clip"):
    video = {"S3Object": {"Bucket": "b", "Name": name}}
    return board.create(JobRequest("StartFaceDetection", {"Video": video}, "RK", "r"), now=NOW)


def work(board, analyse=times):
    Worker(board, open_video, analyse, lambda: NOW, "test").work_off()


def find(board, job_id):
    return board.find(job_id, "StartFaceDetection", now=NOW)


def test_everything_that_waits_is_done(board, monkeypatch):
    monkeypatch.setattr(worker_module, "BATCH", 7)
    ids = [start(board), start(board)]
    work(board)
    for job_id in ids:
        job = find(board, job_id)
        assert (job.state, job.progress_ms) == (JobState.SUCCEEDED, 3000)
        assert job.info == {
            "Codec": "h264",
            "DurationMillis": 3000,
            "Format": "QuickTime / MOV",
            "FrameRate": 10.0,
            "FrameHeight": 240,
            "FrameWidth": 320,
            "ColorRange": "LIMITED",
        }
        found = board.results(job, by_person=False, start=0, limit=100)
        assert [body["Timestamp"] for body in found] == [100 * place for place in range(30)]


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        pytest.param("none", None, "no such object", id="gone"),
        pytest.param("text", None, "the object is no video that can be read", id="no video"),
        pytest.param("clip", SearchFailedError("the search was refused: STOPPED"), "STOPPED", id="refused"),
        pytest.param("clip", MemoryError(), "more memory than this machine has", id="memory"),
    ],
)
def test_what_fails_says_why_and_the_next_job_comes(board, name, error, message):
    broken, whole = start(board, name), start(board)

    def analyse(clip, job, progress):
        yield from times(clip, job, progress)
        if error is not None and job.id == broken:
            raise error

    work(board, analyse)
    assert find(board, broken).state is JobState.FAILED
    assert message in find(board, broken).message
    assert find(board, whole).state is JobState.SUCCEEDED


def test_a_cancelled_job_is_dropped_where_it_is(board, monkeypatch):
    monkeypatch.setattr(worker_module, "REPORT_MS", 500)
    job_id = start(board)
    reached = []

    def analyse(clip, job, progress):
        for frame in clip.frames(10):
            if frame.time_ms == 1000:
                board.cancel(job_id, now=NOW)
            reached.append(frame.time_ms)
            progress(frame.time_ms)
        return
        yield

    work(board, analyse)
    assert find(board, job_id).state is JobState.CANCELLED
    assert reached[-1] < 2000


def test_a_job_that_fails_after_it_was_cancelled_stays_cancelled(board):
    job_id = start(board)

    def analyse(clip, job, progress):
        board.cancel(job_id, now=NOW)
        raise SearchFailedError("gone")

    work(board, analyse)
    assert find(board, job_id).state is JobState.CANCELLED
