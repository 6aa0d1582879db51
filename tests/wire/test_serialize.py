"""Responses: what we write, botocore reads back equal; so for every fault."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

import numpy as np
import orjson
import pytest
from botocore.loaders import Loader
from botocore.parsers import create_parser
from wire_samples import fullest, service_model, smallest

from recognizance.wire import faults
from recognizance.wire.faults import Fault
from recognizance.wire.serialize import serialize, serialize_fault

REQUEST_ID = "0b2d3c4e-1111-2222-3333-444444444444"


def client_reads(body, operation, status=200):
    """What a stock client makes of the body."""
    response = {"status_code": status, "headers": {"x-amzn-requestid": REQUEST_ID}, "body": body}
    return create_parser("json").parse(response, service_model().operation_model(operation).output_shape)


@pytest.mark.parametrize("make", [smallest, fullest])
@pytest.mark.parametrize("name", service_model().operation_names)
def test_what_we_write_botocore_reads(model, name, make):
    result = make(service_model().operation_model(name).output_shape)
    read = client_reads(serialize(model.operations[name].output, result), name)
    assert read.pop("ResponseMetadata")["RequestId"] == REQUEST_ID
    assert read == result


def examples():
    for operation, cases in Loader().load_data("rekognition/2016-06-27/examples-1")["examples"].items():
        for case in cases:
            yield pytest.param(operation, case["output"], id=case["id"])


@pytest.mark.parametrize(("operation", "output"), list(examples()))
def test_examples_of_aws(model, operation, output):
    assert orjson.loads(serialize(model.operations[operation].output, output)) == output


@pytest.fixture
def write(model):
    def write(operation, result):
        return serialize(model.operations[operation].output, result)

    return write


class Status(StrEnum):
    ACTIVE = "ACTIVE"


@pytest.mark.parametrize(
    ("operation", "result", "body"),
    [
        pytest.param("CreateUser", {}, b"{}", id="empty result"),
        pytest.param("ListFaces", {"Faces": [], "NextToken": None}, b'{"Faces":[]}', id="None is left out, an empty list stays"),
        pytest.param(
            "DescribeCollection",
            {"CreationTimestamp": datetime(2019, 9, 25, 20, 53, 48, 274567, tzinfo=UTC)},
            b'{"CreationTimestamp":1569444828.275}',
            id="time in seconds, to the millisecond",
        ),
        pytest.param(
            "DescribeCollection",
            {"CreationTimestamp": datetime(1970, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))},
            b'{"CreationTimestamp":0.0}',
            id="time of another zone, whole seconds",
        ),
        pytest.param(
            "SearchFacesByImage",
            {"SearchedFaceConfidence": np.float32(99.98)},
            b'{"SearchedFaceConfidence":99.9800033569336}',
            id="float32 at full length",
        ),
        pytest.param("SearchFacesByImage", {"SearchedFaceConfidence": 100}, b'{"SearchedFaceConfidence":100.0}', id="integer for a float"),
        pytest.param("AssociateFaces", {"UserStatus": Status.ACTIVE}, b'{"UserStatus":"ACTIVE"}', id="enum"),
        pytest.param("ListFaces", {"Faces": ({"FaceId": "é"},)}, '{"Faces":[{"FaceId":"é"}]}'.encode(), id="tuple"),
    ],
)  # fmt: skip
def test_written_as(write, operation, result, body):
    assert write(operation, result) == body


@pytest.mark.parametrize(
    ("operation", "result", "message"),
    [
        pytest.param("ListFaces", {"Facse": []}, "ListFacesResponse has no member Facse", id="misspelt member"),
        pytest.param("ListFaces", {"Faces": [{"Id": "x"}]}, "ListFacesResponse.Faces has no member Id", id="nested member"),
        pytest.param("ListFaces", {"Faces": None, "NextToken": 5}, "ListFacesResponse.NextToken must be a string, got int", id="number for a string"),
        pytest.param("ListFaces", {"Faces": {}}, "ListFacesResponse.Faces must be a list, got dict", id="object for a list"),
        pytest.param("DescribeCollection", {"FaceCount": 1.0}, "FaceCount must be a long, got float", id="float for an integer"),
        pytest.param("DescribeCollection", {"FaceCount": True}, "FaceCount must be a long, got bool", id="boolean for an integer"),
        pytest.param("SearchFacesByImage", {"SearchedFaceConfidence": True}, "must be a float, got bool", id="boolean for a float"),
        pytest.param("SearchFacesByImage", {"SearchedFaceConfidence": math.nan}, "numbers must be finite", id="NaN"),
        pytest.param("SearchFacesByImage", {"SearchedFaceConfidence": math.inf}, "numbers must be finite", id="infinity"),
        pytest.param("DescribeCollection", {"CreationTimestamp": datetime(2026, 1, 1)}, "times timezone-aware", id="time without zone"),  # noqa: DTZ001
        pytest.param("DescribeCollection", {"CreationTimestamp": 5}, "must be a timestamp, got int", id="number for a time"),
        pytest.param("ListTagsForResource", {"Tags": {"k": None}}, "Tags.k must be a string, got NoneType", id="None in a map"),
    ],
)  # fmt: skip
def test_our_mistakes_raise(write, operation, result, message):
    with pytest.raises(TypeError, match=message):
        write(operation, result)


def test_every_modelled_fault(model):
    for code, status in model.errors.items():
        body = serialize_fault(Fault(code, "why — 'x'"), REQUEST_ID, modelled=True)
        assert orjson.loads(body).keys() == {"__type", "Code", "Logref", "Message"}
        assert orjson.loads(body)["Logref"] == REQUEST_ID
        read = client_reads(body, "DetectFaces", status)
        assert read["Error"]["Code"] == code
        assert read["Error"]["Message"] == "why — 'x'"
        assert read["ResponseMetadata"]["RequestId"] == REQUEST_ID


FRONT = {
    "UnknownOperationException": (faults.unknown_operation("m"), 400),
    "SerializationException": (faults.serialization("m"), 400),
    "ValidationException": (faults.validation(["m"]), 400),
    "MissingAuthenticationTokenException": (faults.missing_token(), 400),
    "IncompleteSignatureException": (faults.incomplete_signature("m"), 400),
    "UnrecognizedClientException": (faults.unrecognized_client(), 400),
    "InvalidSignatureException": (faults.invalid_signature("m"), 400),
    "RequestEntityTooLargeException": (faults.too_large(7), 413),
    "RequestTimeoutException": (faults.too_slow(7), 408),
}


@pytest.mark.parametrize("code", FRONT)
def test_every_front_fault(model, code):
    fault, status = FRONT[code]
    assert (fault.code, fault.status) == (code, status)
    assert code not in model.errors
    body = serialize_fault(fault, REQUEST_ID, modelled=False)
    assert orjson.loads(body) == {"__type": code, "message": fault.message}
    assert client_reads(body, "DetectFaces", status)["Error"] == {"Code": code, "Message": fault.message}


def test_internal_fault_is_modelled(model):
    assert model.errors[faults.internal().code] == 500
