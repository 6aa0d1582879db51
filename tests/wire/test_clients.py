"""Stock clients over a real socket: boto3, the AWS CLI, the JS SDK. They are the judges of the wire."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from wire_desk import KEY
from wire_samples import fullest, service_model

PICTURE = b"\xff\xd8\xff" + bytes(range(256)) * 5000
CREATED = datetime(2026, 1, 31, 23, 59, 59, 123000, tzinfo=UTC)
RETRIED = {"InternalServerError", "ThrottlingException"}
JS = Path(__file__).parent / "js"


@pytest.fixture
def client(desk):
    return boto3.client(
        "rekognition",
        endpoint_url=desk.url,
        region_name="eu-central-1",
        aws_access_key_id=KEY.id,
        aws_secret_access_key=KEY.secret,
        config=Config(retries={"total_max_attempts": 1}),
    )


def environment(desk):
    """What points a client outside this process at the server, and keeps it from the user's own settings."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "AWS_ENDPOINT_URL_REKOGNITION": desk.url,
        "AWS_ACCESS_KEY_ID": KEY.id,
        "AWS_SECRET_ACCESS_KEY": KEY.secret,
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_REGION": "eu-central-1",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


# --- boto3 ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", service_model().operation_names)
def test_boto3_round_trip(desk, client, name):
    theirs = service_model().operation_model(name)
    params, result = fullest(theirs.input_shape), fullest(theirs.output_shape)
    desk.will_answer(result)
    method = next(method for method, api in client.meta.method_to_api_mapping.items() if api == name)
    answer = getattr(client, method)(**params)
    metadata = answer.pop("ResponseMetadata")
    assert answer == result
    (call,) = desk.calls
    assert (call.operation, call.params, call.key, call.region) == (name, params, KEY, "eu-central-1")
    assert metadata["RequestId"] == call.request_id


def test_boto3_sends_a_picture_whole(desk, client):
    client.detect_faces(Image={"Bytes": PICTURE})
    assert desk.calls[0].params["Image"]["Bytes"] == PICTURE


def test_boto3_signs_with_a_session_token(desk):
    session = boto3.Session(KEY.id, KEY.secret, "a session token", "eu-central-1")
    session.client("rekognition", endpoint_url=desk.url).list_collections()
    assert len(desk.calls) == 1


def test_boto3_reads_our_headers(desk, client):
    desk.will_answer({}, **{"x-recognizance-threshold": "99"})
    headers = client.list_collections()["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-recognizance-threshold"] == "99"
    assert headers["content-type"] == "application/x-amz-json-1.1"


@pytest.mark.parametrize("shape", service_model().error_shapes, ids=lambda shape: shape.name)
def test_boto3_raises_every_modelled_exception(desk, client, shape):
    desk.will_refuse(shape.name, "so it is")
    with pytest.raises(client.exceptions.from_code(shape.name), match="so it is") as caught:
        client.list_collections()
    response = caught.value.response
    assert response["Error"] == {"Code": shape.name, "Message": "so it is"}
    assert response["ResponseMetadata"]["HTTPStatusCode"] == (500 if shape.name in RETRIED else 400)
    assert response["ResponseMetadata"]["RequestId"] == desk.calls[0].request_id


def test_boto3_raises_a_validation_exception(desk, client):
    with pytest.raises(
        ClientError, match=r"\(ValidationException\).*at 'maxResults' failed to satisfy constraint"
    ) as caught:
        client.list_collections(MaxResults=5000)
    assert caught.value.response["ResponseMetadata"]["RequestId"]
    assert desk.calls == []


def test_boto3_with_a_wrong_secret(desk):
    client = boto3.client(
        "rekognition", "eu-central-1", endpoint_url=desk.url, aws_access_key_id=KEY.id, aws_secret_access_key="x"
    )
    with pytest.raises(ClientError, match=r"\(InvalidSignatureException\).*The request signature we calculated"):
        client.list_collections()
    assert desk.calls == []


def test_boto3_reads_why_a_body_is_too_large(client):
    with pytest.raises(ClientError, match=r"\(RequestEntityTooLargeException\).*longer than 16777216 bytes"):
        client.detect_faces(Image={"Bytes": bytes(13_000_000)})


