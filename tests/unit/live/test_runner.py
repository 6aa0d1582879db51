"""From a camera to records: painted people, and rules that can change their mind."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime

import pytest

from recognizance.live import runner as module
from recognizance.live.addresses import Addresses
from recognizance.live.runner import Health, RefusedError, Runner
from recognizance.live.sink import KinesisLogin
from recognizance.operations.watching import record
from recognizance.stream import Starter, StreamProcessor, StreamState
from recognizance.testing.clips import write_clip
from recognizance.testing.vision import FakeVision, Person, paint

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
ENROLLED = {"Similarity": 97.0, "Face": {"FaceId": "f", "ExternalImageId": "ada", "UserId": "u", "Confidence": 99.0}}


class Rules:
    """Knows the larger of two people, and allows `allowed` questions."""

    def __init__(self, allowed=1000):
        self.allowed = allowed

    def require(self, _processor):
        self.allowed -= 1
        if self.allowed < 0:
            raise RefusedError("STREAMS_OFF: not any more")

    def search_for(self, _processor):
        def search(pixels):
            names = {person.name for person in FakeVision().frame(pixels).people}
            return [ENROLLED] if "red" in names else []

        return search


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Run a processor until it has sent some records; gives them, what was told, and the health."""
    monkeypatch.setattr(module, "PAUSES_S", (0.01,))
    monkeypatch.setattr(module, "CHECK_S", 0.0)
    frames = [paint(Person("red", 20, 60, 70, 80), Person("blue", 220, 60, 60, 60))] * 10
    (tmp_path / "door.mp4").write_bytes(write_clip(frames, rate=25))

    def start(*, camera=f"file:{tmp_path / 'door.mp4'}", rules=None, tags=None, count=3, target=None):
        addresses = Addresses({"camera": camera, "records": target or f"file:{tmp_path / 'records'}"})
        stop, told, health = threading.Event(), [], Health()

        def present(*facts):
            if health.frames >= count:
                stop.set()
            return record(*facts)

        def tell(message):
            told.append(message)
            if len(told) > count:
                stop.set()

        params = {
            "Input": {"KinesisVideoStream": {"Arn": "camera"}},
            "Output": {"KinesisDataStream": {"Arn": "records"}},
            "Settings": {"FaceSearch": {"CollectionId": "team"}},
            "Tags": tags or {},
        }
        processor = StreamProcessor("door", params, StreamState.STARTING, None, Starter("k", "r"), NOW, NOW)
        login = KinesisLogin("r", None, None)
        runner = Runner(FakeVision(), rules or Rules(), addresses, login, present, lambda: NOW)
        runner.run(processor, stop, health, tell)
        lines = (tmp_path / "records").read_text().splitlines() if (tmp_path / "records").exists() else []
        return [json.loads(line) for line in lines], told, health

    return start


def test_records_have_rekognitions_shape(start):
    records, told, _ = start()
    assert len(records) >= 3
    assert told[0] is None
    first = records[0]
    assert first["InputInformation"]["KinesisVideo"]["StreamArn"] == "camera"
    assert first["StreamProcessorInformation"]["Status"] == "RUNNING"
    known, unknown = sorted(first["FaceSearchResponse"], key=lambda one: one["DetectedFace"]["BoundingBox"]["Left"])
    assert set(known["DetectedFace"]) == {"BoundingBox", "Confidence", "Landmarks", "Pose", "Quality"}
    assert known["MatchedFaces"] == [
        {"Similarity": 97.0, "Face": {"FaceId": "f", "ExternalImageId": "ada", "Confidence": 99.0}}
    ]
    assert unknown["MatchedFaces"] == []
    assert {known["Person"]["Index"], unknown["Person"]["Index"]} == {0, 1}


def test_a_file_that_ended_is_connected_again(start):
    _, told, health = start(count=8)
    assert "the stream ended; trying again" in told
    assert health.frames >= 2


def test_a_camera_that_does_not_answer_is_tried_again(start):
    records, told, _ = start(camera="file:/nowhere.mp4")
    assert records == []
    assert set(told) == {"the camera does not answer: No such file or directory; trying again"}


def test_zones_hide_what_is_outside(start):
    records, _, _ = start(tags={"recognizance:zones": "0 0 0.5 1"})
    assert {len(one["FaceSearchResponse"]) for one in records} == {1}


def test_out_of_hours_nothing_is_looked_at(start):
    records, _, health = start(tags={"recognizance:hours": "13:00-14:00"}, count=2)
    assert (records, health.frames) == ([], 0)


@pytest.mark.parametrize("allowed", [0, 2])
def test_rules_end_a_run_at_once_or_later(start, allowed):
    with pytest.raises(RefusedError, match="STREAMS_OFF"):
        start(rules=Rules(allowed))


def test_a_table_that_was_changed_ends_a_run(start):
    with pytest.raises(RefusedError, match="setting `streams`"):
        start(camera="gopher:x")


def test_records_that_cannot_be_sent_are_counted_and_told(start, tmp_path):
    _, told, health = start(target=f"file:{tmp_path}")
    assert health.lost == health.frames
    assert "the file of records cannot be written: Is a directory" in told
