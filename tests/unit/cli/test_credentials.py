from __future__ import annotations

from datetime import UTC, datetime

import pytest

from recognizance.cli.credentials import as_profile, credentials_path, ensure_credentials, read_credentials
from recognizance.cli.failure import CommandError
from recognizance.storage.database import Database
from recognizance.storage.folder import DataFolder
from recognizance.storage.keys import KeyRing
from recognizance.values import AccessKey, Role
from recognizance.vault import Vault

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path):
    with DataFolder.open(tmp_path) as folder:
        yield folder


@pytest.fixture
def keys(folder):
    with Database.open(folder.sqlite_url) as database:
        yield KeyRing(database, Vault(folder.master_key))


def test_the_first_start_makes_an_administrator_whose_key_is_for_its_owner_alone(folder, keys):
    ensure_credentials(folder, keys, lambda: NOW)
    path = credentials_path(folder.path)
    assert path.stat().st_mode & 0o777 == 0o600
    [key] = keys.all()
    assert (key.role, key.created_at) == (Role.ADMINISTRATOR, NOW)
    assert read_credentials(folder.path) == (key.id, keys.find(key.id).secret)


def test_a_later_start_leaves_them_as_they_are(folder, keys):
    ensure_credentials(folder, keys, lambda: NOW)
    before = credentials_path(folder.path).read_bytes()
    ensure_credentials(folder, keys, lambda: NOW)
    assert credentials_path(folder.path).read_bytes() == before
    assert len(keys.all()) == 1


@pytest.mark.parametrize(
    "content",
    [None, b"", b"[default]\naws_access_key_id = RK\n", b"aws_access_key_id = RK\n", b"\xff\xfe"],
    ids=["missing", "empty", "without secret", "without profile", "no text"],
)
def test_credentials_that_cannot_be_read_say_what_to_do(tmp_path, content):
    if content is not None:
        credentials_path(tmp_path).write_bytes(content)
    with pytest.raises(CommandError, match=r"holds no key under \[default\]; remove it and start the server again"):
        read_credentials(tmp_path)


def test_a_secret_with_percent_signs_survives(tmp_path):
    key = AccessKey("RK1", Role.OPERATOR, "", NOW, None, "a%b%(c)s")
    credentials_path(tmp_path).write_text(as_profile(key, "default"))
    assert read_credentials(tmp_path) == ("RK1", "a%b%(c)s")
