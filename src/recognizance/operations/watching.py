"""Watching: what a running stream processor may do, asked anew each time, and the records that it sends.

A face of a stream is searched by SearchFacesByImage's own path, as the key that started the processor; and before that,
each time, whether StartStreamProcessor would still be permitted. So a stream obeys the rules exactly as a picture does.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizance.live.people import Person
from recognizance.live.runner import Health, RefusedError
from recognizance.live.source import Shot
from recognizance.operations import present
from recognizance.operations.registry import Dispatcher
from recognizance.ports import Call
from recognizance.stream import StreamProcessor
from recognizance.values import AccessKey
from recognizance.video.identify import Search
from recognizance.video.picture import encode_png
from recognizance.wire.faults import Fault

_MOST_FACES = 10
_FACE_MEMBERS = ("BoundingBox", "FaceId", "Confidence", "ImageId", "ExternalImageId")


@dataclass(frozen=True, slots=True)
class Watching:
    """Implements `live.runner.Rules` over the dispatcher."""

    dispatch: Dispatcher
    find_key: Callable[[str], AccessKey | None]
    clock: Callable[[], datetime]

    def require(self, processor: StreamProcessor) -> None:
        """Raise RefusedError unless starting the processor would be permitted now."""
        try:
            self.dispatch.check(self._call("StartStreamProcessor", processor, {"Name": processor.name}))
        except Fault as fault:
            raise RefusedError(fault.message) from fault

    def search_for(self, processor: StreamProcessor) -> Search:
        """The search that a processor is due. It raises RefusedError."""

        def search(pixels: NDArray[np.uint8]) -> Sequence[Mapping[str, Any]]:
            self.require(processor)
            params = {
                "CollectionId": processor.collection_id,
                "Image": {"Bytes": encode_png(pixels)},
                "FaceMatchThreshold": processor.threshold,
                "MaxFaces": _MOST_FACES,
            }
            try:
                answer = self.dispatch(self._call("SearchFacesByImage", processor, params))
            except Fault as fault:
                if fault.message.startswith("There are no faces"):  # the search looks for itself
                    return []
                raise RefusedError(fault.message) from fault
            found: Sequence[Mapping[str, Any]] = answer.body["FaceMatches"]
            return found

        return search

    def _call(self, operation: str, processor: StreamProcessor, params: dict[str, Any]) -> Call:
        starter = processor.starter
        key = self.find_key(starter.key_id) if starter is not None else None
        if starter is None or key is None or key.revoked_at is not None:
            raise RefusedError("the key that started the stream processor was revoked")
        return Call(operation, params, key, starter.region, str(uuid.uuid4()), self.clock(), starter.said)


def record(processor: StreamProcessor, shot: Shot, people: Sequence[Person], health: Health) -> dict[str, Any]:
    """The record of a frame in Rekognition's shape. `LagInSeconds`, `FramesDropped` and `Person` are ours."""
    height, width = shot.frame.pixels.shape[:2]
    size = _Size(width, height)
    return {
        "InputInformation": {
            "KinesisVideo": {
                "StreamArn": processor.source_arn,
                "FragmentNumber": str(health.frames),
                "ServerTimestamp": shot.arrived,
                "ProducerTimestamp": shot.arrived,
                "FrameOffsetInSeconds": 0.0,
            }
        },
        "StreamProcessorInformation": {
            "Status": "RUNNING",
            "LagInSeconds": round(health.lag_s, 3),
            "FramesDropped": health.dropped,
        },
        "FaceSearchResponse": [_response(size, person) for person in people],
    }


@dataclass(frozen=True, slots=True)
class _Size:
    width: int
    height: int


def _response(size: _Size, person: Person) -> dict[str, Any]:
    assert person.sighting.face is not None  # live people are told by their faces
    matches = [
        {
            "Similarity": float(match["Similarity"]),
            "Face": {name: match["Face"][name] for name in _FACE_MEMBERS if match["Face"].get(name) is not None},
        }
        for match in person.matches
    ]
    return {
        "DetectedFace": present.face_detail(size, person.sighting.face, {"DEFAULT"}),
        "MatchedFaces": matches,
        "Person": {"Index": person.index},
    }
