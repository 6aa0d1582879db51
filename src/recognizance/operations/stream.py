"""Stream processors: made, started, stopped, described and removed, as Rekognition's for face search.

What stands in a request is names and ARNs. Where a camera is, and where records go, is the operator's setting.
"""

from __future__ import annotations

from typing import Any

from recognizance.errors import InvalidRequestError
from recognizance.live.fleet import Fleet
from recognizance.live.limits import read_limits
from recognizance.operations.context import Answer, Context, Request
from recognizance.stream import Starter

LARGEST_PAGE = 1000
"""Page size when none is asked for; also the most that is given."""

_SHOWN = ("Input", "Output", "RoleArn", "Settings", "DataSharingPreference")
_NOT_WITH_FACES = ("RegionsOfInterest", "KmsKeyId", "NotificationChannel")


def searched_collection(streams: Fleet, operation: str, request: Request) -> str:
    """The collection whose policy a call about a processor is under: of the request, or of what it names.

    Raises InvalidRequestError for what makes no face search, StreamNotFoundError.
    """
    if operation != "CreateStreamProcessor":
        return streams.find(request["Name"]).collection_id
    _check(request)
    collection: str = request["Settings"]["FaceSearch"]["CollectionId"]
    return collection


def create_stream_processor(context: Context, request: Request) -> Answer:
    """Make a processor that searches a collection for the faces of a camera. It is stopped at first."""
    name = request["Name"]
    params = {member: value for member, value in request.items() if member != "Name"}
    context.services.streams.create(name, params, now=context.now)
    return {"StreamProcessorArn": _arn(context, name)}


def start_stream_processor(context: Context, request: Request) -> Answer:
    """Start a processor: it searches as the key that starts it, under the rules that hold at each search."""
    if chosen := [name for name in ("StartSelector", "StopSelector") if request.get(name)]:
        raise InvalidRequestError(f"{chosen[0]} cannot be used with FaceSearch.")
    starter = Starter(context.call.key.id, context.region, dict(context.call.said))
    context.services.streams.start(request["Name"], starter, now=context.now)
    return {}


def stop_stream_processor(context: Context, request: Request) -> Answer:
    """Have a processor end."""
    context.services.streams.stop(request["Name"], now=context.now)
    return {}


def update_stream_processor(context: Context, request: Request) -> Answer:  # noqa: ARG001 - the table's signature
    """Refuse what cannot be changed: of a face search, everything but that nothing is shared."""
    changes = ("SettingsForUpdate", "RegionsOfInterestForUpdate", "ParametersToDelete")
    if chosen := [name for name in changes if request.get(name)]:
        raise InvalidRequestError(f"{chosen[0]} cannot be used with FaceSearch.")
    _check_sharing(request.get("DataSharingPreferenceForUpdate"))
    return {}


def delete_stream_processor(context: Context, request: Request) -> Answer:
    """Remove a processor that does not run."""
    context.services.streams.delete(request["Name"])
    return {}


def describe_stream_processor(context: Context, request: Request) -> Answer:
    """A processor as it was asked for, and how it stands."""
    processor = context.services.streams.find(request["Name"])
    return {
        "Name": processor.name,
        "StreamProcessorArn": _arn(context, processor.name),
        "Status": processor.state.value,
        "StatusMessage": processor.message,
        "CreationTimestamp": processor.created_at,
        "LastUpdateTimestamp": processor.updated_at,
        **{member: processor.params[member] for member in _SHOWN if member in processor.params},
    }


def list_stream_processors(context: Context, request: Request) -> Answer:
    """Names and states, by name."""
    limit = min(request.get("MaxResults") or LARGEST_PAGE, LARGEST_PAGE)
    scope = ("ListStreamProcessors",)
    found = context.services.streams.page(after=context.position(request, *scope), limit=limit + 1)
    page = found[:limit]
    return {
        "StreamProcessors": [{"Name": processor.name, "Status": processor.state.value} for processor in page],
        "NextToken": context.token(page[-1].name, *scope) if len(found) > limit else None,
    }


def _check(request: Request) -> None:
    """Raise InvalidRequestError for what makes no face search."""
    settings = request["Settings"]
    if "FaceSearch" not in settings or "ConnectedHome" in settings:
        raise InvalidRequestError("Settings is to hold FaceSearch alone: Recognizance searches faces, not labels.")
    if not settings["FaceSearch"].get("CollectionId"):
        raise InvalidRequestError("Settings.FaceSearch lacks CollectionId.")
    if not request["Input"].get("KinesisVideoStream", {}).get("Arn"):
        raise InvalidRequestError("Input lacks KinesisVideoStream.Arn.")
    if not request["Output"].get("KinesisDataStream", {}).get("Arn") or "S3Destination" in request["Output"]:
        raise InvalidRequestError("Output is to hold KinesisDataStream.Arn alone for FaceSearch.")
    if chosen := [name for name in _NOT_WITH_FACES if request.get(name)]:
        raise InvalidRequestError(f"{chosen[0]} cannot be used with FaceSearch.")
    _check_sharing(request.get("DataSharingPreference"))
    read_limits(request.get("Tags", {}))


def _check_sharing(preference: dict[str, Any] | None) -> None:
    if preference is not None and preference["OptIn"]:
        raise InvalidRequestError("OptIn cannot be true: there is nobody here with whom data is shared.")


def _arn(context: Context, name: str) -> str:
    return f"arn:aws:rekognition:{context.region}:{context.services.account}:streamprocessor/{name}"
