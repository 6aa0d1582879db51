"""The data folder: made once, locked by one server, and refused with one line that says what to do."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import sys

import pytest

from recognizance.errors import FolderLockedError, NewerDataError, StartError, StorageError
from recognizance.storage.folder import DataFolder


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_folder_is_private_and_has_a_key(tmp_path):
    with DataFolder.open(tmp_path / "a" / "data") as folder:
        assert mode(folder.path) == 0o700
        assert mode(folder.master_key_path) == 0o600
        assert len(folder.master_key) == 32
        assert folder.sqlite_url == f"sqlite:///{folder.path}/recognizance.db"
        assert sorted(path.name for path in folder.path.iterdir()) == ["lock", "master.key", "version"]


def test_the_key_stays_the_same(tmp_path):
    keys = []
    for _ in range(2):
        with DataFolder.open(tmp_path) as folder:
            keys.append(folder.master_key)
    assert keys[0] == keys[1]


def test_a_second_server_is_told_who_holds_the_folder(tmp_path):
    with (
        DataFolder.open(tmp_path),
        pytest.raises(FolderLockedError, match=rf"in use by process {os.getpid()}: stop that server"),
    ):
        DataFolder.open(tmp_path)


def test_a_command_opens_the_folder_beside_a_server(tmp_path):
    with DataFolder.open(tmp_path) as server, DataFolder.open(tmp_path, exclusive=False) as command:
        assert command.master_key == server.master_key


def test_the_lock_goes_with_its_process(tmp_path):
    holder = (
        "import sys, pathlib, time; from recognizance.storage.folder import DataFolder\n"
        "folder = DataFolder.open(pathlib.Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", holder, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(FolderLockedError, match=f"process {process.pid}"):
            DataFolder.open(tmp_path)
        process.kill()
    with DataFolder.open(tmp_path):
        pass


def test_closing_twice_is_fine(tmp_path):
    folder = DataFolder.open(tmp_path)
    folder.close()
    folder.close()


@pytest.mark.parametrize(
    ("version", "error", "message"),
    [
        ("2", NewerDataError, "has format 2, this version reads up to 1: upgrade"),
        ("?", StartError, "holds no number"),
        ("", StartError, "holds no number"),
    ],
)
def test_a_folder_of_an_unreadable_version_is_refused(tmp_path, version, error, message):
    with DataFolder.open(tmp_path):
        pass
    (tmp_path / "version").write_text(version)
    with pytest.raises(error, match=message):
        DataFolder.open(tmp_path)
    (tmp_path / "version").write_text("1")
    with DataFolder.open(tmp_path):  # the refusal left no lock behind
        pass


@pytest.mark.parametrize(
    ("case", "content", "message"),
    [
        ("not base64", "not base64!", "cannot be read"),
        ("too short", "AAAA", "holds 3 bytes, not 32"),
    ],
)
def test_a_damaged_key_is_refused(tmp_path, case, content, message):
    with DataFolder.open(tmp_path) as folder:
        folder.master_key_path.write_text(content)
        with pytest.raises(StartError, match=message):
            _ = folder.master_key


def test_a_missing_key_beside_a_database_is_refused(tmp_path):
    (tmp_path / "recognizance.db").touch()
    with pytest.raises(StartError, match=r"master\.key is missing .* put your backup back"):
        DataFolder.open(tmp_path)


def test_a_key_that_others_can_read_is_warned_about(tmp_path, caplog):
    with DataFolder.open(tmp_path) as folder:
        folder.master_key_path.chmod(0o644)
    with caplog.at_level(logging.WARNING), DataFolder.open(tmp_path):
        assert "can be read by other users" in caplog.text


def test_a_path_that_is_no_folder_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match="cannot be used: File exists"):
        DataFolder.open(tmp_path / "file")


def test_a_private_file_is_written_once(tmp_path):
    with DataFolder.open(tmp_path) as folder:
        assert folder.create_private("credentials", b"first")
        assert not folder.create_private("credentials", b"second")
        assert (tmp_path / "credentials").read_bytes() == b"first"
        assert mode(tmp_path / "credentials") == 0o600


def test_a_private_file_that_cannot_be_written_says_so(tmp_path):
    with (
        DataFolder.open(tmp_path) as folder,
        pytest.raises(StorageError, match="cannot be written: No such file or directory"),
    ):
        folder.create_private("missing/credentials", b"")


def test_a_start_writes_nothing_that_is_there(tmp_path, monkeypatch):
    DataFolder.open(tmp_path).close()
    monkeypatch.setattr(
        DataFolder, "create_private", lambda *_: pytest.fail("a full disk keeps no server from starting")
    )
    DataFolder.open(tmp_path).close()
