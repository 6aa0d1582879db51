"""Board: where jobs are written down, taken up by workers, and read when they are done.

Every step is one transaction. Workers in several processes, or on several machines over PostgreSQL, share one board: a
job belongs to whoever holds its lease, and a worker that lost it learns so at its next step.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from recognizance.errors import JobNotFoundError, TooManyJobsError
from recognizance.job import LEASE, MOST_ATTEMPTS, Job, JobRequest, JobResult, JobState
from recognizance.storage import jobs as rows
from recognizance.storage.database import Database

MOST_OPEN = 20
"""Jobs that may wait or run at once, as in Rekognition."""

_ID_BYTES = 32
_GAVE_UP = "the worker died {attempts} times over this video; it is not tried again"


class LostLeaseError(Exception):
    """The job is no longer this worker's: cancelled, or given to another after a silence."""


class Board:
    """Jobs of one database. Safe to call from several threads and processes."""

    def __init__(
        self,
        database: Database,
        *,
        keep: timedelta,
        announce: Callable[[], object] = lambda: None,
        most: int = MOST_OPEN,
    ) -> None:
        """`keep`: how long results stay; `announce` is called when there is a new job; `most` jobs are open at once."""
        self._database = database
        self._keep = keep
        self._announce = announce
        self._most = most

    def create(self, request: JobRequest, *, now: datetime) -> str:
        """Write a job down and announce it; its id. Joins a write in progress. Raises TooManyJobsError."""
        job_id = secrets.token_hex(_ID_BYTES)

        def work(connection: Connection) -> None:
            if rows.count_open(connection) >= self._most:
                raise TooManyJobsError(f"{self._most} jobs wait or run already; try again when one has ended")
            rows.create(connection, job_id, request, now=now)
            self._database.after_commit(self._announce)

        self._database.write(work)
        return job_id

    def find(self, job_id: str, operation: str | None = None, *, now: datetime) -> Job:
        """A job, of this Start operation if one is named. Raises JobNotFoundError; so where it is no longer kept."""
        _, job = self._database.read(lambda connection: rows.find(connection, job_id))
        gone = job.finished_at is not None and job.finished_at + self._keep <= now
        if operation not in {None, job.request.operation} or gone:
            raise JobNotFoundError(job_id)
        return job

    def results(self, job: Job, *, by_person: bool, start: int, limit: int) -> list[dict[str, Any]]:
        """Results from the place `start` on; none before the job has succeeded."""
        if job.state is not JobState.SUCCEEDED:
            return []

        def work(connection: Connection) -> list[dict[str, Any]]:
            number, _ = rows.find(connection, job.id)
            return rows.page(connection, number, job.attempts, by_person=by_person, start=start, limit=limit)

        return self._database.read(work)

    def cancel(self, job_id: str, *, now: datetime) -> bool:
        """End a job; False if it is over already. Raises JobNotFoundError."""
        return self._database.write(
            lambda connection: rows.cancel(connection, rows.find(connection, job_id)[0], now=now)
        )

    def take(self, worker: str, *, now: datetime) -> Assignment | None:
        """The oldest job that nobody works on, None if there is none."""
        taken = self._database.write(
            lambda connection: rows.lease(connection, worker, now=now, until=now + LEASE, most_attempts=MOST_ATTEMPTS)
        )
        return None if taken is None else Assignment(self._database, *taken)

    def untold(self) -> list[Job]:
        """Jobs that ended, and of which nobody was told yet."""
        return self._database.read(
            lambda connection: [rows.find(connection, job_id)[1] for job_id in rows.untold(connection)]
        )

    def mark_told(self, job_id: str, *, now: datetime) -> None:
        """Note that the end of a job was told."""
        self._database.write(lambda connection: rows.mark_told(connection, job_id, now=now))

    def tidy(self, *, now: datetime) -> None:
        """End jobs that killed their worker too often, and forget those that are no longer kept."""

        def work(connection: Connection) -> None:
            message = _GAVE_UP.format(attempts=MOST_ATTEMPTS)
            rows.abandon(connection, now=now, most_attempts=MOST_ATTEMPTS, message=message)
            rows.drop_before(connection, now - self._keep)

        self._database.write(work)


@dataclass(slots=True)
class Assignment:
    """A job in a worker's hands. Each call raises LostLeaseError once the job is no longer this worker's."""

    database: Database
    number: int
    job: Job
    _places: int = 0

    def report(self, *, now: datetime, progress_ms: int, info: Mapping[str, Any] | None = None) -> None:
        """Renew the lease, and say how far the work is; `info` are the video's properties, once they are known."""
        self._hold(
            lambda connection: rows.renew(
                connection,
                self.number,
                self.job.attempts,
                until=now + LEASE,
                progress_ms=progress_ms,
                info=info,
            )
        )

    def keep(self, found: Sequence[JobResult], *, now: datetime, progress_ms: int) -> None:
        """Store further results, in order of time; they count when the job succeeds."""

        def work(connection: Connection) -> bool:
            held = rows.renew(
                connection, self.number, self.job.attempts, until=now + LEASE, progress_ms=progress_ms, info=None
            )
            if held:
                rows.keep(connection, self.number, self.job.attempts, self._places, found)
            return held

        self._hold(work)
        self._places += len(found)

    def succeed(self, *, now: datetime) -> None:
        """End the job well: what was kept is its answer."""
        self._end(JobState.SUCCEEDED, None, now)

    def fail(self, message: str, *, now: datetime) -> None:
        """End the job for a reason that its owner is told."""
        self._end(JobState.FAILED, message, now)

    def _end(self, state: JobState, message: str | None, now: datetime) -> None:
        self._hold(
            lambda connection: rows.finish(connection, self.number, self.job.attempts, state, message=message, now=now)
        )

    def _hold(self, work: Callable[[Connection], bool]) -> None:
        if not self.database.write(work):
            raise LostLeaseError(self.job.id)
