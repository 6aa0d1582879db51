"""The composition root: makes every object once from the settings, hands them down, and closes them in reverse.

Start here to find the way. A request walks `server` (bytes, signature) -> `wire` (members) -> `operations.registry`
(role, function) -> `vision` (faces) -> `gallery` (rows and index) -> `operations.present` (members) -> `wire` (bytes).
"""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.routing import Route

from recognizance import __version__
from recognizance.api.jobs import WORKER
from recognizance.api.parts import Parts
from recognizance.api.reception import Reception
from recognizance.api.table import ENDPOINTS
from recognizance.audit.attestation import audited_parts
from recognizance.audit.drift import DriftWatch
from recognizance.audit.gate import AuditGate
from recognizance.audit.reruns import Reruns
from recognizance.audit.shelf import AuditShelf
from recognizance.audit.watched import DriftMetrics, WatchedCohort
from recognizance.evaluation.curve import Table, load_curve
from recognizance.front import Front
from recognizance.gallery import Gallery
from recognizance.governance.book import Book
from recognizance.governance.governance import build_governance
from recognizance.governance.housekeeping import Rounds
from recognizance.governance.rulebook import Place
from recognizance.jobs.board import Board
from recognizance.jobs.queue import Queue
from recognizance.jobs.queue import open_queue as make_queue
from recognizance.ledger.kinds import Json
from recognizance.live.addresses import Addresses
from recognizance.live.fleet import Fleet, StreamMetrics
from recognizance.live.runner import Runner
from recognizance.live.sink import KinesisLogin
from recognizance.models.card import Pack
from recognizance.models.catalog import find_pack
from recognizance.models.fetch import Progress, pull
from recognizance.operations.context import Services
from recognizance.operations.registry import Dispatcher
from recognizance.operations.watching import Watching, record
from recognizance.ports import Call, Clock, Objects, Result
from recognizance.server import create_server
from recognizance.settings import Settings
from recognizance.storage.database import Database
from recognizance.storage.folder import DataFolder
from recognizance.storage.halves import FILE, HalvesFile
from recognizance.storage.keys import KeyRing
from recognizance.storage.marks import open_vault
from recognizance.storage.objects import FolderObjects, S3Objects
from recognizance.values import AccessKey, Role
from recognizance.vault import Vault
from recognizance.vision.pipeline import build_vision
from recognizance.wire.paging import Pager


