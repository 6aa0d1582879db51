"""Where records go."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from recognizance.live.sink import KinesisLogin, SinkError, open_sink

LOGIN = KinesisLogin("eu-west-1", "key", "secret")
ARN = "arn:aws:kinesis:eu-west-1:123456789012:stream/records"
RECORD = {"FaceSearchResponse": []}


@pytest.fixture
def endpoint():
    """A local endpoint that answers with a status and notes what it was sent."""
    got = []

    class Handler(BaseHTTPRequestHandler):
        status = 200

        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            got.append((self.headers.get("x-amz-target"), json.loads(body)))
            self.send_response(self.status)
            self.end_headers()
            self.wfile.write(b'{"ShardId": "s", "SequenceNumber": "1"}')

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", got, Handler
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_file_gets_a_line_a_record(tmp_path):
    send = open_sink(f"file:{tmp_path / 'records'}", ARN, LOGIN)
    send(RECORD)
    send(RECORD)
    assert [json.loads(line) for line in (tmp_path / "records").read_text().splitlines()] == [RECORD, RECORD]


def test_a_webhook_is_posted_to(endpoint):
    url, got, _ = endpoint
    open_sink(url, ARN, LOGIN)(RECORD)
    assert got == [(None, RECORD)]


def test_a_kinesis_endpoint_gets_put_record(endpoint):
    url, got, _ = endpoint
    open_sink(f"kinesis:{url}", ARN, LOGIN)(RECORD)
    [(target, body)] = got
    assert target == "Kinesis_20131202.PutRecord"
    assert body["StreamName"] == "records"


@pytest.mark.parametrize("form", ["{}", "kinesis:{}"])
def test_who_refuses_records(endpoint, form):
    url, _, handler = endpoint
    handler.status = 500
    with pytest.raises(SinkError, match="does not take records"):
        open_sink(form.format(url), ARN, LOGIN)(RECORD)


def test_a_file_that_cannot_be_written(tmp_path):
    with pytest.raises(SinkError, match="cannot be written"):
        open_sink(f"file:{tmp_path}", ARN, LOGIN)(RECORD)
