from __future__ import annotations

from datetime import UTC, datetime

import pytest

from recognizance.cli.client import Client
from recognizance.ports import Result
from recognizance.wire.faults import Fault
from recognizance.wire.model import load_model

MODEL = load_model()


def client(send):
    return Client(send, 100, MODEL)


def test_the_answer_is_what_the_api_sends_as_json():
    created = datetime(2026, 11, 1, 12, 0, 0, 123456, tzinfo=UTC)
    answer = client(lambda *_: Result({"FaceCount": 1, "CreationTimestamp": created, "UserCount": None})).call(
        "DescribeCollection", {"CollectionId": "team"}
    )
    assert answer == {"FaceCount": 1, "CreationTimestamp": round(created.timestamp(), 3)}


def test_members_that_are_none_are_not_sent():
    sent = []
    client(lambda _, params: sent.append(params) or Result({})).call(
        "ListCollections", {"NextToken": None, "MaxResults": 5}
    )
    assert sent == [{"MaxResults": 5}]


def test_a_picture_past_the_wires_limit_is_left_to_whoever_reads_it():
    sent = []
    image = {"Bytes": bytes(6 * 2**20)}
    client(lambda _, params: sent.append(params) or Result({"FaceDetails": []})).call("DetectFaces", {"Image": image})
    assert sent == [{"Image": image}]


@pytest.mark.parametrize(
    ("operation", "params", "violation"),
    [
        ("CreateCollection", {"CollectionId": "two words"}, "Member must satisfy regular expression pattern"),
        ("CreateCollection", {"CollectionId": "x" * 256}, "Member must have length less than or equal to 255"),
        ("DetectFaces", {"Image": {"Bytes": b"x"}, "Attributes": ["MOOD"]}, "Member must satisfy enum value set"),
        ("CreateCollection", {}, "Value null at 'collectionId'"),
    ],
    ids=["pattern", "length", "enum", "missing"],
)
def test_members_are_checked_as_the_server_does(operation, params, violation):
    def send(*_):
        raise AssertionError("it was sent")

    with pytest.raises(Fault, match=violation) as caught:
        client(send).call(operation, params)
    assert caught.value.code == "ValidationException"
