"""The database: all or nothing, one writer, readers beside it, and clear errors when it cannot go on."""

from __future__ import annotations

import sqlite3
import threading

import pytest
from sqlalchemy import insert, select

from recognizance.errors import NewerDataError, StartError, StorageError
from recognizance.storage.database import Database
from recognizance.storage.schema import marks

SOON_S = 10.0


def put(name, sealed=b"x"):
    return lambda connection: connection.execute(insert(marks).values(name=name, sealed=sealed))


def names(database):
    return database.read(lambda connection: sorted(connection.scalars(select(marks.c.name))))


def test_what_is_written_is_there_after_reopening(database, database_url):
    database.write(put("a"))
    database.close()
    with Database.open(database_url) as again:
        assert names(again) == ["a"]


def test_an_error_undoes_the_whole_write_and_is_not_wrapped(database):
    def work(connection):
        put("a")(connection)
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        database.write(work)
    assert names(database) == []


def test_an_inner_write_joins_the_outer_one(database):
    def work(_connection):
        database.write(put("a"))
        assert names(database) == ["a"]
        raise LookupError("outer")

    with pytest.raises(LookupError, match="outer"):
        database.write(work)
    assert names(database) == []


def test_an_inner_write_that_fails_leaves_the_outer_one_whole(database):
    def inner(connection):
        put("b")(connection)
        raise LookupError("inner")

    def outer(connection):
        put("a")(connection)
        with pytest.raises(LookupError, match="inner"):
            database.write(inner)

    database.write(outer)
    assert names(database) == ["a"]


def test_hooks_run_after_the_commit_in_order(database):
    told = []

    def work(connection):
        database.after_commit(lambda: told.append(("first", names(database))))
        database.write(lambda _: database.after_commit(lambda: told.append(("second", names(database)))))
        put("a")(connection)
        assert told == []

    database.write(work)
    assert told == [("first", ["a"]), ("second", ["a"])]


def test_hooks_do_not_run_when_nothing_was_committed(database):
    told = []

    def work(_connection):
        database.after_commit(lambda: told.append("hook"))
        raise LookupError

    with pytest.raises(LookupError):
        database.write(work)
    database.write(put("a"))
    assert told == []


def test_a_hook_outside_a_write_is_a_mistake(database):
    with pytest.raises(RuntimeError, match="inside Database"):
        database.after_commit(lambda: None)


def test_hooks_of_two_writers_run_in_the_order_of_their_commits(database):
    told, inside = [], threading.Event()

    def slow_hook():
        inside.set()
        second.join(0.1)  # the second writer cannot pass meanwhile
        told.append("first")

    second = threading.Thread(
        target=lambda: (
            inside.wait(SOON_S) and database.write(lambda _: database.after_commit(lambda: told.append("second")))
        )
    )
    second.start()
    database.write(lambda _: database.after_commit(slow_hook))
    second.join(SOON_S)
    assert told == ["first", "second"]


def test_readers_see_the_last_commit_while_a_write_goes_on(database):
    database.write(put("a"))
    seen = []

    def work(connection):
        put("b")(connection)
        reader = threading.Thread(target=lambda: seen.append(names(database)))
        reader.start()
        reader.join(SOON_S)

    database.write(work)
    assert seen == [["a"]]


def test_another_process_waits_for_its_turn(database, database_url):
    started = threading.Event()

    def beside():
        with Database.open(database_url) as other:
            started.set()
            other.write(put("b"))

    second = threading.Thread(target=beside)

    def work(connection):
        put("a")(connection)
        second.start()
        assert not started.wait(0.2)

    database.write(work)
    second.join(SOON_S)
    assert names(database) == ["a", "b"]


def test_a_broken_rule_of_the_tables_is_a_storage_error_without_the_values(database):
    database.write(put("a"))
    with pytest.raises(StorageError, match="nothing was changed") as caught:
        database.write(lambda connection: [put("b")(connection), put("a", b"secret")(connection)])
    assert "secret" not in f"{caught.value} {caught.value.__cause__}"
    assert names(database) == ["a"]


def test_the_tables_of_a_newer_version_are_refused(database, database_url):
    database.write(lambda connection: connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerDataError, match="revision 9999 of a newer version: upgrade Recognizance"):
        Database.open(database_url)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "URL cannot be read"),
        ("mysql://somewhere/x", "sqlite or postgresql, not mysql"),
        ("sqlite://", "names no file"),
        ("sqlite:////proc/no/such/folder/x.db", "cannot be opened: .*unable to open database file"),
        ("postgresql://nobody@127.0.0.1:1/x", "cannot be opened: .*onnection"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused(url, message):
    with pytest.raises(StartError, match=message):
        Database.open(url)


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "x.db").write_bytes(b"not a database" * 100)
    with pytest.raises(StartError, match=r"cannot be opened: .*not a database"):
        Database.open(f"sqlite:///{tmp_path / 'x.db'}")


def test_postgresql_without_its_driver_says_what_to_install(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StartError, match=r"pip install 'recognizance\[postgres\]'"):
        Database.open("postgresql://localhost/x")


@pytest.fixture
def small(tmp_path):
    """A SQLite database on a disk that is nearly full."""
    with Database.open(f"sqlite:///{tmp_path / 'small.db'}") as opened:
        opened.write(put("before"))
        pages = opened.read(lambda connection: connection.exec_driver_sql("PRAGMA page_count").scalar())
        opened.read(lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 4}"))
        yield opened


def test_a_full_disk_is_a_storage_error_and_changes_nothing(small):
    told = []

    def work(connection):
        small.after_commit(lambda: told.append("hook"))
        put("fits")(connection)
        put("does not", bytes(100_000))(connection)

    with pytest.raises(StorageError, match="database or disk is full; nothing was changed"):
        small.write(work)
    assert names(small) == ["before"]
    assert told == []
    small.write(put("after"))
    assert names(small) == ["after", "before"]


def test_sqlite_is_set_up_to_keep_and_to_erase(tmp_path):
    def pragmas(connection):
        wanted = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted]

    with Database.open(f"sqlite:///{tmp_path / 'x.db'}") as opened:
        assert opened.read(pragmas) == ["wal", 2, 1, 1]


def test_scrubbing_leaves_no_erased_bytes_in_any_file(tmp_path):
    needle = b"needle in the haystack"
    with Database.open(f"sqlite:///{tmp_path / 'x.db'}") as opened:
        opened.write(put("a", needle * 200))

        def erase(connection):
            connection.execute(marks.delete())
            opened.after_commit(opened.scrub_log)

        opened.write(erase)
        assert [path.name for path in tmp_path.iterdir() if needle in path.read_bytes()] == []


def test_a_log_that_cannot_be_emptied_is_a_warning(tmp_path, caplog, monkeypatch):
    class Broken:
        def cursor(self):
            raise sqlite3.OperationalError("disk I/O error")

        def close(self):
            pass

    with Database.open(f"sqlite:///{tmp_path / 'x.db'}") as opened:
        monkeypatch.setattr(opened._reader, "raw_connection", Broken)
        opened.write(lambda _: opened.after_commit(opened.scrub_log))
    assert "log could not be emptied: disk I/O error" in caplog.text


def test_scrubbing_is_left_to_postgresql_itself(postgresql_url):
    with Database.open(postgresql_url) as opened:
        opened.write(lambda _: opened.after_commit(opened.scrub_log))