# --- AWS CLI ----------------------------------------------------------------------------------


def aws(desk, *arguments):
    command = [sys.executable, "-m", "awscli", "rekognition", *arguments, "--output", "json"]
    return subprocess.run(command, env=environment(desk), capture_output=True, text=True, check=False, timeout=60)


def test_cli_detects_faces_in_a_file(desk, tmp_path):
    (tmp_path / "face.jpg").write_bytes(PICTURE)
    desk.will_answer({"FaceDetails": [{"Confidence": 99.9800033569336}]})
    done = aws(desk, "detect-faces", "--image-bytes", f"fileb://{tmp_path}/face.jpg", "--attributes", "ALL")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"FaceDetails": [{"Confidence": 99.9800033569336}]}
    assert desk.calls[0].params == {"Image": {"Bytes": PICTURE}, "Attributes": ["ALL"]}


def test_cli_tells_an_error(desk):
    desk.will_refuse("ResourceNotFoundException", "The collection id: people does not exist")
    done = aws(desk, "describe-collection", "--collection-id", "people")
    assert done.returncode != 0
    assert "(ResourceNotFoundException)" in done.stderr
    assert "The collection id: people does not exist" in done.stderr


# --- JS SDK v3 --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def node():
    """Node with the pinned SDK beside `call.mjs`; installed once from npm's registry."""
    program = shutil.which("node")
    npm = shutil.which("npm")
    if program is None or npm is None:
        pytest.skip("node and npm are not installed")
    with (JS / "package.json").open() as lock:  # two test processes must not install at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (JS / "node_modules" / "@aws-sdk" / "client-rekognition").exists():
            install = [npm, "install", "--no-package-lock", "--no-audit", "--no-fund", "--fetch-retries=0"]
            done = subprocess.run(install, cwd=JS, capture_output=True, text=True, check=False, timeout=300)
            if done.returncode:
                pytest.skip(f"npm cannot install the JS SDK: {done.stderr[-200:]}")
    return program


@pytest.fixture
def js(node, desk):
    """Call an operation through the JS SDK; returns what `call.mjs` prints."""

    def js(command, **params):
        done = subprocess.run(
            [node, JS / "call.mjs", command, json.dumps(params)],
            env=environment(desk),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return js


def test_js_sends_a_picture_whole(desk, js, tmp_path):
    (tmp_path / "face.jpg").write_bytes(PICTURE)
    desk.will_answer({"FaceDetails": [{"Confidence": 99.9800033569336}]})
    said = js("DetectFaces", Image={"Bytes": f"file:{tmp_path}/face.jpg"})
    assert said["answer"]["FaceDetails"] == [{"Confidence": 99.9800033569336}]
    assert said["requestId"] == desk.calls[0].request_id
    assert desk.calls[0].params == {"Image": {"Bytes": PICTURE}}
    assert desk.calls[0].region == "eu-central-1"


def test_js_reads_a_time(desk, js):
    desk.will_answer({"CreationTimestamp": CREATED, "FaceCount": 3})
    assert js("DescribeCollection", CollectionId="people")["answer"] == {
        "CreationTimestamp": "2026-01-31T23:59:59.123Z",
        "FaceCount": 3,
    }


@pytest.mark.parametrize(
    ("code", "status", "side"),
    [("ResourceNotFoundException", 400, "client"), ("InternalServerError", 500, "server")],
)
def test_js_throws_a_modelled_exception(desk, js, code, status, side):
    desk.will_refuse(code, "so it is")
    assert js("DescribeCollection", CollectionId="people")["error"] == {
        "name": code,
        "message": "so it is",
        "fault": side,
        "status": status,
        "requestId": desk.calls[0].request_id,
    }


def test_js_throws_a_validation_exception(desk, js):
    error = js("DescribeCollection", CollectionId="no spaces")["error"]
    assert (error["name"], error["status"]) == ("ValidationException", 400)
    assert error["message"].startswith("1 validation error detected: Value 'no spaces' at 'collectionId'")
    assert desk.calls == []
