"""The ledger: entries a second, in memory beside a bare hash chain, and durable beside bare commits."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from recognizance.bench.report import Figure, Floor, Spread, Target
from recognizance.bench.timing import interleave
from recognizance.bench.workbench import Workbench
from recognizance.governance.book import Book
from recognizance.ledger.entry import Draft, compose
from recognizance.ledger.example import search_fields
from recognizance.ledger.kinds import check
from recognizance.ledger.verifier import FIRST, Tree, leaf_hash
from recognizance.storage.database import Database
from recognizance.storage.folder import DataFolder
from recognizance.storage.marks import open_vault

_ENTRIES = 10_000
_DURABLE = 2_000
_CLIENTS = 8
_ROUNDS = 5


def record(bench: Workbench) -> list[Figure]:
    """Searches recorded in memory, and durably by one client and by eight at once, who share commits."""
    count, durable, rounds = bench.size(_ENTRIES), bench.size(_DURABLE), bench.rounds(_ROUNDS)
    memory, chain = interleave((lambda: _in_memory(count), lambda: _chain(count)), rounds=rounds, warm_up=1)
    with _open_book(bench.scratch / "ledger") as book, bare_file(bench.scratch / "bare.db") as bare:
        eight, one, commits = interleave(
            (
                lambda: _by_clients(book, durable, _CLIENTS),
                lambda: _by_clients(book, durable, 1),
                lambda: commit(bare, durable),
            ),
            rounds=rounds,
            warm_up=1,
        )
    floor = Floor("rows in a bare SQLite file, a commit each", _rate(durable, commits))
    return [
        Figure(
            "ledger",
            "searches checked, written canonically, chained and treed in memory",
            "/s",
            _rate(count, memory),
            Floor("a bare SHA-256 chain over as many bytes", _rate(count, chain)),
            Target("at least", 10_000, "median"),
        ),
        Figure("ledger.durable", f"durable and signed, {_CLIENTS} clients at once", "/s", _rate(durable, eight), floor),
        Figure("ledger.alone", "durable and signed, one client", "/s", _rate(durable, one), floor),
    ]


def _rate(count: int, seconds: Sequence[float]) -> Spread:
    return Spread.of([count / taken for taken in seconds])


def _in_memory(count: int) -> None:
    tree, previous, fields = Tree(), FIRST, search_fields()
    for index in range(count):
        check("search", fields)
        entry = compose(Draft("search", fields, datetime.now(UTC)), index=index, previous=previous, last=None)
        leaf = leaf_hash(entry.body)
        tree.add(leaf)
        previous = leaf.hex()


def _chain(count: int) -> None:
    body = compose(Draft("search", search_fields(), datetime.now(UTC)), index=0, previous=FIRST, last=None).body
    previous = b""
    for _ in range(count):
        previous = hashlib.sha256(previous + body).digest()


def _by_clients(book: Book, count: int, clients: int) -> None:
    fields = search_fields()

    def client(share: range) -> None:
        for _ in share:
            book.append("search", fields, at=datetime.now(UTC))

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(client, [range(number, count, clients) for number in range(clients)]))


def commit(bare: sqlite3.Connection, count: int) -> None:
    """Write rows as large as an entry to a file of `bare_file`, a commit each."""
    body = str(search_fields())
    for _ in range(count):
        bare.execute("INSERT INTO entries (body) VALUES (?)", (body,))
        bare.commit()


@contextmanager
def _open_book(path: Path) -> Iterator[Book]:
    """The ledger of a new data folder, on SQLite whatever the settings say."""
    with DataFolder.open(path) as folder, Database.open(folder.sqlite_url) as database:
        yield Book.open(folder, database, open_vault(database, folder.master_key))


@contextmanager
def bare_file(path: Path) -> Iterator[sqlite3.Connection]:
    """A table in a file that is as durable as ours."""
    with closing(sqlite3.connect(path)) as connection:
        for statement in (
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = FULL",
            "CREATE TABLE entries (number INTEGER PRIMARY KEY, body TEXT)",
        ):
            connection.execute(statement)
        yield connection
