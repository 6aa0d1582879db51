"""What a running processor may do: by the dispatcher, as the key that started it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from recognizance.live.runner import RefusedError
from recognizance.operations.watching import Watching
from recognizance.ports import Result
from recognizance.stream import Starter, StreamProcessor, StreamState
from recognizance.values import AccessKey, Role
from recognizance.wire.faults import Fault

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
KEY = AccessKey("RKTEST", Role.OPERATOR, "door", NOW, None)
PARAMS = {"Settings": {"FaceSearch": {"CollectionId": "team"}}}
DOOR = StreamProcessor(
    "door", PARAMS, StreamState.RUNNING, None, Starter("RKTEST", "eu-west-1", {"case": "17"}), NOW, NOW
)
PIXELS = np.zeros((90, 90, 3), np.uint8)


class Dispatch:
    """Notes calls; refuses an operation with a fault."""

    def __init__(self, refused=None, fault=None):
        self.calls, self.checks, self._refused, self._fault = [], [], refused, fault

    def check(self, call):
        self.checks.append(call)
        if call.operation == self._refused:
            raise self._fault

    def __call__(self, call):
        self.check(call)
        self.calls.append(call)
        return Result({"FaceMatches": [{"Similarity": 90.0, "Face": {"FaceId": "f"}}]})


def watching(dispatch, key=KEY):
    return Watching(dispatch, lambda key_id: key if key and key_id == key.id else None, lambda: NOW)


def test_a_search_is_the_starters_and_asks_for_80_at_least():
    dispatch = Dispatch()
    found = watching(dispatch).search_for(DOOR)(PIXELS)
    assert [match["Face"]["FaceId"] for match in found] == ["f"]
    [call] = dispatch.calls
    assert (call.operation, call.key, call.region, call.said) == (
        "SearchFacesByImage",
        KEY,
        "eu-west-1",
        {"case": "17"},
    )
    assert (call.params["CollectionId"], call.params["FaceMatchThreshold"]) == ("team", 80.0)
    assert call.params["Image"]["Bytes"].startswith(b"\x89PNG")
    assert dispatch.checks[0].operation == "StartStreamProcessor"


@pytest.mark.parametrize("operation", ["StartStreamProcessor", "SearchFacesByImage"])
def test_a_rule_ends_the_run(operation):
    dispatch = Dispatch(operation, Fault("AccessDeniedException", "STOPPED: a stop is set"))
    with pytest.raises(RefusedError, match="STOPPED: a stop is set"):
        watching(dispatch).search_for(DOOR)(PIXELS)


def test_a_face_that_the_search_does_not_see_is_nobody():
    fault = Fault("InvalidParameterException", "There are no faces in the image. Should be at least 1.")
    assert watching(Dispatch("SearchFacesByImage", fault)).search_for(DOOR)(PIXELS) == []


@pytest.mark.parametrize(
    "key", [pytest.param(None, id="gone"), pytest.param(replace(KEY, revoked_at=NOW), id="revoked")]
)
def test_without_its_key_nothing_runs(key):
    with pytest.raises(RefusedError, match="was revoked"):
        watching(Dispatch(), key).require(DOOR)
