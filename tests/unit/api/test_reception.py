"""The native API over a real socket: signature, role, path, query and body are checked in this order."""

from __future__ import annotations

import http.client
import json
from datetime import UTC, datetime
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from openapi_spec_validator import validate

from recognizance.api.endpoint import Download, Endpoint, Record
from recognizance.api.openapi import describe
from recognizance.api.reception import Reception
from recognizance.errors import (
    AccessDeniedError,
    CollectionExistsError,
    CollectionNotFoundError,
    InvalidRequestError,
    StorageError,
)
from recognizance.ports import Result
from recognizance.server import create_server
from recognizance.testing.server import running
from recognizance.values import AccessKey, Role

NOW = datetime(2026, 1, 1, tzinfo=UTC)
KEYS = {role: AccessKey(f"RK{role.name}", role, "tests", NOW, None, "secret") for role in Role}


class Wish(Record):
    name: str
    count: int = 1
    by: datetime | None = None


class Page(Record):
    limit: int = 10


class Echo(Record):
    said: dict[str, str]
    place: str
    limit: int
    wish: Wish


def echo(ask):
    """Say what came."""
    return Echo(said=dict(ask.said), place=ask.path["place"], limit=ask.query.limit, wish=ask.body)


def ping(ask):
    """Answer anybody."""
    assert ask.key is None
    return Record()


def fetch(ask):
    """Give a file."""
    return Download(b"\x00\x01", "application/octet-stream", "two.bin")


ERRORS = {
    "denied": AccessDeniedError("no"),
    "missing": CollectionNotFoundError("c"),
    "there": CollectionExistsError("c"),
    "wrong": InvalidRequestError("not so"),
    "disk": StorageError("full"),
}


def fail(ask):
    """Refuse."""
    raise ERRORS.get(ask.path["why"]) or ZeroDivisionError


class Refusals:
    def __init__(self):
        self.told = []

    def refuse(self, asker, collection_id, error, *, now):
        self.told.append((asker.operation, asker.key.id, str(error)))


REFUSALS = Refusals()
EVERYONE = frozenset(Role)
ENDPOINTS = [
    Endpoint("POST", "/echo/{place}", echo, frozenset({Role.REVIEWER}), answer=Echo, body=Wish, query=Page),
    Endpoint("GET", "/ping", ping, frozenset()),
    Endpoint("GET", "/file", fetch, EVERYONE, media_type="application/octet-stream"),
    Endpoint("GET", "/fail/{why}", fail, EVERYONE),
]


@pytest.fixture(scope="module")
def netloc():
    keys = {key.id: key for key in KEYS.values()}

    def routes(front):
        return Reception(front, SimpleNamespace(governance=SimpleNamespace(rulebook=REFUSALS)), ENDPOINTS).routes()

    app = create_server(lambda call: Result({}), keys.get, clock=lambda: datetime.now(UTC), workers=2, native=routes)
    with running(app) as url:
        yield urlsplit(url).netloc


@pytest.fixture
def ask(netloc):
    def send(method, path, body=b"", *, role=Role.REVIEWER, headers=()):
        request = AWSRequest(method, f"http://{netloc}/api/v1{path}", {"Host": netloc, **dict(headers)}, body)
        if role is not None:
            key = KEYS[role]
            SigV4Auth(Credentials(key.id, key.secret), "rekognition", "eu-west-1").add_auth(request)
        connection = http.client.HTTPConnection(netloc, timeout=10)
        try:
            connection.request(method, f"/api/v1{path}", body, dict(request.headers.items()))
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    return send


def test_what_was_asked_reaches_the_function_checked(ask):
    body = json.dumps({"name": "ada", "by": "2026-01-31T10:00:00Z"}).encode()
    status, headers, answer = ask("POST", "/echo/here?limit=5", body, headers={"x-recognizance-case": "7"})
    assert (status, headers["content-type"]) == (200, "application/json")
    assert len(headers["x-amzn-requestid"]) == 36
    assert json.loads(answer) == {
        "said": {"case": "7"},
        "place": "here",
        "limit": 5,
        "wish": {"name": "ada", "count": 1, "by": "2026-01-31T10:00:00Z"},
    }


def test_an_endpoint_without_roles_asks_for_no_signature(ask):
    assert ask("GET", "/ping", role=None)[0] == 200


def test_a_file_comes_as_a_file(ask):
    status, headers, content = ask("GET", "/file")
    assert (status, content, headers["content-type"]) == (200, b"\x00\x01", "application/octet-stream")
    assert headers["content-disposition"] == 'attachment; filename="two.bin"'


