from __future__ import annotations

import shlex

import pytest

from recognizance.cli import presence


@pytest.fixture(autouse=True)
def clean_shell(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)


def exports(text):
    """What a shell would export."""
    return dict(shlex.split(line)[1].split("=", 1) for line in text.splitlines())


def test_its_lines_point_clients_and_our_commands_here(cli, data):
    outcome = cli("env")
    assert exports(outcome.out) == {
        "AWS_ENDPOINT_URL_REKOGNITION": "http://127.0.0.1:5080",
        "AWS_SHARED_CREDENTIALS_FILE": str(data / "credentials"),
        "AWS_DEFAULT_REGION": "us-east-1",
        "RECOGNIZANCE_DATA": str(data),
    }
    assert "There is no key yet" in outcome.err


def test_json_says_the_same(cli):
    assert cli("env", "--json").json == exports(cli("env").out)


def test_odd_folders_are_quoted(cli, tmp_path):
    folder = tmp_path / "my $HOME; 'photos'"
    assert exports(cli("env", "--data", folder).out)["AWS_SHARED_CREDENTIALS_FILE"] == str(folder / "credentials")


def test_a_relative_folder_becomes_absolute(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert exports(cli("env", "--data", "here").out)["AWS_SHARED_CREDENTIALS_FILE"] == str(
        tmp_path / "here/credentials"
    )


@pytest.mark.parametrize(
    ("host", "url"),
    [("0.0.0.0", "http://127.0.0.1:5080"), ("::1", "http://[::1]:5080"), ("::", "http://[::1]:5080")],
    ids=["every address", "IPv6", "every address of IPv6"],
)
def test_clients_on_this_machine_use_loopback(cli, monkeypatch, host, url):
    monkeypatch.setenv("RECOGNIZANCE_HOST", host)
    assert exports(cli("env").out)["AWS_ENDPOINT_URL_REKOGNITION"] == url


def test_a_running_servers_address_counts(cli, data):
    data.mkdir()
    presence.announce(data, "http://127.0.0.1:41234")
    assert exports(cli("env").out)["AWS_ENDPOINT_URL_REKOGNITION"] == "http://127.0.0.1:41234"


def test_a_free_port_is_not_known_before_the_server_runs(cli, monkeypatch):
    monkeypatch.setenv("RECOGNIZANCE_PORT", "0")
    outcome = cli("env")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == "recognizance: the port is 0, which takes a free one: start the server first\n"


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_PROFILE"])
def test_what_overrules_the_lines_is_named(cli, monkeypatch, name):
    monkeypatch.setenv(name, "x")
    outcome = cli("env")
    assert len(exports(outcome.out)) == 4
    assert f"unset {name}" in outcome.err
