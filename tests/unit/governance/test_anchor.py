"""A ledger put back to an earlier state, or altered, keeps the server from starting; a declared restore lets it."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select, update

from recognizance.errors import InvalidRequestError, StartError
from recognizance.governance.book import Book
from recognizance.governance.restore import accept_restore
from recognizance.ledger.example import search_fields
from recognizance.ledger.verifier import VerificationError, open_note, verify_ledger
from recognizance.storage import ledger as rows
from recognizance.storage.database import Database
from recognizance.storage.folder import DataFolder
from recognizance.storage.marks import open_vault

NOW = datetime(2026, 11, 25, 1, 2, 3, tzinfo=UTC)


@contextmanager
def opened(path, way=Book.open):
    """The ledger of a data folder, opened as a server does, or unchecked."""
    with DataFolder.open(path) as folder, Database.open(folder.sqlite_url) as database:
        yield way(folder, database, open_vault(database, folder.master_key))


def record(path, count, **changes):
    with opened(path) as book:
        for _ in range(count):
            book.append("search", search_fields(**changes), at=NOW)


@pytest.fixture
def path(tmp_path):
    """A data folder with a ledger of five entries."""
    record(tmp_path / "data", 5)
    return tmp_path / "data"


def back_up(path):
    return shutil.copytree(path, path.with_name("backup"))


def restore_database(path):
    """Put the backup's database in the live one's place, as somebody does who copies one file."""
    for name in ("recognizance.db", "recognizance.db-wal", "recognizance.db-shm"):
        (path / name).unlink(missing_ok=True)
    shutil.copy(path.with_name("backup") / "recognizance.db", path)


def refusal(path):
    with pytest.raises(StartError) as caught, opened(path):
        pass
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_ledger_that_is_whole_opens(path):
    record(path, 3)
    record(path, 0)


def test_a_crash_before_the_first_entry_reached_the_file_opens(tmp_path):
    record(tmp_path / "data", 0)
    empty = (tmp_path / "data" / "ledger.checkpoint").read_text()
    record(tmp_path / "data", 2)
    (tmp_path / "data" / "ledger.checkpoint").write_text(empty)
    record(tmp_path / "data", 0)


def test_an_older_file_is_what_a_crash_leaves_and_opens(path):
    older = (path / "ledger.checkpoint").read_text()
    record(path, 7)
    (path / "ledger.checkpoint").write_text(older)
    record(path, 0)
    assert (path / "ledger.checkpoint").read_text() != older


def test_a_backup_in_place_of_the_live_database_is_refused(path):
    back_up(path)
    record(path, 3)
    restore_database(path)
    message = refusal(path)
    assert "put back to an earlier state" in message
    assert "stands for 8 entries, of which the database (5 entries) does not hold all" in message
    assert "recognizance ledger accept-restore --reason" in message


def test_a_backup_that_went_its_own_way_is_refused(path):
    backup = back_up(path)
    record(path, 3)
    record(backup, 4, threshold=50)
    restore_database(path)
    assert "stands for 8 entries, of which the database (9 entries)" in refusal(path)


def test_a_backup_of_the_whole_folder_opens_because_nothing_here_can_tell(path):
    """Only whoever was given a later checkpoint can: see docs/ledger.md."""
    backup = back_up(path)
    record(path, 3)
    record(backup, 0)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda file: file.unlink(), "is missing beside a ledger of 5 entries"),
        (lambda file: file.write_text(""), "cannot be trusted: the checkpoint is no signed note"),
        (lambda file: file.write_bytes(b"\xff"), "cannot be trusted: the checkpoint is no signed note"),
        (lambda file: file.write_text(file.read_text().replace("\n5\n", "\n4\n")), "signature is false"),
    ],
    ids=["missing", "empty", "no text", "edited"],
)
def test_a_file_that_is_spoilt_is_refused_and_can_be_accepted(path, spoil, message):
    spoil(path / "ledger.checkpoint")
    assert message in refusal(path)
    with opened(path, Book.of) as book:
        index = accept_restore(book, "the disk was full", operator="local", at=NOW)
        entry = next(book.entries(first=index))
    assert (entry["lost_from"], entry["lost_to"], entry["lost_root"]) == (5, None, None)
    record(path, 1)


ENTRY = rows.entries.c


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (update(rows.entries).where(ENTRY.number == 2).values(body="{}"), "entry 2 is not the one that was recorded"),
        (update(rows.entries).where(ENTRY.number == 2).values(kind="stop"), "entry 2 is not the one that was recorded"),
        (
            update(rows.entries).where(ENTRY.number == 2).values(operator="X"),
            "entry 2 is not the one that was recorded",
        ),
        (
            update(rows.entries).where(ENTRY.number == 2).values(at=NOW.replace(2020)),
            "entry 2 is not the one that was recorded",
        ),
        (update(rows.entries).where(ENTRY.number == 4).values(nodes=bytes(32)), "not the one that was signed"),
        (delete(rows.entries).where(ENTRY.number == 4), "counts 5 entries, the head 5, and 4 are there"),
        (delete(rows.entries).where(ENTRY.number == 2), "entry 2 is not the one that was recorded"),
        (update(rows.heads).values(size=4), "counts 5 entries, the head 4, and 5 are there"),
        (update(rows.heads).values(previous="0" * 64), "the last entry is not that of the head"),
        (update(rows.heads).values(note="text"), "no signed note"),
        (delete(rows.heads), "5 entries have no head"),
    ],
)
def test_an_altered_database_is_refused_and_cannot_be_accepted(path, change, message):
    with opened(path) as book:
        book.database.write(lambda connection: connection.execute(change))
    told = refusal(path)
    assert "the ledger in the database was altered" in told
    assert message in told
    (path / "ledger.checkpoint").unlink()
    with opened(path, Book.of) as book, pytest.raises(StartError, match="was altered"):
        accept_restore(book, "please", operator="local", at=NOW)


def test_a_restore_that_is_accepted_names_what_is_lost_and_the_server_starts(path):
    back_up(path)
    record(path, 3)
    kept = (path / "ledger.checkpoint").read_text()
    restore_database(path)
    with opened(path, Book.of) as book:
        index = accept_restore(book, "the disk broke, we put Tuesday's backup back", operator="local", at=NOW)
        entry = next(book.entries(first=index))
        lost = open_note(kept, book.anchor.key)
        assert (entry["lost_from"], entry["lost_to"], entry["lost_root"]) == (5, 8, lost.root.hex())
        texts = book.reveal([entry["reason"]["ref"]], operator="local", case=None, at=NOW)
        assert [text.text for text in texts] == ["the disk broke, we put Tuesday's backup back"]
    record(path, 2)
    with opened(path) as book:
        head = open_note(book.checkpoint(), book.anchor.key)
        lines = [row.body.encode() for row in book.stored()]
        verify_ledger(lines, head)
        with pytest.raises(VerificationError, match="entry 5 declares it: a backup was put back"):
            verify_ledger(lines, head, [lost])


def test_a_restore_of_a_ledger_that_went_its_own_way_says_that_all_may_differ(path):
    backup = back_up(path)
    record(path, 3)
    record(backup, 4, threshold=50)
    restore_database(path)
    with opened(path, Book.of) as book:
        entry = next(book.entries(first=accept_restore(book, "mixed up", operator="local", at=NOW)))
    assert (entry["lost_from"], entry["lost_to"]) == (0, 8)


def test_where_nothing_is_lost_there_is_nothing_to_accept(path):
    with opened(path, Book.of) as book:
        with pytest.raises(InvalidRequestError, match="agree: there is nothing to accept"):
            accept_restore(book, "just so", operator="local", at=NOW)
        assert book.database.read(lambda connection: len(connection.execute(select(rows.texts)).all())) == 0


def test_the_file_is_one_sector_whatever_is_in_it(path):
    for count in (0, 96):  # from one digit to three
        record(path, count)
        assert (path / "ledger.checkpoint").stat().st_size == 512


def test_a_file_that_cannot_be_written_is_logged_and_stops_nobody(path, caplog):
    with opened(path) as book:
        book.anchor.path = path / "absent" / "ledger.checkpoint"
        assert book.append("search", search_fields(), at=NOW) == 5
    assert "ledger.checkpoint cannot be written: No such file or directory" in caplog.text
