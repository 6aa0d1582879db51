"""Kills a server at random points of a loop of searches, and looks after each kill at what its ledger holds.

    python benchmarks/kills.py DATA [KILLS]

DATA is a data folder that does not exist yet. Three clients search over HTTP, as fast as they are answered, until the
server is killed (SIGKILL). Then every answer that one of them received has its entry, the entries continue those of
before and are whole, and the checkpoint in the file beside the database holds. Vision is the fake one, so that most of
a search is its record; everything else is what users run.
"""

from __future__ import annotations

import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from unittest.mock import patch

import orjson
import pybase64
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from recognizance.app import App, open_store, utc_now
from recognizance.cli.logs import configure_logs
from recognizance.governance.book import Book
from recognizance.ledger.verifier import Replay, open_note
from recognizance.models.catalog import DEFAULT_PACK
from recognizance.server import serve
from recognizance.settings import Settings
from recognizance.testing.vision import FakeVision, Person, sketch
from recognizance.values import AccessKey, Role

CLIENTS = 3
LONGEST_S = 0.1
"""A server is killed so long after its first answer, at most."""

_PEOPLE = 20
_COLLECTION = "people"
_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Answer:
    """What a client received: the status, and of a search the number of its entry and the id of its request."""

    status: int
    entry: int | None
    request_id: str


@dataclass(frozen=True)
class Installation:
    """A data folder, a port and a key: what outlives a server."""

    settings: Settings
    key: AccessKey

    @classmethod
    def make(cls, data: Path, port: int) -> Self:
        """A new installation, with people enrolled."""
        settings = settings_of(data, port)
        settings.models_folder.mkdir(parents=True)
        for card in DEFAULT_PACK.cards:  # only their digests are asked for
            (settings.models_folder / card.file).write_bytes(b"weights")
        with opened(settings) as app:
            app.call("CreateCollection", {"CollectionId": _COLLECTION})
            for name in map(str, range(_PEOPLE)):
                app.call("IndexFaces", {"CollectionId": _COLLECTION, "Image": {"Bytes": sketch(Person(name))}})
            return cls(settings, app.store.keys.create(Role.OPERATOR, "clients", utc_now()))

    def client(self) -> Client:
        """A client on a connection of its own."""
        return Client(self)

    @contextmanager
    def book(self) -> Iterator[Book]:
        """The ledger while no server runs, its end and the checkpoint beside it checked as at a start."""
        with ExitStack() as stack:
            store = open_store(self.settings, stack, exclusive=True)
            yield Book.open(store.folder, store.database, store.vault)


class Client:
    """Searches for one person after the other, by a request that is signed once."""

    def __init__(self, installation: Installation) -> None:
        self._http = http.client.HTTPConnection("127.0.0.1", installation.settings.port, timeout=_TIMEOUT_S)
        image = pybase64.b64encode(sketch(Person("7", variant=1))).decode()
        self._body = orjson.dumps({"CollectionId": _COLLECTION, "Image": {"Bytes": image}})
        headers = {
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": "RekognitionService.SearchFacesByImage",
        }
        url = f"http://127.0.0.1:{installation.settings.port}/"
        request = AWSRequest("POST", url, headers=headers, data=self._body)
        credentials = Credentials(installation.key.id, installation.key.secret)
        SigV4Auth(credentials, "rekognition", "us-east-1").add_auth(request)
        self._headers = dict(request.headers.items())

    def close(self) -> None:
        """End the connection."""
        self._http.close()

    def search(self) -> Answer:
        """Search once. Raises OSError or HTTPException where the server ends before the answer is whole."""
        self._http.request("POST", "/", self._body, self._headers)
        response = self._http.getresponse()
        response.read()
        entry = response.headers.get("x-recognizance-ledger")
        return Answer(response.status, None if entry is None else int(entry), response.headers["x-amzn-requestid"])


