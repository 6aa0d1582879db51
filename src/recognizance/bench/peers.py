"""Other engines on the same photographs: find the faces, embed the largest; photographs a second, beside ours.

OpenCV comes with Recognizance and runs the same weights. The others are measured where they are installed, which
`benchmarks/peers.py` does in an environment of its own; their weights come out of packages as well.
"""

from __future__ import annotations

import importlib
import io
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np

from recognizance.bench.report import Figure, Floor, NotMeasuredError, Omission, Spread, Target
from recognizance.bench.timing import Action, interleave
from recognizance.bench.workbench import Workbench
from recognizance.models.card import Conversion, Role
from recognizance.models.convert import convert
from recognizance.ports import Vision
from recognizance.vision.pipeline import build_vision

Engine = Callable[[bytes], object]
"""Finds the faces of a JPEG and embeds the largest, if there is one."""

_PHOTOS = 40
_ROUNDS = 7
_AHEAD = Target("at least", 1.0, "ratio")


def compare(bench: Workbench) -> list[Figure | Omission]:
    """Ours beside every peer with all cores, and beside OpenCV on one; then what the mirrored image costs.

    Each makes one embedding a face, as the fast pack does. With all cores, ours works on one photograph in each core,
    as the server does; a peer is given one photograph after the other, as its documentation has it, and uses the
    threads that it uses.
    """
    _graph_with_prelu(bench)  # two peers need it; without it there is no fair comparison to make
    photos = bench.material.spread(bench.size(_PHOTOS, at_least=2))
    engines, omissions = _load_peers(bench)
    plain, mirrored = (
        _ours(build_vision(replace(bench.pack, mirror=mirror), bench.models)) for mirror in (False, True)
    )
    with ThreadPoolExecutor(bench.cores) as pool:
        actions = [
            _all_at_once(plain, photos, pool),
            _all_at_once(mirrored, photos, pool),
            _one_by_one(plain, photos),
            _threaded(_one_by_one(engines["opencv"], photos), 1),
            *(_threaded(_one_by_one(engine, photos), bench.cores) for engine in engines.values()),
        ]
        taken = interleave(actions, rounds=bench.rounds(_ROUNDS), warm_up=1)
    ours, with_mirror, alone, opencv_alone, *rates = (
        Spread.of([len(photos) / seconds for seconds in each]) for each in taken
    )
    theirs = {name: Floor(_PEERS[name][0], rate) for name, rate in zip(engines, rates, strict=True)}
    what = "find faces, embed the largest"
    return [
        *(_figure(name, f"{what}, all cores", ours, floor, _AHEAD) for name, floor in theirs.items()),
        _figure("one-core", f"{what}, one core", alone, replace(theirs["opencv"], value=opencv_alone), _AHEAD),
        _figure("mirrored", f"{what} and its mirror image, all cores", with_mirror, theirs["opencv"], None),
        *omissions,
    ]


def _figure(name: str, what: str, rate: Spread, floor: Floor, target: Target | None) -> Figure:
    return Figure(f"peers.{name}", what, "photos/s", rate, floor, target)


def _load_peers(bench: Workbench) -> tuple[dict[str, Engine], list[Omission]]:
    """The engines that are installed, and omissions for those that are not."""
    engines: dict[str, Engine] = {}
    omissions = []
    for name, (_, load) in _PEERS.items():
        try:
            engines[name] = load(bench)
        except NotMeasuredError as error:
            omissions.append(Omission(f"peers.{name}", str(error)))
    return engines, omissions


def _ours(vision: Vision) -> Engine:
    def work(data: bytes) -> None:
        photo = vision.open(data)
        vision.embed(photo, vision.detect(photo)[:1])

    return work


def _load_opencv(bench: Workbench) -> Engine:
    """FaceDetectorYN and FaceRecognizerSF with the weights of our pack.

    OpenCV runs PRelu faster than what we write it as, so the recogniser gets the graph with PRelu.
    """
    detector = cv2.FaceDetectorYN.create(str(bench.models / bench.pack.card(Role.DETECTOR).file), "", (320, 320), 0.7)
    recogniser = cv2.FaceRecognizerSF.create(str(_graph_with_prelu(bench)), "")

    def work(data: bytes) -> None:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        detector.setInputSize((picture.shape[1], picture.shape[0]))
        _, faces = detector.detect(picture)
        if faces is not None:
            largest = max(faces, key=lambda face: face[2] * face[3])
            recogniser.feature(recogniser.alignCrop(picture, largest))

    return work


def _load_face_recognition(bench: Workbench) -> Engine:  # noqa: ARG001 - every loader takes the workbench
    library = _import("face_recognition")

    def work(data: bytes) -> None:
        picture = library.load_image_file(io.BytesIO(data))
        places = library.face_locations(picture)  # top, right, bottom, left
        largest = sorted(places, key=lambda place: (place[2] - place[0]) * (place[1] - place[3]))[-1:]
        library.face_encodings(picture, largest)

    return work


def _load_deepface(bench: Workbench) -> Engine:
    """DeepFace with YuNet and SFace, the two of its models whose weights a package carries."""
    home = bench.scratch / "deepface"
    weights = home / ".deepface" / "weights"
    weights.mkdir(parents=True)
    detector = bench.models / bench.pack.card(Role.DETECTOR).file
    (weights / "face_detection_yunet_2023mar.onnx").symlink_to(detector.absolute())
    (weights / "face_recognition_sface_2021dec.onnx").symlink_to(_graph_with_prelu(bench))
    os.environ["DEEPFACE_HOME"] = str(home)  # where it looks for weights before it downloads them
    library = _import("deepface.DeepFace")

    def work(data: bytes) -> None:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        library.represent(picture, "SFace", detector_backend="yunet", enforce_detection=False, max_faces=1)

    return work


_PEERS: Mapping[str, tuple[str, Callable[[Workbench], Engine]]] = MappingProxyType(
    {
        "opencv": ("OpenCV YN + SF", _load_opencv),
        "face_recognition": ("face_recognition (dlib)", _load_face_recognition),
        "deepface": ("DeepFace (yunet, SFace)", _load_deepface),
    }
)
"""What each peer is called in the table, and what loads it."""


def _import(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        raise NotMeasuredError(f"{package} is not installed ({error}); benchmarks/peers.py installs it") from error


def _graph_with_prelu(bench: Workbench) -> Path:
    """The embedder's graph with float32 weights and PRelu as it was. Raises NotMeasuredError where it cannot be had."""
    path = bench.scratch / "embedder-with-prelu.onnx"
    if not path.exists():
        card = bench.pack.card(Role.EMBEDDER)
        path.write_bytes(convert(bench.shipped(card), replace(card, conversion=Conversion.DEQUANTIZE)))
    return path


def _one_by_one(engine: Engine, photos: Sequence[bytes]) -> Action:
    return lambda: [engine(photo) for photo in photos]


def _all_at_once(engine: Engine, photos: Sequence[bytes], pool: Executor) -> Action:
    return lambda: list(pool.map(engine, photos))


def _threaded(action: Action, threads: int) -> Action:
    """The action while OpenCV may use a number of threads of its own, instead of the one that a server gives it."""

    def work() -> None:
        before = cv2.getNumThreads()
        cv2.setNumThreads(threads)
        try:
            action()
        finally:
            cv2.setNumThreads(before)

    return work
