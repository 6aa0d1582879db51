"""Rows of jobs and of what they found: plain functions on a connection.

A job that runs has a lease, which its worker renews. What a worker finds is stored under the number of its attempt and
counts only once the job has succeeded, so nothing is ever seen twice or in part.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Double,
    ForeignKey,
    Index,
    Integer,
    RowMapping,
    Table,
    Text,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from recognizance.errors import JobNotFoundError
from recognizance.job import Job, JobRequest, JobResult, JobState
from recognizance.storage.schema import Moment, Number, metadata

jobs = Table(
    "jobs",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("operation", Text, nullable=False),
    Column("request", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("message", Text),
    Column("info", Text),
    Column("progress_ms", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("worker", Text),
    Column("leased_until", Moment),
    Column("created_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("told_at", Moment),
    Index("ix_jobs_state", "state", "number"),
    sqlite_autoincrement=True,
)

results = Table(
    "job_results",
    metadata,
    Column("job_number", Number, ForeignKey("jobs.number", ondelete="CASCADE"), primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("person", Integer, nullable=False),
    Column("confidence", Double, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_job_results_person", "job_number", "attempt", "person"),
)

_OPEN = (JobState.WAITING.value, JobState.RUNNING.value)


def create(connection: Connection, job_id: str, request: JobRequest, *, now: datetime) -> None:
    """Write a job down."""
    asked = {
        "params": dict(request.params),
        "key_id": request.key_id,
        "region": request.region,
        "said": dict(request.said),
    }
    connection.execute(
        insert(jobs).values(
            id=job_id,
            operation=request.operation,
            request=json.dumps(asked),
            state=JobState.WAITING.value,
            progress_ms=0,
            attempts=0,
            created_at=now,
        )
    )


def find(connection: Connection, job_id: str) -> tuple[int, Job]:
    """A job with its number. Raises JobNotFoundError."""
    row = connection.execute(select(jobs).where(jobs.c.id == job_id)).mappings().one_or_none()
    if row is None:
        raise JobNotFoundError(job_id)
    return row["number"], _job(row)


def count_open(connection: Connection) -> int:
    """Jobs that wait or run."""
    return connection.scalar(select(func.count()).select_from(jobs).where(jobs.c.state.in_(_OPEN))) or 0


def lease(
    connection: Connection, worker: str, *, now: datetime, until: datetime, most_attempts: int
) -> tuple[int, Job] | None:
    """Give the oldest job that waits, or whose worker fell silent, to a worker; None if there is none.

    A job that was begun `most_attempts` times is not given again: `abandon` ends it.
    """
    free = or_(jobs.c.state == JobState.WAITING.value, jobs.c.leased_until <= now)
    query = (
        select(jobs.c.id, jobs.c.number)
        .where(jobs.c.state.in_(_OPEN), free, jobs.c.attempts < most_attempts)
        .order_by(jobs.c.number)
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    connection.execute(
        update(jobs)
        .where(jobs.c.number == row.number)
        .values(
            state=JobState.RUNNING.value,
            worker=worker,
            leased_until=until,
            attempts=jobs.c.attempts + 1,
            progress_ms=0,
        )
    )
    connection.execute(delete(results).where(results.c.job_number == row.number))
    return find(connection, row.id)


def renew(  # noqa: PLR0913 - one argument a column
    connection: Connection,
    number: int,
    attempt: int,
    *,
    until: datetime,
    progress_ms: int,
    info: Mapping[str, Any] | None,
) -> bool:
    """Prolong a lease and note the progress; False where the job is no longer this attempt's."""
    values: dict[str, Any] = {"leased_until": until, "progress_ms": progress_ms}
    if info is not None:
        values["info"] = json.dumps(dict(info))
    done = connection.execute(update(jobs).where(*_held(number, attempt)).values(values))
    return done.rowcount == 1