@pytest.mark.parametrize(
    ("method", "path", "body", "role", "status", "code", "text"),
    [
        pytest.param("POST", "/echo/%20", b"{", None, 401, "MissingAuth", "Missing", id="signature before everything"),
        pytest.param("POST", "/echo/%20", b"{", Role.AUDITOR, 403, "AccessDenied", "role auditor", id="then the role"),
        pytest.param("POST", "/echo/%20", b"{", Role.REVIEWER, 400, "Invalid", "place in the path", id="then the path"),
        pytest.param("POST", "/echo/a?limit=x", b"{", Role.REVIEWER, 400, "Invalid", "limit: ", id="then the query"),
        pytest.param("POST", "/echo/a?limt=1", b"{", Role.REVIEWER, 400, "Invalid", "limt: Extra", id="unknown name"),
        pytest.param("POST", "/echo/a?limit=1&limit=2", b"{", Role.REVIEWER, 400, "Invalid", "twice", id="name twice"),
        pytest.param("POST", "/echo/a", b"{", Role.REVIEWER, 400, "Invalid", "to be JSON", id="then JSON"),
        pytest.param("POST", "/echo/a", b"", Role.REVIEWER, 400, "Invalid", "to be JSON", id="no body"),
        pytest.param("POST", "/echo/a", b"\xff", Role.REVIEWER, 400, "Invalid", "to be JSON", id="no text"),
        pytest.param(
            "POST", "/echo/a", b'{"name":"a","name":"b"}', Role.REVIEWER, 400, "Inv", "once", id="member twice"
        ),
        pytest.param("POST", "/echo/a", b"[]", Role.REVIEWER, 400, "Invalid", "body: ", id="no object"),
        pytest.param("POST", "/echo/a", b'{"name":1}', Role.REVIEWER, 400, "Invalid", "name: ", id="wrong type"),
        pytest.param("POST", "/echo/a", b'{"name":"a","count":"1"}', Role.REVIEWER, 400, "Inv", "count: ", id="strict"),
        pytest.param("POST", "/echo/a", b'{"name":"a","x":1}', Role.REVIEWER, 400, "Inv", "x: Extra", id="more"),
        pytest.param("GET", "/ping?x=1", b"", None, 400, "InvalidRequest", "x: Extra", id="query that is not taken"),
        pytest.param("GET", "/fail/denied", b"", Role.AUDITOR, 403, "AccessDenied", "no", id="denied"),
        pytest.param("GET", "/fail/missing", b"", Role.AUDITOR, 404, "NotFound", "c does not exist", id="missing"),
        pytest.param("GET", "/fail/there", b"", Role.AUDITOR, 409, "Exists", "already exists", id="exists"),
        pytest.param("GET", "/fail/wrong", b"", Role.AUDITOR, 400, "InvalidRequest", "not so", id="wrong"),
        pytest.param("GET", "/fail/disk", b"", Role.AUDITOR, 500, "InternalServerError", "full", id="disk full"),
        pytest.param("GET", "/fail/us", b"", Role.AUDITOR, 500, "Internal", "Internal server error", id="our mistake"),
    ],
)
def test_refusals_have_one_shape(ask, method, path, body, role, status, code, text):  # noqa: PLR0917
    got, headers, answer = ask(method, path, body, role=role)
    problem = json.loads(answer)
    assert (got, set(problem)) == (status, {"code", "message", "request_id"})
    assert problem["code"].startswith(code)
    assert text in problem["message"]
    assert problem["request_id"] == headers["x-amzn-requestid"]


def test_what_role_or_rule_refuses_is_recorded_and_mistakes_are_not(ask):
    REFUSALS.told.clear()
    ask("POST", "/echo/here", b"{}", role=Role.AUDITOR)
    ask("GET", "/fail/denied", role=Role.OPERATOR)
    ask("GET", "/fail/wrong", role=Role.OPERATOR)
    assert REFUSALS.told == [
        ("echo", "RKAUDITOR", "POST /api/v1/echo/{place} is not for the role auditor"),
        ("fail", "RKOPERATOR", "no"),
    ]


def test_a_changed_query_breaks_the_signature(ask, netloc):
    request = AWSRequest("GET", f"http://{netloc}/api/v1/file", {"Host": netloc}, b"")
    key = KEYS[Role.AUDITOR]
    SigV4Auth(Credentials(key.id, key.secret), "rekognition", "r").add_auth(request)
    connection = http.client.HTTPConnection(netloc, timeout=10)
    connection.request("GET", "/api/v1/file?limit=3", headers=dict(request.headers.items()))
    assert connection.getresponse().status == 401
    connection.close()


def test_the_document_describes_each_endpoint():
    document = describe(ENDPOINTS)
    validate(document)
    echoes = document["paths"]["/api/v1/echo/{place}"]["post"]
    assert (echoes["operationId"], echoes["summary"], echoes["description"]) == (
        "echo",
        "Say what came.",
        "For reviewer.",
    )
    assert [(place["name"], place["in"], place["required"]) for place in echoes["parameters"]] == [
        ("place", "path", True),
        ("limit", "query", False),
    ]
    assert echoes["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Wish"}
    assert set(echoes["responses"]) == {"200", "400", "401", "403", "404", "409"}
    assert document["paths"]["/api/v1/ping"]["get"]["security"] == []
    assert document["paths"]["/api/v1/file"]["get"]["responses"]["200"]["content"] == {"application/octet-stream": {}}
