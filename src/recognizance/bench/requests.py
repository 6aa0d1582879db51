"""Requests over HTTP to a server as users run it, beside the bare decode and networks of the same picture."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from recognizance.bench.floors import bare
from recognizance.bench.installation import REGION, Installation, SignedCall
from recognizance.bench.material import at_megapixels
from recognizance.bench.report import Figure, Floor, Spread, Target
from recognizance.bench.timing import Action, interleave, seconds
from recognizance.bench.workbench import Workbench
from recognizance.models.card import Role

_ROUNDS = 40
_ENROL_PHOTOS = 500
_ENROL_PARTS = 5
_WARM_UP = 4
_GALLERY_PHOTOS = 20
_COLLECTION = "people"
_DETECTION = frozenset({Role.DETECTOR, Role.MESH})


def detect_faces(bench: Workbench) -> list[Figure]:
    """DetectFaces with a 1-megapixel photo of one face."""
    picture = at_megapixels(bench.portrait, 1.0)
    with Installation(bench.scratch / "detect", bench.models) as server:
        call = server.sign("DetectFaces", {"Image": {"Bytes": picture}})
        taken = _in_turn(bench, server, call, bare(bench, picture, _DETECTION))
    return _figures("detect", "DetectFaces", taken)


def search_faces_by_image(bench: Workbench) -> list[Figure]:
    """SearchFacesByImage with that photo, in a collection of a few faces."""
    picture = at_megapixels(bench.portrait, 1.0)
    members = {"CollectionId": _COLLECTION, "Image": {"Bytes": picture}}
    with Installation(bench.scratch / "search", bench.models) as server:
        server.call("CreateCollection", CollectionId=_COLLECTION)
        for photo in (picture, *bench.material.spread(_GALLERY_PHOTOS)):
            server.call("IndexFaces", CollectionId=_COLLECTION, Image={"Bytes": photo})
        call = server.sign("SearchFacesByImage", members)
        taken = _in_turn(bench, server, call, bare(bench, picture, {*_DETECTION, Role.EMBEDDER}))
    return _figures("search", "SearchFacesByImage", taken)


def _in_turn(bench: Workbench, server: Installation, call: SignedCall, floor: Action) -> list[Spread]:
    """Milliseconds of one call by a bare client, of its floor, and of the call by boto3."""
    with server.connect() as connection:
        actions = (lambda: connection.send(call), floor, _boto3(server, call))
        return [Spread.of(taken, 1e3) for taken in interleave(actions, rounds=bench.rounds(_ROUNDS))]


def _figures(name: str, operation: str, taken: list[Spread]) -> list[Figure]:
    over_http, in_process, by_sdk = taken
    floor = Floor("decode + networks", in_process)
    what = f"{operation} over HTTP, 1 MP, one face"
    return [
        Figure(name, what, "ms", over_http, floor, Target("at most", 1.25, "ratio")),
        Figure(f"{name}.boto3", f"{operation} by boto3", "ms", by_sdk, floor),
    ]


def _boto3(server: Installation, call: SignedCall) -> Action:
    """The same call by the client that most people use, which signs it anew each time."""
    import boto3  # noqa: PLC0415 - slow to import
    from botocore import xform_name  # noqa: PLC0415

    key_id, secret = server.credentials
    client = boto3.client(
        "rekognition",
        endpoint_url=server.url,
        region_name=REGION,
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
    )
    method = getattr(client, xform_name(call.operation))
    return lambda: method(**call.members)


def index_faces(bench: Workbench) -> list[Figure]:
    """IndexFaces of 500 photos by two clients, beside one client of a server with one worker; in turn, part by part."""
    pictures = bench.material.distinct(bench.size(_ENROL_PHOTOS))
    parts = [pictures[part::_ENROL_PARTS] for part in range(_ENROL_PARTS)]
    with ExitStack() as stack:
        alone = stack.enter_context(Installation(bench.scratch / "enrol-alone", bench.models, workers=1))
        whole = stack.enter_context(Installation(bench.scratch / "enrol", bench.models))
        for server in (alone, whole):
            server.call("CreateCollection", CollectionId=_COLLECTION)
            _enrol(server, bench.material.spread(_WARM_UP), clients=2)
        rates = [(_enrol(whole, part, clients=2), _enrol(alone, part, clients=1)) for part in parts]
    two, one = zip(*rates, strict=True)
    return [
        Figure(
            "enrol",
            f"IndexFaces over HTTP, {len(pictures)} photos, two clients",
            "photos/s",
            Spread.of(two),
            Floor("one client, one worker", Spread.of(one)),
            Target("at least", 1.7, "ratio"),
        )
    ]


def _enrol(server: Installation, pictures: Sequence[bytes], *, clients: int) -> float:
    """Photos a second, by a number of clients at once, each on a connection of its own."""
    members = [{"CollectionId": _COLLECTION, "Image": {"Bytes": picture}} for picture in pictures]
    waiting = iter([server.sign("IndexFaces", each) for each in members])  # a list's iterator may be shared by threads

    def work() -> None:
        with server.connect() as connection:
            for call in waiting:
                connection.send(call)

    with ThreadPoolExecutor(clients) as pool:
        taken = seconds(lambda: [each.result() for each in [pool.submit(work) for _ in range(clients)]])
    return len(pictures) / taken
