"""A running server is asked by stock boto3; here it is a few lines that record what came."""

from __future__ import annotations

import json

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from recognizance.cli.client import INLINE_BYTES, Client
from recognizance.cli.failure import ServerGoneError
from recognizance.cli.remote import connect
from recognizance.settings import Settings
from recognizance.testing.server import running
from recognizance.wire.faults import Fault
from recognizance.wire.model import load_model

MODEL = load_model()


@pytest.fixture
def settings(tmp_path):
    (tmp_path / "credentials").write_text("[default]\naws_access_key_id = RKID\naws_secret_access_key = s3cret\n")
    return Settings(data=tmp_path, region="eu-west-1")


@pytest.fixture
def server():
    """A server that answers with what is put into it, and keeps the requests."""
    app = Starlette(routes=[Route("/", _answer, methods=["POST"])])
    app.state.asked, app.state.status, app.state.answer = [], 200, {}
    with running(app) as url:
        app.state.url = url
        yield app.state


async def _answer(request):
    state = request.app.state
    state.asked.append((request.headers, json.loads(await request.body())))
    return JSONResponse(state.answer, state.status, media_type="application/x-amz-json-1.1")


def client(server, settings):
    return Client(connect(server.url, settings), INLINE_BYTES, MODEL)


def test_a_request_is_signed_with_the_folders_key_and_the_answer_is_the_apis_json(server, settings):
    server.answer = {"FaceCount": 2, "UserCount": 0, "FaceModelVersion": "1.0", "CreationTimestamp": 1700000000.123}
    answer = client(server, settings).call("DescribeCollection", {"CollectionId": "team"})
    assert answer == server.answer
    [(headers, body)] = server.asked
    assert body == {"CollectionId": "team"}
    assert "Credential=RKID/" in headers["authorization"]
    assert "/eu-west-1/rekognition/" in headers["authorization"]


def test_a_refusal_keeps_code_and_message(server, settings):
    server.status, server.answer = 400, {"__type": "ResourceNotFoundException", "Message": "no such collection"}
    with pytest.raises(Fault, match="no such collection") as caught:
        client(server, settings).call("DescribeCollection", {"CollectionId": "team"})
    assert caught.value.code == "ResourceNotFoundException"


def test_members_are_checked_before_anything_is_sent(server, settings):
    with pytest.raises(Fault, match="'collectionId' failed to satisfy constraint: Member must satisfy regular"):
        client(server, settings).call("DescribeCollection", {"CollectionId": "two words"})
    assert server.asked == []


def test_the_callers_own_aws_settings_have_no_say(server, settings, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOTHER")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "other")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server.answer = {"CollectionIds": [], "FaceModelVersions": []}
    client(server, settings).call("ListCollections", {})
    assert "Credential=RKID/" in server.asked[0][0]["authorization"]


def test_a_server_that_is_gone_says_so(settings, monkeypatch):
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    send = connect("http://127.0.0.1:1", settings)
    with pytest.raises(ServerGoneError, match=r"the server at http://127.0.0.1:1 does not answer"):
        send("ListCollections", {})
