"""The board: one worker a job, nothing seen before it is whole, nothing seen twice, and no job that kills for ever."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from recognizance.errors import JobNotFoundError, TooManyJobsError
from recognizance.job import LEASE, MOST_ATTEMPTS, JobRequest, JobResult, JobState
from recognizance.jobs.board import Board, LostLeaseError

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SEARCH = JobRequest(
    "StartFaceSearch",
    {"Video": {"S3Object": {"Bucket": "clips", "Name": "a.mp4"}}, "CollectionId": "team"},
    "RKTEST",
    "eu-west-1",
    {"case": "17"},
)
FOUND = [
    JobResult({"Timestamp": time}, person, confidence)
    for time, person, confidence in [(0, 1, 90), (1, 0, 80), (2, 0, 99)]
]


@pytest.fixture
def board(database):
    return Board(database, keep=timedelta(days=7))


def done(board, results=FOUND):
    job_id = board.create(SEARCH, now=NOW)
    assignment = board.take("w1", now=NOW)
    assignment.keep(results, now=NOW, progress_ms=5)
    assignment.succeed(now=NOW + SECOND)
    return job_id


def times(board, job_id, *, by_person=False, start=0, limit=10):
    job = board.find(job_id, "StartFaceSearch", now=NOW)
    return [body["Timestamp"] for body in board.results(job, by_person=by_person, start=start, limit=limit)]


def test_a_job_is_taken_with_all_that_was_asked(board):
    job_id = board.create(SEARCH, now=NOW)
    assert len(job_id) == 64
    waiting = board.find(job_id, "StartFaceSearch", now=NOW)
    assert (waiting.state, waiting.request, waiting.request.collection_id) == (JobState.WAITING, SEARCH, "team")
    assignment = board.take("w1", now=NOW)
    assert (assignment.job.id, assignment.job.state, assignment.job.attempts) == (job_id, JobState.RUNNING, 1)
    assert board.take("w2", now=NOW) is None


def test_jobs_are_taken_in_the_order_in_which_they_came(board):
    ids = [board.create(SEARCH, now=NOW) for _ in range(3)]
    assert [board.take("w", now=NOW).job.id for _ in range(3)] == ids


def test_results_are_seen_when_the_job_has_succeeded_and_not_before(board):
    job_id = board.create(SEARCH, now=NOW)
    assignment = board.take("w1", now=NOW)
    assignment.report(now=NOW, progress_ms=0, info={"Codec": "h264"})
    assignment.keep(FOUND[:2], now=NOW, progress_ms=1)
    running = board.find(job_id, "StartFaceSearch", now=NOW)
    assert (running.progress_ms, running.info) == (1, {"Codec": "h264"})
    assert times(board, job_id) == []
    assignment.keep(FOUND[2:], now=NOW, progress_ms=2)
    assignment.succeed(now=NOW)
    assert times(board, job_id) == [0, 1, 2]


def test_results_come_by_time_or_by_person_and_in_pages(board):
    job_id = done(board)
    assert times(board, job_id, by_person=True) == [2, 1, 0]
    assert times(board, job_id, start=1, limit=1) == [1]
    assert times(board, job_id, start=3) == []


def test_a_silent_workers_job_goes_to_another_and_starts_anew(board):
    job_id = board.create(SEARCH, now=NOW)
    first = board.take("w1", now=NOW)
    first.keep(FOUND, now=NOW, progress_ms=9)
    assert board.take("w2", now=NOW + LEASE - SECOND) is None
    second = board.take("w2", now=NOW + LEASE)
    assert (second.job.id, second.job.attempts, second.job.progress_ms) == (job_id, 2, 0)
    for step in (
        lambda: first.report(now=NOW, progress_ms=10),
        lambda: first.keep(FOUND, now=NOW, progress_ms=10),
        lambda: first.succeed(now=NOW),
        lambda: first.fail("late", now=NOW),
    ):
        with pytest.raises(LostLeaseError):
            step()
    second.keep(FOUND[:1], now=NOW, progress_ms=1)
    second.succeed(now=NOW)
    assert times(board, job_id) == [0]


def test_a_lease_that_is_renewed_lasts(board):
    board.create(SEARCH, now=NOW)
    assignment = board.take("w1", now=NOW)
    assignment.report(now=NOW + LEASE - SECOND, progress_ms=1)
    assert board.take("w2", now=NOW + LEASE + SECOND) is None


def test_a_failed_job_says_why_and_shows_nothing(board):
    job_id = board.create(SEARCH, now=NOW)
    assignment = board.take("w1", now=NOW)
    assignment.keep(FOUND, now=NOW, progress_ms=1)
    assignment.fail("the video breaks off", now=NOW)
    job = board.find(job_id, "StartFaceSearch", now=NOW)
    assert (job.state, job.message) == (JobState.FAILED, "the video breaks off")
    assert times(board, job_id) == []


def test_a_cancelled_job_is_over_and_its_worker_learns_it(board):
    job_id = board.create(SEARCH, now=NOW)
    assignment = board.take("w1", now=NOW)
    assert board.cancel(job_id, now=NOW)
    with pytest.raises(LostLeaseError):
        assignment.report(now=NOW, progress_ms=1)
    assert board.find(job_id, "StartFaceSearch", now=NOW).state is JobState.CANCELLED
    assert not board.cancel(job_id, now=NOW)
    assert board.take("w2", now=NOW + 2 * LEASE) is None


def test_a_job_that_kills_its_workers_is_given_up(board):
    job_id = board.create(SEARCH, now=NOW)
    now = NOW
    for _ in range(MOST_ATTEMPTS):
        board.tidy(now=now)
        assert board.take("w", now=now) is not None
        now += LEASE
    assert board.take("w", now=now) is None
    board.tidy(now=now)
    job = board.find(job_id, "StartFaceSearch", now=now)
    assert (job.state, job.message) == (
        JobState.FAILED,
        "the worker died 3 times over this video; it is not tried again",
    )


def test_only_so_many_jobs_are_open_at_once(database):
    board = Board(database, keep=timedelta(days=7), most=2)
    done(board)
    board.create(SEARCH, now=NOW)
    board.create(SEARCH, now=NOW)
    with pytest.raises(TooManyJobsError, match="2 jobs wait or run already"):
        board.create(SEARCH, now=NOW)


def test_a_job_of_another_kind_or_nobodys_is_not_found(board):
    job_id = done(board)
    with pytest.raises(JobNotFoundError, match=f"job id: {job_id} does not"):
        board.find(job_id, "StartPersonTracking", now=NOW)
    with pytest.raises(JobNotFoundError):
        board.find("0" * 64, "StartFaceSearch", now=NOW)
    with pytest.raises(JobNotFoundError):
        board.cancel("0" * 64, now=NOW)


def test_what_is_no_longer_kept_is_not_found_though_nobody_tidied(board, database):
    job_id = done(board)
    last = NOW + SECOND + timedelta(days=7)
    assert board.find(job_id, "StartFaceSearch", now=last - SECOND)
    with pytest.raises(JobNotFoundError):
        board.find(job_id, "StartFaceSearch", now=last)
    board.tidy(now=last + SECOND)
    with pytest.raises(JobNotFoundError):
        board.cancel(job_id, now=last)


def test_each_end_is_told_until_it_is_marked(board):
    told = done(board)
    failed = board.create(replace(SEARCH, operation="StartFaceDetection"), now=NOW)
    board.take("w", now=NOW).fail("no", now=NOW)
    board.create(SEARCH, now=NOW)
    board.cancel(board.create(SEARCH, now=NOW), now=NOW)
    assert [job.id for job in board.untold()] == [told, failed]
    board.mark_told(told, now=NOW)
    assert [job.id for job in board.untold()] == [failed]


def test_a_new_job_is_announced_once_it_is_durable(database):
    heard = []
    board = Board(database, keep=timedelta(days=7), announce=lambda: heard.append(1))

    def work(_):
        board.create(SEARCH, now=NOW)
        assert heard == []

    database.write(work)
    assert heard == [1]


def test_many_workers_share_the_jobs_and_none_is_taken_twice(board):
    ids = {board.create(SEARCH, now=NOW) for _ in range(20)}
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda worker: board.take(str(worker), now=NOW), range(30)))
    assert sorted(job.job.id for job in taken if job is not None) == sorted(ids)
