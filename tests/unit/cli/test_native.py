"""How commands find the server and the key: every way to fail is one line that says what to do."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

ENDPOINT = "AWS_ENDPOINT_URL_REKOGNITION"


@pytest.fixture(autouse=True)
def no_aws(monkeypatch, tmp_path):
    for name in (ENDPOINT, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))


@pytest.fixture
def key(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "RK1")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")


class Stranger(BaseHTTPRequestHandler):
    """Answers as something that is not Recognizance."""

    def do_GET(self):
        self.send_error(502)

    def log_message(self, *_):
        pass


@pytest.fixture
def stranger():
    server = HTTPServer(("127.0.0.1", 0), Stranger)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_without_a_server(cli, data):
    outcome = cli("stop", "list")
    assert outcome.code == 1
    assert outcome.err == (
        f"recognizance: no server runs on {data}: start it with `recognizance serve`, or name one in {ENDPOINT}\n"
    )


def test_a_server_that_is_gone(cli, monkeypatch, key):
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:9")
    outcome = cli("stop", "list")
    assert outcome.code == 1
    assert "the server at http://127.0.0.1:9 does not answer" in outcome.err
    assert "start it with `recognizance serve`" in outcome.err


def test_a_server_that_is_another(cli, monkeypatch, key, stranger):
    monkeypatch.setenv(ENDPOINT, stranger)
    outcome = cli("stop", "list")
    assert (outcome.code, "answered 502: is it Recognizance?" in outcome.err) == (1, True)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        pytest.param((), "holds no key under [default]", id="the data folder has none"),
        pytest.param(("--profile", "nobody"), "The config profile (nobody) could not be found", id="no such profile"),
        pytest.param(("--profile", "empty"), "the profile empty holds no key", id="a profile without a key"),
    ],
)
def test_without_a_key(cli, monkeypatch, tmp_path, options, text):
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    (tmp_path / "config").write_text("[profile empty]\nregion = eu-west-1\n")
    outcome = cli("stop", "list", *options)
    assert (outcome.code, text in outcome.err) == (1, True), outcome.err


def test_a_document_that_is_no_text(cli, tmp_path):
    file = tmp_path / "policy.toml"
    file.write_bytes(b"\xff")
    outcome = cli("policy", "put", file)
    assert outcome.err == f"recognizance: {file} is not UTF-8 text; name a text file\n"