def keep(connection: Connection, number: int, attempt: int, start: int, found: Sequence[JobResult]) -> None:
    """Store results of an attempt under the places from `start` on."""
    rows = [
        {
            "job_number": number,
            "attempt": attempt,
            "place": place,
            "person": result.person,
            "confidence": result.confidence,
            "body": json.dumps(result.body, separators=(",", ":")),
        }
        for place, result in enumerate(found, start)
    ]
    if rows:
        connection.execute(insert(results), rows)


def finish(  # noqa: PLR0913 - one argument a column
    connection: Connection, number: int, attempt: int, state: JobState, *, message: str | None, now: datetime
) -> bool:
    """End a job; False where it is no longer this attempt's."""
    values = {"state": state.value, "message": message, "finished_at": now, "leased_until": None, "worker": None}
    if state is not JobState.SUCCEEDED:
        connection.execute(delete(results).where(results.c.job_number == number))
    return connection.execute(update(jobs).where(*_held(number, attempt)).values(values)).rowcount == 1


def cancel(connection: Connection, number: int, *, now: datetime) -> bool:
    """End a job that is not over; its worker learns it when it next renews. False where it is over."""
    done = connection.execute(
        update(jobs)
        .where(jobs.c.number == number, jobs.c.state.in_(_OPEN))
        .values(state=JobState.CANCELLED.value, finished_at=now, leased_until=None, message="the job was cancelled")
    )
    return done.rowcount == 1


def abandon(connection: Connection, *, now: datetime, most_attempts: int, message: str) -> int:
    """End the jobs that were begun too often and whose worker fell silent; how many."""
    done = connection.execute(
        update(jobs)
        .where(jobs.c.state.in_(_OPEN), jobs.c.attempts >= most_attempts, jobs.c.leased_until <= now)
        .values(state=JobState.FAILED.value, message=message, finished_at=now, leased_until=None)
    )
    return done.rowcount


def page(  # noqa: PLR0913 - a page has so many sides
    connection: Connection, number: int, attempt: int, *, by_person: bool, start: int, limit: int
) -> list[dict[str, Any]]:
    """Results of an attempt in order of time, or by person and falling confidence, from the place `start` on."""
    order = (results.c.person, -results.c.confidence, results.c.place) if by_person else (results.c.place,)
    query = (
        select(results.c.body)
        .where(results.c.job_number == number, results.c.attempt == attempt)
        .order_by(*order)
        .offset(start)
        .limit(limit)
    )
    return [json.loads(body) for body in connection.scalars(query)]


def untold(connection: Connection) -> list[str]:
    """Ids of jobs that ended, and of which nobody was told yet."""
    over = (JobState.SUCCEEDED.value, JobState.FAILED.value)
    query = select(jobs.c.id).where(jobs.c.state.in_(over), jobs.c.told_at.is_(None)).order_by(jobs.c.number)
    return list(connection.scalars(query))


def mark_told(connection: Connection, job_id: str, *, now: datetime) -> None:
    """Note that the end of a job was told."""
    connection.execute(update(jobs).where(jobs.c.id == job_id).values(told_at=now))


def drop_before(connection: Connection, moment: datetime) -> int:
    """Forget jobs that ended before a time, and what they found; how many."""
    return connection.execute(delete(jobs).where(jobs.c.finished_at < moment)).rowcount


def _held(number: int, attempt: int) -> tuple[Any, ...]:
    return (jobs.c.number == number, jobs.c.attempts == attempt, jobs.c.state == JobState.RUNNING.value)


def _job(row: RowMapping) -> Job:
    asked = json.loads(row["request"])
    return Job(
        id=row["id"],
        request=JobRequest(row["operation"], asked["params"], asked["key_id"], asked["region"], asked["said"]),
        state=JobState(row["state"]),
        message=row["message"],
        info=json.loads(row["info"]) if row["info"] else None,
        progress_ms=row["progress_ms"],
        attempts=row["attempts"],
        created_at=row["created_at"],
        finished_at=row["finished_at"],
    )
