"""The server over a real socket: the order of checks, limits on bodies and time, probes, metrics and the log."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from recognizance import server as server_module
from recognizance.errors import StartError
from recognizance.ports import Result
from recognizance.server import create_server, listen
from recognizance.testing.server import running
from recognizance.values import AccessKey, Role
from recognizance.wire.faults import Fault

KEY = AccessKey("RCGZSERVERTESTS", Role.OPERATOR, "tests", datetime(2026, 1, 1, tzinfo=UTC), None, secret="secret")
SIGNATURE_OF_NOBODY = (
    "AWS4-HMAC-SHA256 Credential=a/20260101/r/rekognition/aws4_request, SignedHeaders=host, Signature=00"
)
SMALL = 1000


def now():
    return datetime.now(UTC)


@contextmanager
def serving(dispatch=lambda call: Result({}), find_key={KEY.id: KEY}.get, **options):
    options = {"clock": now, "workers": 2} | options
    with running(create_server(dispatch, find_key, **options)) as url:
        yield urlsplit(url).netloc


@pytest.fixture(scope="module")
def address():
    """A server that answers everything with an empty result, takes small bodies and waits briefly."""
    with serving(max_body_bytes=SMALL, body_timeout_s=0.3) as netloc:
        yield netloc


def ask(netloc, method="POST", path="/", body=b"", headers=None):
    """One request on a connection of its own; (status, headers, body)."""
    connection = http.client.HTTPConnection(netloc, timeout=10)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def signed_headers(netloc, operation="ListCollections", body=b"{}", **changes):
    headers = {
        "Host": netloc,
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": f"RekognitionService.{operation}",
    } | changes
    request = AWSRequest("POST", f"http://{netloc}/", headers, body)
    SigV4Auth(Credentials(KEY.id, KEY.secret), "rekognition", "eu-west-1").add_auth(request)
    return dict(request.headers.items())


def ask_signed(netloc, operation="ListCollections", body=b"{}"):
    status, headers, answer = ask(netloc, body=body, headers=signed_headers(netloc, operation, body))
    return status, headers, json.loads(answer)


def receive(connection, end):
    """What the server sends up to the end of a text."""
    came = b""
    while end not in came:
        more = connection.recv(65536)
        assert more, came
        came += more
    return came


# --- the order of checks ----------------------------------------------------------------------


def test_signature_comes_before_everything_else(address):
    status, headers, body = ask(address, body=b"{", headers={"X-Amz-Target": "Nonsense"})
    assert status == 400
    assert json.loads(body) == {
        "__type": "MissingAuthenticationTokenException",
        "message": "Missing Authentication Token",
    }
    assert len(headers["x-amzn-RequestId"]) == 36
    assert headers["content-type"] == "application/x-amz-json-1.1"


@pytest.mark.parametrize(
    ("operation", "body", "code"),
    [
        pytest.param("Nonsense", b"{", "UnknownOperationException", id="operation before body"),
        pytest.param("DescribeCollection", b"{", "SerializationException", id="JSON before constraints"),
        pytest.param("DescribeCollection", b"", "ValidationException", id="constraints before dispatch"),
    ],
)
def test_then_operation_then_json_then_constraints(operation, body, code):
    def dispatch(call):
        raise AssertionError("nothing may reach the operations")

    with serving(dispatch) as netloc:
        assert ask_signed(netloc, operation, body)[2]["__type"] == code


@pytest.mark.parametrize(
    ("find_key", "code"),
    [
        pytest.param({}.get, "UnrecognizedClientException", id="unknown"),
        pytest.param({KEY.id: replace(KEY, revoked_at=now())}.get, "UnrecognizedClientException", id="revoked"),
        pytest.param({KEY.id: replace(KEY, secret="other")}.get, "InvalidSignatureException", id="other secret"),
        pytest.param({KEY.id: replace(KEY, secret=None)}.get, "UnrecognizedClientException", id="secret not opened"),
    ],
)
def test_key(find_key, code):
    with serving(find_key=find_key) as netloc:
        assert ask_signed(netloc)[2]["__type"] == code


@pytest.mark.parametrize("minutes", [-16, 16])
def test_clock_skew(minutes):
    with serving(clock=lambda: now() + timedelta(minutes=minutes)) as netloc:
        answer = ask_signed(netloc)[2]
    assert answer["__type"] == "InvalidSignatureException"
    assert answer["message"].startswith("Signature expired" if minutes > 0 else "Signature not yet current")


def test_repeated_header_is_not_one_of_two(address):
    headers = signed_headers(address, body=b"")
    with socket.create_connection(address.split(":")) as connection:
        lines = [f"{name}: {value}" for name, value in headers.items()]
        lines.append("X-Amz-Target: RekognitionService.DeleteCollection")
        connection.sendall("\r\n".join(["POST / HTTP/1.1", *lines, "Content-Length: 0", "", ""]).encode())
        assert b"InvalidSignatureException" in receive(connection, b"}")


# --- what the operations get and give ---------------------------------------------------------


def test_call_and_result():
    calls = []

    def dispatch(call):
        calls.append(call)
        return Result({"CollectionIds": ["a"]}, {"x-recognizance-ledger": "7"})

    with serving(dispatch) as netloc:
        status, headers, body = ask_signed(netloc, body=b'{"MaxResults":5}')
    (call,) = calls
    assert (status, body) == (200, {"CollectionIds": ["a"]})
    assert headers["x-recognizance-ledger"] == "7"
    assert headers["x-amzn-RequestId"] == call.request_id
    assert (call.operation, call.params, call.key, call.region) == (
        "ListCollections",
        {"MaxResults": 5},
        KEY,
        "eu-west-1",
    )
    assert abs(call.now - now()) < timedelta(minutes=1)


def test_what_the_client_says_of_the_reason_reaches_the_operation():
    calls = []

    def dispatch(call):
        calls.append(call)
        return Result({})

    with serving(dispatch) as netloc:
        for said in ({"x-recognizance-case": "17"}, {"x-recognizance-case": " "}, {}):
            ask(netloc, body=b"{}", headers=signed_headers(netloc, **said))
    assert [call.said for call in calls] == [{"case": "17"}, {}]


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        pytest.param(
            Fault("ResourceNotFoundException", "m"),
            400,
            {"__type": "ResourceNotFoundException", "Code": "ResourceNotFoundException", "Message": "m"},
            id="modelled",
        ),
        pytest.param(
            Fault("InternalServerError", "m"),
            500,
            {"__type": "InternalServerError", "Code": "InternalServerError", "Message": "m"},
            id="modelled, with the model's status",
        ),
        pytest.param(
            Fault("OwnException", "m", 409), 409, {"__type": "OwnException", "message": "m"}, id="not modelled"
        ),
    ],
)
def test_fault(fault, status, body):
    def dispatch(call):
        raise fault

    with serving(dispatch) as netloc:
        came, headers, answer = ask_signed(netloc)
    assert answer.pop("Logref", headers["x-amzn-RequestId"]) == headers["x-amzn-RequestId"]
    assert (came, answer) == (status, body)


def fail(call):
    picture = b"do not show"
    raise RuntimeError(f"broken inside {len(picture)}")


def answer_wrongly(call):
    return Result({"Misspelt": 1})


@pytest.mark.parametrize(
    ("dispatch", "trace"), [(fail, "broken inside 11"), (answer_wrongly, "has no member Misspelt")]
)
def test_our_mistake_is_told_without_internals(dispatch, trace):
    with capture_logs() as logs, serving(dispatch) as netloc:
        status, headers, body = ask_signed(netloc)
        assert (status, body["__type"], body["Message"]) == (500, "InternalServerError", "Internal server error")
        assert ask_signed(netloc)[0] == 500, "and the server lives"
    told = next(log for log in logs if log["log_level"] == "error")
    assert told["request_id"] == headers["x-amzn-RequestId"]
    assert trace in told["trace"]
    assert "do not show" not in str(logs)


# --- limits -----------------------------------------------------------------------------------


def test_body_of_the_largest_size(address):
    body = b"{" + b" " * (SMALL - 2) + b"}"
    assert ask_signed(address, body=body)[0] == 200


@pytest.mark.parametrize("size", [SMALL + 1, 2 * SMALL, 2 * SMALL + 1])
@pytest.mark.parametrize("chunked", [False, True])
def test_body_too_large(address, size, chunked):
    body = iter([b" " * 100] * (size // 100) + [b" " * (size % 100)]) if chunked else b" " * size
    status, headers, answer = ask(address, body=body)
    assert status == 413
    assert json.loads(answer)["__type"] == "RequestEntityTooLargeException"
    assert "longer than 1000 bytes" in json.loads(answer)["message"]
    assert headers["connection"] == "close"
    assert headers["x-amzn-RequestId"]


@pytest.mark.parametrize("chunked", [False, True])
def test_seventeen_megabytes(chunked):
    body = b" " * 17_000_000
    with serving() as netloc:
        status, _, answer = ask(netloc, body=iter([body[:8_500_000]] * 2) if chunked else body)
    assert (status, json.loads(answer)["__type"]) == (413, "RequestEntityTooLargeException")


def test_endless_body_is_cut_off(address):
    with socket.create_connection(address.split(":")) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
        assert receive(connection, b"}").startswith(b"HTTP/1.1 413 "), "before any of it was sent"


def test_body_that_does_not_come(address):
    with socket.create_connection(address.split(":")) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
        answer = receive(connection, b"}")
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"RequestTimeoutException" in answer
        assert b"within 0.3 seconds" in answer
        assert connection.recv(1) == b"", "and the connection is closed"


@pytest.mark.parametrize("sent", [b"", b"POST / HTTP/1.1\r\nHost: x\r\n"], ids=["nothing", "half of the headers"])
def test_headers_that_do_not_come(monkeypatch, sent):
    monkeypatch.setattr(server_module, "HEADER_TIMEOUT_S", 0.2)
    with serving() as netloc, socket.create_connection(netloc.split(":")) as connection:
        connection.sendall(sent)
        assert connection.recv(1) == b""


def test_headers_of_a_second_request_that_do_not_come(monkeypatch):
    monkeypatch.setattr(server_module, "HEADER_TIMEOUT_S", 0.2)
    with serving() as netloc, socket.create_connection(netloc.split(":")) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert receive(connection, b"}").startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"GET /heal")
        assert connection.recv(1) == b""


def test_client_that_goes_away():
    registry = CollectorRegistry()
    disconnected = {"operation": "unknown", "code": "ClientDisconnected"}
    with serving(registry=registry) as netloc:
        with socket.create_connection(netloc.split(":")) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
        while registry.get_sample_value("recognizance_requests_total", disconnected) is None:
            time.sleep(0.01)
        assert ask_signed(netloc)[0] == 200


def test_health_does_not_wait_behind_work():
    started, release = threading.Event(), threading.Event()

    def dispatch(call):
        started.set()
        assert release.wait(10)
        return Result({})

    with serving(dispatch, workers=1) as netloc:
        workers = [threading.Thread(target=ask_signed, args=(netloc,)) for _ in range(3)]
        for worker in workers:
            worker.start()
        assert started.wait(10)
        try:
            assert ask(netloc, "GET", "/healthz")[0] == 200
            assert b"recognizance_requests_in_flight 3.0" in wait_for_metrics(netloc, b"in_flight 3.0")
        finally:
            release.set()
            for worker in workers:
                worker.join()


def wait_for_metrics(netloc, text):
    """The metrics page once it has the text: requests of other threads arrive when they arrive."""
    for _ in range(500):
        page = ask(netloc, "GET", "/metrics")[2]
        if text in page:
            break
    return page


def test_no_more_than_workers_at_once():
    lock, now_running, most = threading.Lock(), [0], [0]
    together = threading.Barrier(2)

    def dispatch(call):
        with lock:
            now_running[0] += 1
            most[0] = max(most[0], now_running[0])
        together.wait(10)  # two do run at once
        with lock:
            now_running[0] -= 1
        return Result({})

    with serving(dispatch, workers=2) as netloc:
        clients = [threading.Thread(target=ask_signed, args=(netloc,)) for _ in range(6)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
    assert most == [2]


# --- probes, metrics, log ---------------------------------------------------------------------


def test_alive(address):
    status, _, body = ask(address, "GET", "/healthz")
    assert (status, json.loads(body)) == (200, {"alive": True})


def test_ready_when_there_is_no_reason_left():
    reasons = ["the index is being built"]
    with serving(ready=lambda: reasons) as netloc:
        status, _, body = ask(netloc, "GET", "/readyz")
        assert (status, json.loads(body)) == (503, {"ready": False, "reasons": reasons})
        reasons.clear()
        status, _, body = ask(netloc, "GET", "/readyz")
        assert (status, json.loads(body)) == (200, {"ready": True, "reasons": []})


def test_metrics_count_by_operation_and_code_and_name_nobody():
    def dispatch(call):
        if call.operation == "DescribeCollection":
            raise Fault("ResourceNotFoundException", "m")
        return Result({})

    with serving(dispatch) as netloc:
        ask_signed(netloc)
        ask_signed(netloc)
        ask_signed(netloc, "DescribeCollection", b'{"CollectionId":"somebody"}')
        ask_signed(netloc, "InventedByTheCaller")
        status, headers, page = ask(netloc, "GET", "/metrics")
    assert status == 200
    assert headers["content-type"].startswith("text/plain; version=")
    lines = page.decode().splitlines()
    assert 'recognizance_requests_total{code="OK",operation="ListCollections"} 2.0' in lines
    assert 'recognizance_requests_total{code="ResourceNotFoundException",operation="DescribeCollection"} 1.0' in lines
    assert 'recognizance_requests_total{code="UnknownOperationException",operation="unknown"} 1.0' in lines
    assert 'recognizance_request_seconds_count{operation="ListCollections"} 2.0' in lines
    assert "recognizance_requests_in_flight 0.0" in lines
    assert b"somebody" not in page
    assert b"Invented" not in page
    assert KEY.id.encode() not in page


def test_log_tells_the_outcome_and_not_the_content():
    with capture_logs() as logs, serving() as netloc:
        ask_signed(netloc, "DescribeCollection", b'{"CollectionId":"somebody"}')
        ask(netloc, headers={"authorization": SIGNATURE_OF_NOBODY})
    good, bad = logs
    assert good.pop("ms") >= 0
    assert len(good.pop("request_id")) == 36
    assert good == {
        "event": "request",
        "log_level": "info",
        "operation": "DescribeCollection",
        "code": "OK",
        "status": 200,
        "key_id": KEY.id,
        "bytes_in": 27,
        "bytes_out": 2,
    }
    assert (bad["operation"], bad["code"], bad["key_id"]) == ("unknown", "IncompleteSignatureException", None)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 405),
        ("HEAD", "/", 405),
        ("PUT", "/", 405),
        ("OPTIONS", "/", 405),
        ("POST", "/healthz", 405),
        ("GET", "/nowhere", 404),
        ("POST", "/nowhere", 404),
    ],
)
def test_other_ways_in_point_to_the_door(address, method, path, status):
    came, headers, body = ask(address, method, path)
    assert came == status
    assert method == "HEAD" or "POST / with an AWS client" in json.loads(body)["message"]
    assert "access-control-allow-origin" not in headers
    if status == 405:
        assert set(headers["allow"].split(", ")) == ({"POST"} if path == "/" else {"GET", "HEAD"})


# --- the process ------------------------------------------------------------------------------

PROGRAM = """
from datetime import UTC, datetime
from recognizance.ports import Result
from recognizance.server import create_server, serve

