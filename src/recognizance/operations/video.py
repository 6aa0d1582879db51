"""Stored video: the Start operations write a job down, and the Get operations read what it found.

No operation here looks at a frame. A worker does, and what it searches goes through SearchFacesByImage's own path, so
that a video obeys the same rules as a picture.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from recognizance.errors import InvalidRequestError
from recognizance.job import Job, JobRequest, JobState
from recognizance.operations.context import Answer, Context, Request

LARGEST_PAGE = 1000
"""Most entries of a page; who asks for more gets this many."""

_STATUS = {
    JobState.WAITING: "IN_PROGRESS",
    JobState.RUNNING: "IN_PROGRESS",
    JobState.SUCCEEDED: "SUCCEEDED",
    JobState.FAILED: "FAILED",
    JobState.CANCELLED: "FAILED",
}


def start_face_detection(context: Context, request: Request) -> Answer:
    """Find the faces of a video over time."""
    return _start(context, "StartFaceDetection", request)


def start_face_search(context: Context, request: Request) -> Answer:
    """Find who of a collection appears in a video. The collection must exist now."""
    context.gallery.collection(request["CollectionId"])
    return _start(context, "StartFaceSearch", request)


def start_person_tracking(context: Context, request: Request) -> Answer:
    """Follow the people of a video."""
    return _start(context, "StartPersonTracking", request)


def get_face_detection(context: Context, request: Request) -> Answer:
    """Faces in order of time."""
    return _get(context, "GetFaceDetection", request, "Faces")


def get_face_search(context: Context, request: Request) -> Answer:
    """People and their matches in order of time, or person by person."""
    return _get(context, "GetFaceSearch", request, "Persons")


def get_person_tracking(context: Context, request: Request) -> Answer:
    """People in order of time, or person by person."""
    return _get(context, "GetPersonTracking", request, "Persons")


def _start(context: Context, operation: str, request: Request) -> Answer:
    stored = request["Video"].get("S3Object") or {}
    if missing := [name for name in ("Bucket", "Name") if not stored.get(name)]:
        raise InvalidRequestError(f"Request has invalid parameters. Video.S3Object lacks {' and '.join(missing)}.")
    context.services.objects.check_video(stored["Bucket"], stored["Name"], stored.get("Version"))
    params = {name: value for name, value in request.items() if name != "ClientRequestToken"}
    asked = JobRequest(operation, params, context.call.key.id, context.region, dict(context.call.said))

    def write_down() -> dict[str, Any]:
        return {"JobId": context.services.jobs.create(asked, now=context.now)}

    return _once(context, operation, request.get("ClientRequestToken"), params, write_down)


def _once(
    context: Context, operation: str, token: str | None, params: Request, change: Callable[[], dict[str, Any]]
) -> Answer:
    """The job that an earlier request with the same token and input started, or a new one."""
    if token is None:
        return change()
    digest = hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()
    return context.gallery.once(operation, token, digest, change, now=context.now)


def _get(context: Context, operation: str, request: Request, member: str) -> Answer:
    job = context.services.jobs.find(request["JobId"], operation.replace("Get", "Start", 1), now=context.now)
    by_person = request.get("SortBy") == "INDEX"
    scope = (operation, job.id, "INDEX" if by_person else "TIMESTAMP")
    limit = min(request.get("MaxResults", LARGEST_PAGE), LARGEST_PAGE)
    start = int(context.position(request, *scope) or 0)
    found = context.services.jobs.results(job, by_person=by_person, start=start, limit=limit + 1)
    return _status(job) | {
        member: found[:limit],
        "NextToken": context.token(start + limit, *scope) if len(found) > limit else None,
    }


def _status(job: Job) -> Answer:
    return {
        "JobId": job.id,
        "JobStatus": _STATUS[job.state],
        "StatusMessage": job.message,
        "VideoMetadata": dict(job.info) if job.info is not None else None,
        "Video": job.request.params["Video"],
        "JobTag": job.request.params.get("JobTag"),
    }