class Servers:
    """Servers of an installation, one after the other. A context manager.

    One process imports everything once and forks a child for each server: the child is what gets killed, and its
    start costs little.
    """

    def __init__(self, installation: Installation) -> None:
        settings = installation.settings
        command = (sys.executable, __file__, "--fork", str(settings.data), str(settings.port))
        self._forker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._forker.communicate()  # the end of its input is its end

    def start(self) -> int:
        """Start the next server; its process id when it takes connections."""
        assert self._forker.stdin is not None
        self._forker.stdin.write("go\n")
        self._forker.stdin.flush()
        return int(self._line())

    def kill(self, process_id: int) -> None:
        """Kill it, and wait until it is gone."""
        os.kill(process_id, signal.SIGKILL)
        assert self._line() == "ended"

    def _line(self) -> str:
        assert self._forker.stdout is not None
        return self._forker.stdout.readline().strip()


class Trial:
    """An installation whose servers are killed; `answered` has the request of each entry that a client was told of."""

    def __init__(self, installation: Installation, seed: int = 1) -> None:
        self.installation = installation
        self.answered: dict[int, str] = {}
        self._moments = random.Random(seed)
        self._replay = Replay()

    def kill(self, servers: Servers) -> None:
        """Let clients search for a while, kill the server, and check what is left. Raises AssertionError."""
        process_id = servers.start()
        known = len(self.answered)
        with ThreadPoolExecutor(CLIENTS) as pool:
            clients = [pool.submit(self._search) for _ in range(CLIENTS)]
            while len(self.answered) == known and not any(client.done() for client in clients):
                time.sleep(0.001)
            time.sleep(self._moments.uniform(0, LONGEST_S))
            servers.kill(process_id)
            for client in clients:
                client.result()
        self._check()

    def _search(self) -> None:
        with closing(self.installation.client()) as client, suppress(OSError, http.client.HTTPException):
            while True:
                answer = client.search()
                assert answer.entry is not None, f"{answer} is not on record"
                self.answered[answer.entry] = answer.request_id

    def _check(self) -> None:
        """Read the entries that came since the last kill: whole, linked, and one for each answer."""
        with self.installation.book() as book:
            first = self._replay.tree.size
            requests = {}
            for row in book.stored(first=first):
                entry = self._replay.add(row.body.encode())
                requests[row.number] = entry.get("request_id")
            checkpoint = open_note(book.checkpoint(), book.anchor.key)
            assert (checkpoint.size, checkpoint.root) == (self._replay.tree.size, self._replay.tree.root())
        told = {index: request_id for index, request_id in self.answered.items() if index >= first}
        assert told == {index: requests.get(index) for index in told}


def settings_of(data: Path, port: int) -> Settings:
    """The settings of an installation, whatever the environment says."""
    return Settings.model_validate({"data": data, "models_dir": data / "models", "port": port, "database_url": None})


@contextmanager
def opened(settings: Settings) -> Iterator[App]:
    """The app on a data folder, with the fake vision and no weights."""
    with (
        patch("recognizance.app.build_vision", lambda *_, **__: FakeVision()),
        patch("recognizance.app.pull", lambda *_, **__: None),
        App(settings) as app,
    ):
        yield app


def fork_servers(settings: Settings) -> None:
    """For each line that comes in, serve in a child process until it is killed."""
    configure_logs(settings.log_format, "error")
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            with opened(settings) as app:
                serve(app.asgi(), settings.host, settings.port, announce=lambda _: _tell(os.getpid()))
            os._exit(0)
        os.waitpid(child, 0)
        _tell("ended")


def _tell(word: object) -> None:
    os.write(1, f"{word}\n".encode())


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def main(arguments: list[str]) -> int:
    """Kill as often as asked, and say how much was answered meanwhile."""
    if arguments[:1] == ["--fork"]:
        fork_servers(settings_of(Path(arguments[1]), int(arguments[2])))
        return 0
    if not arguments:
        print(__doc__)
        return 2
    kills = int(arguments[1]) if arguments[1:] else 1_000
    trial = Trial(Installation.make(Path(arguments[0]), free_port()))
    with Servers(trial.installation) as servers:
        for number in range(1, kills + 1):
            trial.kill(servers)
            print(f"\r{number} kills, {len(trial.answered)} answers, each on record", end="", flush=True)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
