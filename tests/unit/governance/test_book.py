"""The ledger over a real store: durable entries, shared commits, texts kept apart, and its own checkpoint."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest
from sqlalchemy import func, select

from recognizance.errors import NotFoundError, StorageError
from recognizance.governance.book import Book
from recognizance.ledger.errors import IncompleteEntryError
from recognizance.ledger.example import search_fields
from recognizance.ledger.verifier import commitment, open_note, verify_ledger
from recognizance.storage import ledger as rows
from recognizance.storage.database import Database
from recognizance.storage.folder import DataFolder
from recognizance.storage.marks import open_vault

NOW = datetime(2026, 11, 25, 1, 2, 3, 456_000, tzinfo=UTC)
REFUSAL = {"operation": "SearchFaces", "request_id": "r", "operator": "RK1", "collection": "people", "code": "STOPPED"}


@pytest.fixture
def folder(tmp_path):
    with DataFolder.open(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def book(folder, database):
    return Book.open(folder, database, open_vault(database, folder.master_key))


def verified(book):
    """Check the whole ledger against its checkpoint with the verifier; gives how many entries of each kind there are."""
    lines = [row.body.encode() for row in book.stored()]
    return dict(verify_ledger(lines, open_note(book.checkpoint(), book.anchor.key)).kinds)


def test_entries_get_the_next_index_and_verify(book):
    assert [book.append("search", search_fields(), at=NOW) for _ in range(3)] == [0, 1, 2]
    assert book.append("refusal", REFUSAL, at=NOW) == 3
    assert verified(book) == {"search": 3, "refusal": 1}
    assert next(book.entries(first=3)) == {
        **REFUSAL, "v": 1, "index": 3, "kind": "refusal", "at": "2026-11-25T01:02:03.456Z",
        "previous": open_and_hash(book, 2),
    }  # fmt: skip


def open_and_hash(book, index):
    return next(book.stored(first=index)).nodes[: rows.HASH_BYTES].hex()


def test_an_empty_ledger_has_a_checkpoint(book):
    assert open_note(book.checkpoint(), book.anchor.key).size == 0
    assert book.anchor.read().size == 0
    assert verified(book) == {}


def test_the_file_follows_every_commit(book):
    book.append("search", search_fields(), at=NOW)
    assert book.anchor.path.read_text().rstrip() == book.checkpoint().rstrip()
    book.database.write(lambda _: [book.append("search", search_fields(), at=NOW) for _ in range(2)])
    assert book.anchor.read().size == 3


def test_a_ledger_goes_on_where_another_process_left_it(book, folder, database_url):
    book.append("search", search_fields(), at=NOW)
    with Database.open(database_url) as other:
        assert Book.open(folder, other, open_vault(other, folder.master_key)).append("refusal", REFUSAL, at=NOW) == 1
    assert book.append("search", search_fields(), at=NOW) == 2
    assert verified(book) == {"search": 2, "refusal": 1}


def test_an_incomplete_entry_is_refused_and_nothing_is_recorded(book):
    with pytest.raises(IncompleteEntryError, match="lacks code"):
        book.append("refusal", {name: value for name, value in REFUSAL.items() if name != "code"}, at=NOW)
    assert verified(book) == {}


def test_inside_a_transaction_the_entry_is_a_part_of_it(book):
    def change(_connection):
        assert book.append("refusal", REFUSAL, at=NOW) == 0
        assert book.append("refusal", REFUSAL, at=NOW) == 1
        raise StorageError("undone")

    with pytest.raises(StorageError, match="undone"):
        book.database.write(change)
    assert verified(book) == {}
    assert book.anchor.read().size == 0


def test_a_part_of_a_transaction_that_is_undone_takes_its_entries_along(book):
    def part(_connection):
        book.append("search", search_fields(), at=NOW)
        raise NotFoundError("undone")

    def change(_connection):
        book.append("refusal", REFUSAL, at=NOW)
        with pytest.raises(NotFoundError):
            book.database.write(part)
        return book.append("refusal", REFUSAL, at=NOW)

    assert book.database.write(change) == 1
    assert verified(book) == {"refusal": 2}
    assert book.anchor.path.read_text().rstrip() == book.checkpoint().rstrip()


def test_a_clock_that_was_set_back_shows_and_breaks_nothing(book):
    book.append("refusal", REFUSAL, at=NOW)
    book.append("refusal", REFUSAL, at=NOW - timedelta(days=1))
    first, second = book.entries()
    assert (second["at"], second["clock_back"]) == (first["at"], True)
    assert verified(book) == {"refusal": 2}


# --- many threads -------------------------------------------------------------------------------


def in_threads(count, work):
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_threads_share_commits_and_each_gets_its_own_index(book):
    gotten = []

    def work(number):
        for turn in range(10):
            if turn % 3 == 0:
                gotten.append(book.database.write(lambda _: book.append("refusal", REFUSAL, at=NOW)))
            else:
                gotten.append(book.append("search", search_fields(enrolled=number), at=NOW))

    in_threads(8, work)
    assert sorted(gotten) == list(range(80))
    assert verified(book) == {"search": 48, "refusal": 32}


def until(condition):
    while not condition():
        time.sleep(0.001)


def test_those_who_wait_are_written_in_one_transaction(book):
    """While another thread holds the writer, three entries wait: one transaction writes them all."""
    held, go = threading.Event(), threading.Event()

    def hold(_connection):
        held.set()
        go.wait(10)

    holder = threading.Thread(target=lambda: book.database.write(hold))
    holder.start()
    held.wait(10)
    threads = [threading.Thread(target=lambda: book.append("refusal", REFUSAL, at=NOW)) for _ in range(4)]
    threads[0].start()
    until(
        lambda: book._turn.locked() and not book._waiting
    )  # the first has taken its own entry and waits for the writer
    for thread in threads[1:]:
        thread.start()
    until(lambda: len(book._waiting) == 3)
    writes, write = [], book.database.write
    book.database.write = lambda work: writes.append(work) or write(work)
    go.set()
    for thread in [holder, *threads]:
        thread.join()
    assert len(writes) == 1
    assert verified(book) == {"refusal": 4}


def test_a_failure_is_that_of_one_and_the_others_are_written(book, monkeypatch):
    """The first who writes for all meets a full disk: his entry fails, the others are tried again."""
    write, failures, errors = book.database.write, [StorageError("disk full")], []
    barrier = threading.Barrier(4)

    def failing(work):
        if failures:
            raise failures.pop()
        return write(work)

    def work(_number):
        barrier.wait()
        try:
            book.append("refusal", REFUSAL, at=NOW)
        except StorageError as error:
            errors.append(str(error))

    monkeypatch.setattr(book.database, "write", failing)
    in_threads(4, work)
    assert errors == ["disk full"]
    assert verified(book) == {"refusal": 3}
    assert not book._waiting


# --- texts kept apart ---------------------------------------------------------------------------


def test_a_text_kept_apart_is_in_no_entry_and_comes_back_when_revealed(book):
    reference = book.keep_apart("case", "2026/17 Jürgen")
    book.append("search", MappingProxyType(search_fields(case_reference=reference)), at=NOW)
    text = book.reveal([reference["ref"]], operator="local", case=None, at=NOW)[0]
    assert (text.what, text.text) == ("case", "2026/17 Jürgen")
    assert commitment(bytes.fromhex(text.key), text.what, text.text) == reference["commitment"]
    bodies = "".join(row.body for row in book.stored())
    assert "rgen" not in bodies
    assert list(book.entries())[-1]["refs"] == [reference["ref"]]


def test_texts_are_sealed_at_rest(book, folder):
    book.append("search", search_fields(case_reference=book.keep_apart("case", "2026/17 Jürgen")), at=NOW)
    row = book.database.read(lambda connection: connection.execute(select(rows.texts)).one())
    assert "2026/17" not in str(row)


def test_the_same_text_has_the_same_reference_and_others_have_others(book):
    one = book.keep_apart("case", "2026/17")
    book.append("search", search_fields(case_reference=one), at=NOW)
    assert book.keep_apart("case", "2026/17") == one
    assert book.keep_apart("user", "2026/17")["ref"] != one["ref"]
    assert book.keep_apart("case", "2026/18")["ref"] != one["ref"]
    assert book.refs_of("case", "2026/17") == [one["ref"]]


def test_a_text_without_an_entry_is_not_kept(book):
    reference = book.keep_apart("case", "2026/17")
    assert book.refs_of("case", "2026/17") == []
    book.append("search", search_fields(case_reference=reference), at=NOW)
    book.append("search", search_fields(case_reference=reference), at=NOW)
    assert book.refs_of("case", "2026/17") == [reference["ref"]]


def test_an_erased_text_is_gone_and_the_chain_still_verifies(book):
    reference = book.keep_apart("user", "ada")
    book.append("search", search_fields(candidates=[{"user": reference, "similarity": 99}]), at=NOW)
    assert book.erase("user", "ada", operator="RK1", at=NOW) == [reference["ref"]]
    assert verified(book) == {"search": 1, "erasure": 1}
    assert book.reveal([reference["ref"]], operator="local", case=None, at=NOW) == []
    assert book.database.read(lambda connection: connection.scalar(select(func.count()).select_from(rows.texts))) == 0
    assert book.keep_apart("user", "ada")["ref"] != reference["ref"]


def test_a_text_that_is_not_kept_cannot_be_erased(book):
    with pytest.raises(NotFoundError, match="no such user is kept beside the ledger"):
        book.erase("user", "ada", operator="RK1", at=NOW)
    assert verified(book) == {}


def test_digests_of_pictures_are_keyed_by_the_installation(book, tmp_path, database):
    with DataFolder.open(tmp_path / "other") as folder:
        other = Book.of(folder, database, open_vault(database, book_key(book, tmp_path)))
        assert other.image_digest(b"picture") != book.image_digest(b"picture")
    assert book.image_digest(b"picture") == book.image_digest(b"picture")
    assert len(book.image_digest(b"picture")) == 64


def book_key(_book, tmp_path):
    with DataFolder.open(tmp_path / "data", exclusive=False) as folder:
        return folder.master_key


# --- finding ------------------------------------------------------------------------------------


def test_entries_are_found_by_kind_collection_case_and_operator(book):
    book.append("search", search_fields(collection="a", case="case-1"), at=NOW)
    book.append("search", search_fields(collection="b", operator="RK2"), at=NOW)
    book.append("refusal", REFUSAL, at=NOW)
    for filters, found in (
        ({}, [0, 1, 2]),
        ({"first": 1}, [1, 2]),
        ({"kinds": ["refusal", "vote"]}, [2]),
        ({"collection": "a"}, [0]),
        ({"case": ["case-1", "case-2"]}, [0]),
        ({"operator": "RK2"}, [1]),
        ({"collection": "a", "operator": "RK2"}, []),
    ):
        assert [row.number for row in book.stored(**filters)] == found, filters


def test_reading_goes_on_page_after_page(book, monkeypatch):
    monkeypatch.setattr("recognizance.governance.book.PAGE", 2)
    for _ in range(5):
        book.append("refusal", REFUSAL, at=NOW)
    assert [entry["index"] for entry in book.entries()] == [0, 1, 2, 3, 4]
