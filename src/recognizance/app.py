"""The composition root: makes every object once from the settings, hands them down, and closes them in reverse.

Start here to find the way. A request walks `server` (bytes, signature) -> `wire` (members) -> `operations.registry`
(role, function) -> `vision` (faces) -> `gallery` (rows and index) -> `operations.present` (members) -> `wire` (bytes).
"""

from __future__ import annotations

import hmac
import uuid
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from prometheus_client import CollectorRegistry
from starlette.applications import Starlette

from recognizance.audit.attestation import audited_parts
from recognizance.audit.drift import DriftWatch
from recognizance.audit.gate import AuditGate
from recognizance.audit.shelf import AuditShelf
from recognizance.audit.watched import DriftMetrics, WatchedCohort
from recognizance.evaluation.curve import Table, load_curve
from recognizance.gallery import Gallery
from recognizance.models.card import Pack
from recognizance.models.catalog import find_pack
from recognizance.models.fetch import Progress, pull
from recognizance.operations.context import Services
from recognizance.operations.registry import Dispatcher
from recognizance.ports import Call, Clock, Objects, Result
from recognizance.server import create_server
from recognizance.settings import Settings
from recognizance.storage.database import Database
from recognizance.storage.folder import DataFolder
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
    vault = open_vault(database, folder.master_key)
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
            self.gate = _gate(self.store.folder, pack, table, settings.models_folder)
            self.drift = DriftWatch(self.gate.tail(clock()))
            cohort = WatchedCohort(table, self.drift.see)
            self.gallery = stack.enter_context(Gallery.open(self.store.database, self.store.vault, cohort))
            self.dispatch = Dispatcher(self._services())
            self._stack = stack.pop_all()

    def asgi(self) -> Starlette:
        """The HTTP application."""
        registry = CollectorRegistry()
        registry.register(DriftMetrics(self.drift))
        return create_server(
            self.dispatch,
            self.store.keys.find,
            clock=self._clock,
            workers=self.settings.worker_count,
            max_body_bytes=self.settings.max_body_mib * 1024 * 1024,
            registry=registry,
        )

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

    def _services(self) -> Services:
        master = self.store.folder.master_key
        return Services(
            vision=self.vision,
            gallery=self.gallery,
            objects=_objects(self.settings),
            curve=self.curve,
            pager=Pager(hmac.digest(master, b"recognizance pagination token", "sha256")),
            account=self.settings.account,
            image_key=hmac.digest(master, b"recognizance image id", "sha256"),
            gate=self.gate,
            fpir_target=self.settings.fpir_target,
        )


def _gate(folder: DataFolder, pack: Pack, table: Table, models: Path) -> AuditGate:
    shelf = AuditShelf(folder.path / "audits", folder.signing_key().public)
    return AuditGate(shelf, audited_parts(pack, table), {card.file: models / card.file for card in pack.cards})


def _objects(settings: Settings) -> Objects:
    if settings.s3_endpoint is None:
        return FolderObjects(settings.data / "buckets")
    secret = settings.s3_secret_key.get_secret_value() if settings.s3_secret_key else None
    return S3Objects(settings.s3_endpoint, settings.s3_region, settings.s3_access_key, secret)
