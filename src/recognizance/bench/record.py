"""What its record costs a search: through the dispatcher, with the ledger and in turn without."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Any

from recognizance.app import App, utc_now
from recognizance.bench.enrolled import COLLECTION, write_gallery
from recognizance.bench.ledger import bare_file, commit
from recognizance.bench.material import at_megapixels
from recognizance.bench.report import Figure, Floor, Spread, Target
from recognizance.bench.timing import Action, interleave
from recognizance.bench.workbench import Workbench
from recognizance.ledger.kinds import Json
from recognizance.operations.registry import Dispatcher
from recognizance.ports import Call
from recognizance.settings import Settings
from recognizance.values import AccessKey, Role

_FACES = 10_000
_PROBES = 500
_ROUNDS = 200
_CLIENT_ROUNDS = 5
_CLIENTS = 8
_EACH = 4


class Unrecorded:
    """A `Ledger` that keeps nothing."""

    def append(self, kind: str, fields: Mapping[str, Json], *, at: object) -> int:  # noqa: ARG002 - the Protocol's
        """Nothing, under number 0."""
        return 0

    def keep_apart(self, what: str, text: str) -> dict[str, Json]:  # noqa: ARG002 - as above
        """A reference to nothing."""
        return {}

    def image_digest(self, data: bytes) -> str:  # noqa: ARG002 - as above
        """The digest of nothing."""
        return ""


@dataclass(frozen=True, slots=True)
class Asker:
    """Searches through a dispatcher, as requests do when they are parsed."""

    dispatch: Dispatcher
    key: AccessKey

    def ask(self, operation: str, **members: Any) -> None:
        """Ask once."""
        members["CollectionId"] = COLLECTION
        self.dispatch(Call(operation, members, self.key, "us-east-1", str(uuid.uuid4()), utc_now()))


def search(bench: Workbench) -> list[Figure]:
    """One client's searches for enrolled faces, which need no vision; and eight clients' searches by picture."""
    with _askers(bench) as (recorded, unrecorded, face_ids), bare_file(bench.scratch / "commits.db") as bare:
        turns = [cycle(face_ids), cycle(face_ids)]
        once = (
            lambda: recorded.ask("SearchFaces", FaceId=next(turns[0])),
            lambda: unrecorded.ask("SearchFaces", FaceId=next(turns[1])),
            lambda: commit(bare, 1),
        )
        with_record, without, commits = interleave(once, rounds=bench.rounds(_ROUNDS))
        picture = at_megapixels(bench.portrait, 1.0)
        with ThreadPoolExecutor(bench.cores) as pool:  # the server too answers with a thread for each core
            many = [_clients(bench, pool, asker, picture) for asker in (recorded, unrecorded)]
            rates = interleave(many, rounds=bench.rounds(_CLIENT_ROUNDS), warm_up=1)
    added = [one - other for one, other in zip(with_record, without, strict=True)]
    count = bench.size(_CLIENTS * _EACH)
    by_clients, unrecorded_clients = (Spread.of([count / taken for taken in each]) for each in rates)
    return [
        Figure(
            "record",
            f"what its record adds to a search in {bench.size(_FACES):,} faces",
            "ms",
            Spread.of(added, 1e3),
            Floor("a row in a bare SQLite file", Spread.of(commits, 1e3)),
            Target("at most", 1.0, "median"),
        ),
        Figure(
            "record.search",
            "SearchFaces with its record, without HTTP",
            "ms",
            Spread.of(with_record, 1e3),
            Floor("without record", Spread.of(without, 1e3)),
        ),
        Figure(
            "record.clients",
            f"SearchFacesByImage with its record, {_CLIENTS} clients, without HTTP",
            "/s",
            by_clients,
            Floor("without record", unrecorded_clients),
            Target("at least", 0.9, "ratio"),
        ),
    ]


@contextmanager
def _askers(bench: Workbench) -> Iterator[tuple[Asker, Asker, list[str]]]:
    """Two that search one new installation, the second without record, and ids of faces in it."""
    data = bench.scratch / "record"
    write_gallery(data, bench.pack, bench.size(_FACES))
    key = AccessKey("bench", Role.OPERATOR, "bench", utc_now(), None)
    with App(Settings.model_validate({"data": data, "models_dir": bench.models, "database_url": None})) as app:
        governance = app.governance
        rulebook = replace(governance.rulebook, ledger=Unrecorded())
        services = replace(app.dispatch.services, governance=replace(governance, rulebook=rulebook))
        faces = app.gallery.faces(COLLECTION, after=None, limit=_PROBES)
        yield Asker(app.dispatch, key), Asker(Dispatcher(services), key), [face.face_id for face in faces]


def _clients(bench: Workbench, pool: ThreadPoolExecutor, asker: Asker, picture: bytes) -> Action:
    """Searches by picture of eight clients, who ask again as soon as they are answered."""
    count = bench.size(_CLIENTS * _EACH)

    def run() -> None:
        for answer in [pool.submit(asker.ask, "SearchFacesByImage", Image={"Bytes": picture}) for _ in range(count)]:
            answer.result()

    return run
