"""Jobs: seen and cancelled by whoever may start them; and the searches that a worker makes for one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Base64Bytes, Field

from recognizance.api.endpoint import Ask, Record
from recognizance.errors import AccessDeniedError, InvalidRequestError
from recognizance.job import Job
from recognizance.ports import Call
from recognizance.values import AccessKey

WORKER = "worker"
"""Id of the key by which workers of this data folder sign. It is made from the master key, and in no list."""

SEARCH = "SearchFacesByImage"


class JobView(Record):
    """Where a job stands."""

    id: str
    operation: str
    state: str
    message: str | None
    collection: str | None
    progress_ms: int
    attempts: int
    created_at: datetime
    finished_at: datetime | None


class Crop(Record):
    """A picture of a face from a video."""

    image: Base64Bytes = Field(description="A PNG or JPEG, in base64.")


class Candidates(Record):
    """Matches as SearchFacesByImage gives them."""

    matches: list[dict[str, Any]]


def show_job(ask: Ask) -> JobView:
    """Tell where a video job stands."""
    return _view(ask.parts.board.find(ask.path["job"], now=ask.now))


def cancel_job(ask: Ask) -> JobView:
    """Cancel a video job that is not over."""
    ask.parts.board.cancel(ask.path["job"], now=ask.now)
    return show_job(ask)


def search_for_job(ask: Ask) -> Candidates:
    """Search the collection of a face search job for a face, as whoever started it: for workers alone."""
    job = ask.parts.board.find(ask.path["job"], "StartFaceSearch", now=ask.now)
    if job.state.is_final:
        raise InvalidRequestError(f"the job is over: {job.state.value}")
    params = {
        "CollectionId": job.request.collection_id,
        "Image": {"Bytes": ask.body.image},
        "FaceMatchThreshold": job.request.params.get("FaceMatchThreshold"),
        "MaxFaces": 10,
    }
    given = {name: value for name, value in params.items() if value is not None}
    call = Call(SEARCH, given, _starter(ask, job), job.request.region, ask.request_id, ask.now, job.request.said)
    return Candidates(matches=ask.parts.dispatch(call).body["FaceMatches"])


def _starter(ask: Ask, job: Job) -> AccessKey:
    key = ask.parts.find_key(job.request.key_id)
    if key is None or key.revoked_at is not None:
        raise AccessDeniedError(f"the key {job.request.key_id} that started the job was revoked")
    return key


def _view(job: Job) -> JobView:
    return JobView(
        id=job.id,
        operation=job.request.operation,
        state=job.state.value,
        message=job.message,
        collection=job.request.collection_id,
        progress_ms=job.progress_ms,
        attempts=job.attempts,
        created_at=job.created_at,
        finished_at=job.finished_at,
    )
