"""A server on a socket and stock boto3 clients: the client is the judge of every operation and every error.

Vision is the fake one here, so that a test states the faces of its pictures; everything else is what users run.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from recognizance.app import open_store, utc_now
from recognizance.audit.gate import AuditGate
from recognizance.audit.reruns import Reruns
from recognizance.audit.shelf import AuditShelf
from recognizance.evaluation.cohort import Cohort
from recognizance.gallery import Gallery
from recognizance.governance.book import Book
from recognizance.governance.governance import Governance, build_governance
from recognizance.jobs.board import Board
from recognizance.live.addresses import Addresses
from recognizance.live.fleet import Fleet
from recognizance.operations.context import Services
from recognizance.operations.registry import Dispatcher
from recognizance.server import create_server
from recognizance.settings import Settings
from recognizance.storage.keys import KeyRing
from recognizance.storage.objects import FolderObjects
from recognizance.testing.curve import LinearCurve
from recognizance.testing.server import running
from recognizance.testing.vision import FakeVision
from recognizance.values import AccessKey, Role
from recognizance.wire.paging import Pager

ACCOUNT = "123456789012"
CAMERA = f"arn:aws:kinesisvideo:us-east-1:{ACCOUNT}:stream/door/1"
RECORDS = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/records"
STREAMS = {CAMERA: "rtsp://127.0.0.1/door", RECORDS: "file:/dev/null"}


@dataclass(frozen=True)
class Installation:
    """A running server and what a test may touch of it."""

    url: str
    keys: KeyRing
    buckets: Path
    gallery: Gallery
    governance: Governance
    board: Board

    @property
    def book(self) -> Book:
        return self.governance.book


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    data = tmp_path_factory.mktemp("data")
    with ExitStack() as stack:
        store = open_store(Settings(data=data), stack, exclusive=True)
        gallery = stack.enter_context(Gallery.open(store.database, store.vault, Cohort(LinearCurve.table)))
        buckets = data / "buckets"
        network = data / "network"
        network.write_bytes(b"weights")
        shelf = AuditShelf(data / "audits", store.folder.signing_key().public)
        gate = AuditGate(shelf, {"the network": hashlib.sha256(b"weights").hexdigest()}, {"the network": network})
        book = Book.open(store.folder, store.database, store.vault)
        governance = build_governance(
            store.database,
            store.vault,
            book,
            store.folder.signing_key(),
            gallery,
            alike=lambda name, face_id, limit: [
                (match.face.face_id, LinearCurve().similarity(match.score))
                for match in gallery.search_by_face(name, face_id, limit=limit, min_score=-1.0)
            ],
            audits=Reruns(shelf),
            audited_at=lambda place, now: gate.audited_at(place.tags, place.collection.face_count, now),
            fpir_target=1e-3,
        )
        board = Board(store.database, keep=timedelta(days=7))
        fleet = Fleet(store.database, Addresses(STREAMS), utc_now)
        fleet.begin(wait)
        stack.callback(fleet.close)
        services = Services(
            vision=FakeVision(),
            gallery=gallery,
            objects=FolderObjects(buckets),
            curve=LinearCurve(),
            pager=Pager(b"p" * 32),
            account=ACCOUNT,
            image_key=b"i" * 32,
            gate=gate,
            governance=governance,
            clock=utc_now,
            jobs=board,
            streams=fleet,
        )
        app = create_server(Dispatcher(services), store.keys.find, clock=utc_now, workers=4)
        url = stack.enter_context(running(app))
        yield Installation(url, store.keys, buckets, gallery, governance, board)


def wait(_processor: object, stop: threading.Event, _health: object, tell: Callable[[str | None], None]) -> None:
    """Runs a stream processor that sees nothing."""
    tell(None)
    stop.wait()


Connect = Callable[[AccessKey], Any]


@pytest.fixture(scope="session")
def connect(installation: Installation) -> Connect:
    """Make a stock client that signs with a key."""

    def connect(key: AccessKey) -> Any:
        return boto3.client(
            "rekognition",
            endpoint_url=installation.url,
            region_name="eu-west-1",
            aws_access_key_id=key.id,
            aws_secret_access_key=key.secret,
            config=Config(retries={"max_attempts": 1}),
        )

    return connect


@pytest.fixture(scope="session")
def client(installation: Installation, connect: Connect) -> Any:
    """A stock client of an administrator."""
    return connect(installation.keys.create(Role.ADMINISTRATOR, label="tests", now=utc_now()))


_numbers = count(1)


@pytest.fixture
def collection(client: Any) -> str:
    """A new, empty collection."""
    name = f"people-{next(_numbers)}"
    client.create_collection(CollectionId=name)
    return name


Refuses = Callable[..., str]


@pytest.fixture
def refuses() -> Refuses:
    """Call an operation that must fail with a code; returns the message."""

    def refuses(code: str, operation: Callable[..., Any], **params: Any) -> str:
        with pytest.raises(ClientError) as caught:
            operation(**params)
        response = caught.value.response
        assert response["Error"]["Code"] == code, response["Error"]
        assert response["ResponseMetadata"]["RequestId"]
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
        return str(response["Error"]["Message"])

    return refuses