def dispatch(call):
    print("working", flush=True)
    import time
    time.sleep(0.5)
    return Result({})

from recognizance.values import AccessKey, Role
key = AccessKey("RCGZSERVERTESTS", Role.OPERATOR, "tests", datetime.now(UTC), None, secret="secret")
app = create_server(dispatch, {key.id: key}.get, clock=lambda: datetime.now(UTC), workers=1)
serve(app, "127.0.0.1", 0, announce=lambda url: print(url, flush=True))
print("cleaned up", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stops_gracefully(number):
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True) as process:
        netloc = urlsplit(process.stdout.readline().strip()).netloc
        answers = []
        client = threading.Thread(target=lambda: answers.append(ask_signed(netloc)[0]))
        client.start()
        assert process.stdout.readline() == "working\n"
        process.send_signal(number)
        client.join()
        rest = process.stdout.read()
    assert answers == [200], "what was being answered was finished"
    assert rest.endswith("cleaned up\n")
    assert process.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_before_the_first_answer_is_not_lost(number):
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True) as process:
        process.stdout.readline()  # the address is told before uvicorn runs
        process.send_signal(number)
        rest, _ = process.communicate(timeout=60)
    assert rest.endswith("cleaned up\n")
    assert process.returncode == 0


def test_port_taken():
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(StartError, match=rf"^cannot listen on 127.0.0.1 port {port}: Address already in use; stop"):
            listen("127.0.0.1", port)


def test_address_of_another_machine():
    with pytest.raises(StartError, match=r"cannot listen on 192.0.2.1 port 0: Cannot assign requested address"):
        listen("192.0.2.1", 0)


def test_ipv6():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with listen("::1", 0) as listener:
        assert listener.getsockname()[0] == "::1"


def test_host_that_is_not_ours():
    with pytest.raises(StartError, match=r"^cannot listen on 203\.0\.113\.1 port 0: .*; choose another with --host"):
        listen("203.0.113.1", 0)
