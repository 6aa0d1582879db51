"""Requests: what botocore sends is read back equal; anything else is a Fault that says what is wrong."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import orjson
import pytest
from botocore.serialize import create_serializer
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_samples import fullest, service_model, smallest

from recognizance.wire.faults import Fault
from recognizance.wire.model import Model, load_model
from recognizance.wire.parse import parse

MODEL = load_model()


def headers_for(operation="DetectFaces", content_type="application/x-amz-json-1.1"):
    return {"x-amz-target": f"RekognitionService.{operation}", "content-type": content_type}


def read(body, operation="DetectFaces"):
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    return parse(MODEL, headers_for(operation), data)[1]


@pytest.mark.parametrize("make", [smallest, fullest])
@pytest.mark.parametrize("name", service_model().operation_names)
def test_what_botocore_sends_is_read_back(name, make):
    theirs = service_model().operation_model(name)
    params = make(theirs.input_shape)
    assert not ParamValidator().validate(params, theirs.input_shape).has_errors()
    request = create_serializer("json").serialize_to_request(params, theirs)
    headers = {key.lower(): value for key, value in request["headers"].items()}
    operation, members = parse(MODEL, headers, request["body"])
    assert operation.name == name
    assert members == params


@pytest.mark.parametrize(
    ("body", "members"),
    [
        pytest.param(b'{"Image":{},"Later":{"Any":[1]}}', {"Image": {}}, id="unknown member"),
        pytest.param(b'{"Image":{"Bytes":null},"Attributes":null}', {"Image": {}}, id="null is absent"),
        pytest.param(b'{"Image":{"Bytes":"/+8="}}', {"Image": {"Bytes": b"\xff\xef"}}, id="base64"),
        pytest.param(b' {"Image" : {} } ', {"Image": {}}, id="blanks"),
    ],
)
def test_tolerated(body, members):
    assert read(body) == members


def test_integer_for_a_float_is_a_float():
    threshold = read({"SourceImage": {}, "TargetImage": {}, "SimilarityThreshold": 80}, "CompareFaces")[
        "SimilarityThreshold"
    ]
    assert threshold == 80.0
    assert isinstance(threshold, float)


def test_empty_body_is_an_empty_object():
    assert read(b"", "ListCollections") == {}


@pytest.mark.parametrize(
    "content_type",
    ["application/x-amz-json-1.1", "application/x-amz-json-1.1; charset=utf-8", "Application/X-AMZ-JSON-1.1"],
)
def test_content_type_accepted(content_type):
    assert parse(MODEL, headers_for("ListCollections", content_type), b"")[1] == {}


@pytest.mark.parametrize("content_type", ["", "application/json", "application/x-amz-json-1.0", "text/plain"])
def test_content_type_refused(content_type):
    with pytest.raises(Fault, match=f"must be application/x-amz-json-1.1, but '{content_type}' came") as caught:
        parse(MODEL, headers_for("ListCollections", content_type), b"")
    assert caught.value.code == "SerializationException"


@pytest.mark.parametrize(
    "target",
    [
        pytest.param(None, id="none"),
        pytest.param("", id="empty"),
        pytest.param("DetectFaces", id="without prefix"),
        pytest.param("RekognitionService.", id="prefix alone"),
        pytest.param("RekognitionService.DetectCats", id="unknown operation"),
        pytest.param("rekognitionservice.DetectFaces", id="other case"),
        pytest.param("DynamoDB_20120810.ListTables", id="other service"),
        pytest.param("RekognitionService.DetectFaces,RekognitionService.DeleteFaces", id="sent twice"),
        pytest.param("RekognitionService." + "x" * 9000, id="long"),
    ],
)
def test_unknown_operation(target):
    headers = {"content-type": "application/x-amz-json-1.1"} | ({} if target is None else {"x-amz-target": target})
    with pytest.raises(Fault, match=r"X-Amz-Target must be RekognitionService\.<Operation>, but") as caught:
        parse(MODEL, headers, b"{}")
    assert caught.value.code == "UnknownOperationException"
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(b"{", "The request body is not JSON: ", id="cut off"),
        pytest.param(b"\xff\xfe", "The request body is not JSON: ", id="no text"),
        pytest.param(b'{"Image":NaN}', "The request body is not JSON: ", id="NaN"),
        pytest.param(b'{"Image":1e999}', "The request body is not JSON: ", id="infinity"),
        pytest.param(b"[" * 5000, "The request body is not JSON: ", id="deep"),
        pytest.param(b'{"Image":"\\ud800"}', "The request body is not JSON: ", id="half a surrogate"),
        pytest.param(b"[]", "The request body must be an object, but a list came", id="list for the body"),
        pytest.param(b"null", "The request body must be an object, but null came", id="null for the body"),
        pytest.param(b"1", "The request body must be an object, but the number 1 came", id="number for the body"),
        pytest.param(b'{"Image":"x"}', "'image' must be an object, but a string came", id="string for a structure"),
        pytest.param(b'{"Image":[]}', "'image' must be an object, but a list came", id="list for a structure"),
        pytest.param(b'{"Image":{"Bytes":[1]}}', "'image.bytes' must be a base64 string, but a list came", id="list for a blob"),
        pytest.param(b'{"Image":{"Bytes":"a b="}}', "'image.bytes' is not base64", id="blank in base64"),
        pytest.param(b'{"Image":{"Bytes":"AAA"}}', "'image.bytes' is not base64", id="padding missing"),
        pytest.param(b'{"Image":{"Bytes":"AAA-"}}', "'image.bytes' is not base64", id="URL-safe base64"),
        pytest.param('{"Image":{"Bytes":"éééé"}}'.encode(), "'image.bytes' is not base64", id="beyond ASCII"),
        pytest.param(b'{"Image":{"S3Object":{"Name":1}}}', "'image.s3Object.name' must be a string, but the number 1 came", id="number for a string"),
        pytest.param(b'{"Image":{"S3Object":{"Name":true}}}', "'image.s3Object.name' must be a string, but a boolean came", id="boolean for a string"),
        pytest.param(b'{"Attributes":{}}', "'attributes' must be a list, but an object came", id="object for a list"),
        pytest.param(b'{"Attributes":["ALL",1]}', "'attributes.2.member' must be a string, but the number 1 came", id="element"),
    ],
)  # fmt: skip
def test_wrong_json(body, message):
    with pytest.raises(Fault) as caught:
        read(body)
    assert caught.value.code == "SerializationException"
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize(
    ("operation", "body", "message"),
    [
        pytest.param("IndexFaces", {"MaxFaces": 1.5}, "'maxFaces' must be an integer, but the number 1.5 came", id="fraction"),
        pytest.param("IndexFaces", {"MaxFaces": "1"}, "'maxFaces' must be an integer, but a string came", id="string for an integer"),
        pytest.param("IndexFaces", {"MaxFaces": True}, "'maxFaces' must be an integer, but a boolean came", id="boolean for an integer"),
        pytest.param("SearchFaces", {"FaceMatchThreshold": "80"}, "'faceMatchThreshold' must be a number, but a string came", id="string for a float"),
        pytest.param("SearchFaces", {"FaceMatchThreshold": False}, "'faceMatchThreshold' must be a number, but a boolean came", id="boolean for a float"),
        pytest.param("TagResource", {"Tags": []}, "'tags' must be an object, but a list came", id="list for a map"),
        pytest.param("TagResource", {"Tags": {"k": 1}}, "'tags.k.member' must be a string, but the number 1 came", id="value of a map"),
        pytest.param("ListDatasetEntries", {"HasErrors": "no"}, "'hasErrors' must be true or false, but a string came", id="string for a boolean"),
        pytest.param("ListDatasetEntries", {"HasErrors": 0}, "'hasErrors' must be true or false, but the number 0 came", id="number for a boolean"),
    ],
)  # fmt: skip
def test_wrong_type(operation, body, message):
    with pytest.raises(Fault, match=message) as caught:
        read(body, operation)
    assert caught.value.code == "SerializationException"


def timed():
    """The one operation of a service that takes a time, which no operation of Rekognition does today."""
    return Model(
        {
            "metadata": {"targetPrefix": "T", "jsonVersion": "1.1"},
            "operations": {"At": {"input": {"shape": "In"}, "output": {"shape": "In"}}},
            "shapes": {
                "In": {"type": "structure", "members": {"Time": {"shape": "Time"}}},
                "Time": {"type": "timestamp"},
            },
        }
    )


def read_time(value):
    headers = {"x-amz-target": "T.At", "content-type": "application/x-amz-json-1.1"}
    return parse(timed(), headers, orjson.dumps({"Time": value}))[1]["Time"]


@pytest.mark.parametrize("seconds", [0, 1569444828.25, -1])
def test_time(seconds):
    assert read_time(seconds) == datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param(1e300, "'time' is no time", id="out of range"),
        pytest.param("2026-01-01T00:00:00Z", "'time' must be a number of seconds since 1970, but a string", id="text"),
        pytest.param(True, "'time' must be a number of seconds since 1970, but a boolean", id="boolean"),
    ],
)
def test_no_time(value, message):
    with pytest.raises(Fault, match=message):
        read_time(value)


def test_violations_are_one_fault():
    with pytest.raises(Fault) as caught:
        read({"MaxResults": 4097, "NextToken": "t" * 256}, "ListCollections")
    assert caught.value.code == "ValidationException"
    assert caught.value.message.startswith("2 validation errors detected: Value '")
    assert caught.value.message.count("; Value '") == 1


def test_single_violation_is_singular():
    with pytest.raises(
        Fault, match=r"^1 validation error detected: Value null at 'image' failed to satisfy constraint"
    ):
        read({})


def test_many_violations_are_counted_and_the_first_told():
    with pytest.raises(Fault, match=r"^4096 validation errors detected: .*; \.\.\.$") as caught:
        read({"CollectionId": "c", "FaceIds": ["x"] * 4096}, "DeleteFaces")
    assert len(caught.value.message) < 5000


def test_error_of_a_broken_body_shows_nothing_of_it():
    picture = base64.b64encode(b"a face" * 100)
    with pytest.raises(Fault) as caught:
        read(b'{"Image":{"Bytes":"' + picture + b'"')
    assert picture[:20].decode() not in caught.value.message


MEMBERS = sorted(
    {name for operation in MODEL.operations.values() for name in operation.input.members} | {"S3Object", "Bytes"}
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | st.sampled_from(MEMBERS), inner, max_size=4)
    ),
    max_leaves=20,
)
OPERATIONS = st.sampled_from(sorted(MODEL.operations))


@settings(deadline=None)
@given(OPERATIONS, JSON)
def test_any_json_is_read_or_a_fault(operation, value):
    try:
        members = read(json.dumps(value).encode(), operation)
    except Fault as fault:
        assert fault.code in {"SerializationException", "ValidationException"}  # noqa: PT017 - both outcomes are right
    else:
        assert members.keys() <= MODEL.operations[operation].input.members.keys()


@settings(deadline=None)
@given(st.binary(max_size=200), st.text(max_size=50), st.text(max_size=50))
def test_any_bytes_are_a_fault_or_read(body, target, content_type):
    for headers in ({"x-amz-target": target, "content-type": content_type}, headers_for()):
        try:
            parse(MODEL, headers, body)
        except Fault as fault:
            assert fault.status == 400  # noqa: PT017
