from __future__ import annotations

import json

import pytest

from recognizance.cli import presence
from recognizance.errors import StartError

pytestmark = pytest.mark.usefixtures("sketched")


@pytest.fixture
def stopped_at_once(monkeypatch, data):
    """A server that takes connections, and stops at once; keeps what it was started with."""
    started = []

    def serve(app, host, port, *, announce):
        announce(f"http://{host}:{port}")
        started.append((host, port, presence.find(data)))

    monkeypatch.setattr("recognizance.server.serve", serve)
    return started


def test_serve_says_how_a_client_reaches_it(cli, data, stopped_at_once):
    outcome = cli("serve", "--port", "5081")
    assert outcome.code == 0
    assert "Recognizance 0.1.0 listens on http://127.0.0.1:5081" in outcome.out
    assert "export AWS_ENDPOINT_URL_REKOGNITION=http://127.0.0.1:5081\n" in outcome.out
    assert f"export AWS_SHARED_CREDENTIALS_FILE={data / 'credentials'}\n" in outcome.out
    assert 'or: eval "$(recognizance env)"' in outcome.out
    assert (data / "credentials").exists()


def test_serve_can_say_it_in_one_line_of_json(cli, data, stopped_at_once):
    outcome = cli("serve", "--json", "--host", "0.0.0.0")
    assert outcome.out.count("\n") == 1
    said = json.loads(outcome.out)
    assert said["url"] == "http://0.0.0.0:5080"
    assert said["environment"]["AWS_ENDPOINT_URL_REKOGNITION"] == "http://127.0.0.1:5080"


def test_the_folder_given_is_the_folder_told(cli, tmp_path, stopped_at_once):
    folder = tmp_path / "my data"
    assert f"recognizance env --data '{folder}'" in cli("serve", "--data", folder).out


def test_the_folder_says_where_the_server_is_until_it_stops(cli, data, stopped_at_once):
    cli("serve")
    [(host, port, announced)] = stopped_at_once
    assert (host, port, announced.url) == ("127.0.0.1", 5080, "http://127.0.0.1:5080")
    assert presence.find(data) is None


def test_a_second_start_keeps_the_key(cli, data, stopped_at_once):
    cli("serve")
    before = (data / "credentials").read_bytes()
    cli("serve")
    assert (data / "credentials").read_bytes() == before
    assert len(cli("keys", "list", "--json").json) == 1


def test_a_server_that_cannot_start_is_one_line(cli, monkeypatch):
    def serve(*_, **__):
        raise StartError("cannot listen on 127.0.0.1 port 5080: Address already in use; choose another with --port")

    monkeypatch.setattr("recognizance.server.serve", serve)
    outcome = cli("serve")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == (
        "recognizance: cannot listen on 127.0.0.1 port 5080: Address already in use; choose another with --port\n"
    )
