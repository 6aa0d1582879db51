"""Commands run in this process: the real command line and app, with pictures that state their faces."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from recognizance.cli.main import run
from recognizance.testing.curve import LinearCurve
from recognizance.testing.vision import FakeVision, Person, SketchedPhoto, sketch

_MARK = b"\n--sketch--\n"


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Cli = Callable[..., Outcome]


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run a command line on a data folder of this test alone."""
    monkeypatch.setenv("RECOGNIZANCE_DATA", str(tmp_path / "data"))

    def cli(*arguments: object) -> Outcome:
        capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        return Outcome(code, *capfd.readouterr())

    return cli


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data folder that `cli` works on."""
    return tmp_path / "data"


@pytest.fixture
def sketched(monkeypatch: pytest.MonkeyPatch) -> None:
    """The app with a vision that reads what `picture` writes, and no weights; logs stay as they are."""
    monkeypatch.setattr("recognizance.app.build_vision", lambda *_, **__: CarriedVision())
    monkeypatch.setattr("recognizance.app.pull", lambda *_, **__: None)
    monkeypatch.setattr("recognizance.app.load_curve", lambda *_: LinearCurve())
    monkeypatch.setattr("recognizance.audit.gate.AuditGate.digests", lambda _: {"the-network": "0" * 64})
    monkeypatch.setattr("recognizance.cli.serve.configure_logs", lambda *_: None)


class CarriedVision(FakeVision):
    """Finds the faces that a picture carries behind its pixels."""

    def open(self, data: bytes) -> SketchedPhoto:
        return super().open(data.partition(_MARK)[2])


def picture(*people: Person, side: int = 100) -> bytes:
    """A grey JPEG, `side` pixels high and wide, that carries these people."""
    file = BytesIO()
    Image.new("L", (side, side), 128).save(file, "JPEG")
    return file.getvalue() + _MARK + sketch(*people)
