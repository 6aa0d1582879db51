from __future__ import annotations

import os

import pytest

from recognizance.cli import presence
from recognizance.cli.client import running_server
from recognizance.cli.presence import Presence
from recognizance.storage.folder import DataFolder


def test_nobody_is_announced_in_a_new_folder(tmp_path):
    assert presence.find(tmp_path) is None
    assert presence.find(tmp_path / "absent") is None


def test_an_announcement_lasts_as_long_as_the_server(tmp_path):
    presence.announce(tmp_path, "http://127.0.0.1:1")  # a killed server's
    with presence.removed_at_end(tmp_path):
        assert presence.find(tmp_path) is None
        presence.announce(tmp_path, "http://127.0.0.1:5080")
        assert presence.find(tmp_path) == Presence("http://127.0.0.1:5080", os.getpid())
    assert list(tmp_path.iterdir()) == []


def test_an_announced_server_runs_while_the_folder_is_locked(tmp_path):
    presence.announce(tmp_path, "http://127.0.0.1:5080")
    with DataFolder.open(tmp_path):
        assert running_server(tmp_path) == Presence("http://127.0.0.1:5080", os.getpid())


def test_what_a_killed_server_left_is_removed(tmp_path):
    presence.announce(tmp_path, "http://127.0.0.1:5080")
    assert running_server(tmp_path) is None
    assert presence.find(tmp_path) is None


@pytest.mark.parametrize(
    ("listening", "reached"),
    [
        ("http://0.0.0.0:80", "http://127.0.0.1:80"),
        ("http://[::]:80", "http://[::1]:80"),
        ("http://10.0.0.5:80", "http://10.0.0.5:80"),
    ],
    ids=["every address", "every address of IPv6", "one address"],
)
def test_a_server_on_every_address_is_reached_on_loopback(listening, reached):
    assert presence.local_url(listening) == reached
