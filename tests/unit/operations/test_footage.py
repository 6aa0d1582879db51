"""Footage: painted clips become the entries of the Get operations."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pytest

from recognizance.job import Job, JobRequest, JobState
from recognizance.operations.footage import Footage
from recognizance.testing.clips import write_clip
from recognizance.testing.vision import FakeVision, Person, paint
from recognizance.values import Box
from recognizance.video.clip import Clip

FACE = {"FaceId": "f", "ExternalImageId": "Red"}


def job(operation, **params):
    request = JobRequest(operation, params, "key", "us-east-1")
    return Job("0" * 64, request, JobState.RUNNING, None, None, 0, 1, datetime(2026, 1, 1, tzinfo=UTC), None)


def search_for(asked):
    assert asked.request.collection_id == "people"

    def search(pixels):
        names = [person.name for person in FakeVision().frame(pixels).people]
        return [{"Similarity": 97.0, "Face": FACE}] if "red" in names else []

    return search


def find_red(pixels):
    return [Box(16.0, 48.0, 80.0, 180.0)]  # the body of the one in red


def analyse(operation, **params):
    """Results and progress on a clip of one second, 320 x 240, with two people."""
    frames = [paint(Person("red", 32, 60, 40, 48), Person("blue", 200, 60, 40, 48)) for _ in range(10)]
    told = []
    with Clip(io.BytesIO(write_clip(frames, rate=10))) as clip:
        footage = Footage(FakeVision(), search_for, lambda: find_red, 2)
        return list(footage.analyse(clip, job(operation, **params), told.append)), told


BOX = {"Width": 0.125, "Height": 0.2, "Left": 0.1, "Top": 0.25}


@pytest.mark.parametrize(
    ("params", "more"),
    [
        ({}, set()),
        ({"FaceAttributes": "DEFAULT"}, set()),
        ({"FaceAttributes": "ALL"}, {"EyesOpen", "MouthOpen"}),
    ],
)
def test_faces_by_time(params, more):
    results, told = analyse("StartFaceDetection", **params)
    assert [result.body["Timestamp"] for result in results] == [0, 0, 200, 200, 400, 400, 600, 600, 800, 800]
    assert told == [0, 200, 400, 600, 800]
    shown = set(results[0].body["Face"])
    assert shown == {"BoundingBox", "Confidence", "Landmarks", "Pose", "Quality"} | more
    lefts = sorted(result.body["Face"]["BoundingBox"]["Left"] for result in results[:2])
    assert lefts == pytest.approx([0.1, 0.625], abs=0.01)


def test_people_by_time_with_who_they_are():
    results, told = analyse("StartFaceSearch", CollectionId="people")
    assert [result.body["Timestamp"] for result in results] == [0, 0, 200, 200, 400, 400, 600, 600, 800, 800]
    assert told[:5] == [0, 200, 400, 600, 800]
    assert [result.person for result in results] == [0, 1] * 5
    by_person = {result.person: result.body["FaceMatches"] for result in results}
    assert sorted(by_person.values(), key=len) == [[], [{"Similarity": 97.0, "Face": FACE}]]
    known = next(result for result in results if result.body["FaceMatches"])
    assert known.body["Person"]["Index"] == known.person
    assert known.body["Person"]["Face"]["BoundingBox"] == pytest.approx(BOX, abs=0.01)
    assert known.confidence == pytest.approx(99)


def test_people_by_time():
    results, told = analyse("StartPersonTracking")
    assert [result.body["Timestamp"] for result in results] == [ms for ms in range(0, 1000, 100) for _ in range(2)]
    assert told == list(range(0, 1000, 100))
    assert {tuple(result.body) for result in results} == {("Timestamp", "Person")}
    red, blue = sorted((result.body["Person"] for result in results[:2]), key=len)[::-1]
    assert red["BoundingBox"] == pytest.approx({"Width": 0.25, "Height": 0.75, "Left": 0.05, "Top": 0.2})
    assert set(blue) == {"Index", "Face"}


def test_results_can_be_stored():
    for operation in ("StartFaceDetection", "StartPersonTracking"):
        results, _ = analyse(operation)
        assert json.loads(json.dumps(results[0].body)) == results[0].body


def test_no_job_is_of_an_unknown_kind():
    with pytest.raises(ValueError, match="no job is of the kind StartLabelDetection"):
        analyse("StartLabelDetection")
