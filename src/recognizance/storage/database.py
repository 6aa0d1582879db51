"""The database: one writer at a time, many readers, and a function as the unit of work.

Callers hand over a function that gets a connection; `write` runs it in one transaction, `read` in one snapshot. All
of it happens, or none. SQLite (in WAL mode) is the default, PostgreSQL the same by URL.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Self, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from recognizance.errors import RecognizanceError, StartError, StorageError
from recognizance.storage.migration import migrate

BUSY_TIMEOUT_MS = 10_000
"""How long to wait for another process that writes the same SQLite file."""

POOL_SIZE = 16
"""Connections kept open for the server's threads; more are made when needed."""

WRITER_LOCK = 0x7265636F676E
"""Name of PostgreSQL's advisory lock that a writing transaction holds, as SQLite's BEGIN IMMEDIATE does."""

Result = TypeVar("Result")

log = logging.getLogger(__name__)


@dataclass
class Transaction:
    """A write in progress on this thread, and what to tell once it is durable."""

    connection: Connection
    hooks: list[Callable[[], object]] = field(default_factory=list)


class Database:
    """An open, migrated database. Safe to call from several threads. Close it when done."""

    def __init__(self, engine: Engine) -> None:
        """Use `open`."""
        self._reader = engine
        self._writer = engine.execution_options(writes=True)
        self._turn = threading.Lock()
        self._local = threading.local()

    @classmethod
    def open(cls, url: str) -> Self:
        """Connect to a SQLAlchemy URL (`sqlite:///file` or `postgresql://...`) and bring its tables up to date.

        Raises NewerDataError for tables of a newer version, StartError for a URL that cannot be used.
        """
        database = cls(_engine(url))
        try:
            database.write(migrate)
        except RecognizanceError as error:
            database.close()
            if isinstance(error, StorageError):
                raise StartError(f"the database cannot be opened: {error}") from error
            raise
        return database

    @property
    def url(self) -> str:
        """The SQLAlchemy URL, password included."""
        return self._reader.url.render_as_string(hide_password=False)

    def close(self) -> None:
        """Close all connections."""
        self._reader.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` on a connection that sees everything committed; inside a write of this thread, on that one."""
        if outer := self._transaction:
            return work(outer.connection)
        with _storage_errors(), self._reader.begin() as connection:
            return work(connection)

    def write(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in one transaction that is durable when this returns, and undone if `work` raises.

        Inside a write of the same thread it joins that transaction: its changes last only if the outer one commits.
        """
        if outer := self._transaction:
            with _storage_errors(), outer.connection.begin_nested():
                return work(outer.connection)
        with self._turn:
            with _storage_errors(), self._writer.begin() as connection:
                self._local.transaction = Transaction(connection)
                try:
                    result = work(connection)
                    hooks = self._local.transaction.hooks
                finally:
                    self._local.transaction = None
            # Still this thread's turn: hooks of all writes run in the order of their commits.
            for hook in hooks:
                hook()
        return result

    @property
    def is_writing(self) -> bool:
        """Whether a write is in progress on this thread; a further `write` joins it."""
        return self._transaction is not None

    def after_commit(self, hook: Callable[[], object]) -> None:
        """Run `hook` when the write in progress on this thread is durable, before the next write starts.

        It may read, but not write.
        """
        transaction = self._transaction
        if transaction is None:
            raise RuntimeError("after_commit is for use inside Database.write")
        transaction.hooks.append(hook)

    def scrub_log(self) -> None:
        """Empty SQLite's write-ahead log, where erased rows outlive their pages. For use in an `after_commit` hook.

        Does nothing on PostgreSQL, whose dead rows and log live until its own vacuum and recycling.
        """
        if self._reader.dialect.name != "sqlite":
            return
        with closing(self._reader.raw_connection()) as connection:
            try:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            except sqlite3.Error as error:  # the rows are erased and that is durable: only the log is left for later
                log.warning("the write-ahead log could not be emptied: %s", error)

    @property
    def _transaction(self) -> Transaction | None:
        transaction: Transaction | None = getattr(self._local, "transaction", None)
        return transaction


@contextmanager
def _storage_errors() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, PoolTimeoutError) as error:
        # The driver's first line alone: further lines, and SQLAlchemy's own text, can quote what was being stored.
        reason = str(getattr(error, "orig", error)).partition("\n")[0]
        raise StorageError(f"the store cannot read or write: {reason}; nothing was changed") from error


def _engine(text: str) -> Engine:
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise StartError(
            "the database URL cannot be read: write sqlite:///FILE or postgresql://USER@HOST/NAME"
        ) from error
    match url.get_backend_name():
        case "sqlite":
            return _sqlite_engine(url)
        case "postgresql":
            return _postgresql_engine(url)
        case other:
            raise StartError(f"the database is to be sqlite or postgresql, not {other}")


def _sqlite_engine(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise StartError("the database URL names no file: write sqlite:///FILE")
    engine = create_engine(url, hide_parameters=True, pool_size=POOL_SIZE, max_overflow=-1)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # `begin` below starts transactions, not the driver behind our back
        for pragma in (
            f"busy_timeout = {BUSY_TIMEOUT_MS}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql_engine(url: URL) -> Engine:
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            hide_parameters=True,
            pool_size=POOL_SIZE,
            max_overflow=-1,
            pool_pre_ping=True,
        )
    except ModuleNotFoundError as error:
        raise StartError("PostgreSQL needs its driver: pip install 'recognizance[postgres]'") from error

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("writes", False):
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")

    return engine