def utc_now() -> datetime:
    """The present time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Store:
    """The data folder opened: database, vault and keys. Key management needs no more than this."""

    folder: DataFolder
    database: Database
    vault: Vault
    keys: KeyRing


def open_store(settings: Settings, stack: ExitStack, *, exclusive: bool) -> Store:
    """Open the data folder; `exclusive` takes its lock, as a server does. `stack` closes what was opened."""
    folder = stack.enter_context(DataFolder.open(settings.data, exclusive=exclusive))
    url = settings.database_url.get_secret_value() if settings.database_url else folder.sqlite_url
    database = stack.enter_context(Database.open(url))
    halves = stack.enter_context(HalvesFile(folder.path / FILE))
    vault = open_vault(database, folder.master_key, halves)
    return Store(folder, database, vault, KeyRing(database, vault))


class App:
    """Everything behind the server, opened; a context manager that closes it."""

    def __init__(self, settings: Settings, *, clock: Clock = utc_now, progress: Progress | None = None) -> None:
        """Open the data folder, pull weights that are missing, load models and rebuild the indexes.

        Raises StartError's leaves, each with one line that says what to do.
        """
        self.settings = settings
        self._clock = clock
        with ExitStack() as stack:
            self.store = open_store(settings, stack, exclusive=True)
            pack = find_pack(settings.pack, settings.data / "cards")
            pull(pack, settings.models_folder, progress=progress)
            self.vision = build_vision(pack, settings.models_folder, max_pixels=settings.max_megapixels * 1_000_000)
            self.curve = load_curve(pack.space, settings.data / "curves")
            table = self.curve.table
            self.book = Book.open(self.store.folder, self.store.database, self.store.vault)
            shelf = AuditShelf(self.store.folder.path / "audits", self.book.public_key)
            self.gate = _gate(shelf, pack, table, settings.models_folder)
            self.drift = DriftWatch(self.gate.tail(clock()))
            cohort = WatchedCohort(table, self.drift.see)
            self.gallery = stack.enter_context(Gallery.open(self.store.database, self.store.vault, cohort, clock))
            self.governance = build_governance(
                self.store.database,
                self.store.vault,
                self.book,
                self.store.folder.signing_key(),
                self.gallery,
                alike=self._alike,
                audits=Reruns(shelf),
                audited_at=self._audited_at,
                fpir_target=settings.fpir_target,
            )
            self.book.append("start", self._start_entry(), at=clock())
            stack.enter_context(Rounds(self.governance.housekeeper.tend, clock))
            self.queue = stack.enter_context(open_queue(self.store))
            self.board = open_board(settings, self.store.database, self.queue.announce)
            self.addresses = Addresses(settings.streams)
            self.fleet = Fleet(self.store.database, self.addresses, clock)
            stack.callback(self.fleet.close)
            self.dispatch = Dispatcher(self._services())
            self._stack = stack.pop_all()

    def asgi(self) -> Starlette:
        """The HTTP application."""
        registry = CollectorRegistry()
        registry.register(DriftMetrics(self.drift))
        registry.register(StreamMetrics(self.fleet))

        def native(front: Front) -> list[Route]:
            return Reception(front, self._parts(), ENDPOINTS).routes()

        return create_server(
            self.dispatch,
            self.find_key,
            clock=self._clock,
            workers=self.settings.worker_count,
            max_body_bytes=self.settings.max_body_mib * 1024 * 1024,
            registry=registry,
            native=native,
        )

    def watch(self) -> None:
        """Run stream processors from now on, as a server does; first those that were running when it ended."""
        settings = self.settings
        secret = settings.s3_secret_key.get_secret_value() if settings.s3_secret_key else None
        runner = Runner(
            self.vision,
            Watching(self.dispatch, self.store.keys.find, self._clock),
            self.addresses,
            KinesisLogin(settings.s3_region, settings.s3_access_key, secret),
            record,
            self._clock,
        )
        self.fleet.begin(runner.run)

    def find_key(self, key_id: str) -> AccessKey | None:
        """A key by its id, that of this installation's workers too."""
        if key_id == WORKER:
            return worker_key(self.store.folder, self._clock())
        return self.store.keys.find(key_id)

    def call(self, operation: str, params: dict[str, Any]) -> Result:
        """Answer an operation for a person at this machine, who holds the data folder and so every key in it."""
        now = self._clock()
        key = AccessKey("local", Role.ADMINISTRATOR, "local", now, None)
        call = Call(operation, params, key, self.settings.region, str(uuid.uuid4()), now)
        return self.dispatch(call)

    def close(self) -> None:
        """Close everything, in reverse order of opening."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _parts(self) -> Parts:
        return Parts(
            governance=self.governance, board=self.board, dispatch=self.dispatch, find_key=self.store.keys.find
        )

    def _start_entry(self) -> dict[str, Json]:
        digests = {name.replace(" ", "-"): digest for name, digest in self.gate.digests().items()}
        return {"version": __version__, "model_digests": digests}

    def _audited_at(self, place: Place, now: datetime) -> datetime | None:
        return self.gate.audited_at(place.tags, place.collection.face_count, now)

    def _alike(self, collection_id: str, face_id: str, limit: int) -> list[tuple[str, float]]:
        found = self.gallery.search_by_face(collection_id, face_id, limit=limit, min_score=-1.0)
        return [(match.face.face_id, self.curve.similarity(match.score)) for match in found]

    def _services(self) -> Services:
        master = self.store.folder.master_key
        return Services(
            vision=self.vision,
            gallery=self.gallery,
            objects=open_objects(self.settings),
            curve=self.curve,
            pager=Pager(hmac.digest(master, b"recognizance pagination token", "sha256")),
            account=self.settings.account,
            image_key=hmac.digest(master, b"recognizance image id", "sha256"),
            gate=self.gate,
            governance=self.governance,
            clock=self._clock,
            jobs=self.board,
            streams=self.fleet,
        )


def worker_key(folder: DataFolder, now: datetime) -> AccessKey:
    """The key by which workers sign: whoever can read the data folder can make it, and nobody else."""
    secret = hmac.digest(folder.master_key, b"recognizance worker key", "sha256").hex()
    return AccessKey(WORKER, Role.WORKER, "video worker", now, None, secret)


def open_queue(store: Store) -> Queue:
    """The queue that wakes workers, beside the database."""
    secret = hmac.digest(store.folder.master_key, b"recognizance queue", "sha256")
    return make_queue(store.folder.path, store.database.url, secret)


def open_board(settings: Settings, database: Database, announce: Callable[[], object]) -> Board:
    """The board of the settings' database."""
    return Board(database, keep=timedelta(days=settings.job_days), announce=announce, most=settings.most_jobs)


def _gate(shelf: AuditShelf, pack: Pack, table: Table, models: Path) -> AuditGate:
    return AuditGate(shelf, audited_parts(pack, table), {card.file: models / card.file for card in pack.cards})


def open_objects(settings: Settings) -> Objects:
    """Buckets as folders or behind an S3 endpoint."""
    most = settings.max_video_mib * 1024 * 1024
    if settings.s3_endpoint is None:
        return FolderObjects(settings.data / "buckets", max_video_bytes=most)
    secret = settings.s3_secret_key.get_secret_value() if settings.s3_secret_key else None
    return S3Objects(settings.s3_endpoint, settings.s3_region, settings.s3_access_key, secret, max_video_bytes=most)
