"""Peers that are not installed here, stood in for by modules that note what they are asked."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from recognizance.bench import peers
from recognizance.bench.material import Material
from recognizance.bench.report import NotMeasuredError
from recognizance.bench.workbench import Workbench
from recognizance.models.catalog import DEFAULT_PACK


@pytest.fixture
def bench(tmp_path: Path, weights_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    monkeypatch.setattr(peers, "_graph_with_prelu", lambda _: weights_dir / "sface-2021dec.onnx")
    monkeypatch.setenv("DEEPFACE_HOME", "elsewhere")
    return Workbench(Material(()), DEFAULT_PACK, weights_dir, tmp_path, tmp_path, 2, True)


def test_face_recognition_embeds_the_largest_face(bench, portrait, monkeypatch):
    small, large = (0, 20, 20, 0), (100, 400, 400, 100)  # top, right, bottom, left
    encoded = []
    fake = SimpleNamespace(
        load_image_file=lambda file: np.zeros((len(file.read()), 1, 3), np.uint8),
        face_locations=lambda picture: [large, small] if len(picture) == len(portrait) else [],
        face_encodings=lambda _, places: encoded.append(places),
    )
    monkeypatch.setitem(sys.modules, "face_recognition", fake)
    peers._load_face_recognition(bench)(portrait)
    assert encoded == [[large]]


def test_deepface_finds_our_weights_and_embeds_one_face(bench, portrait, monkeypatch):
    asked = []
    fake = SimpleNamespace(represent=lambda picture, model, **options: asked.append((picture.shape, model, options)))
    monkeypatch.setitem(sys.modules, "deepface", SimpleNamespace(DeepFace=fake))
    monkeypatch.setitem(sys.modules, "deepface.DeepFace", fake)
    peers._load_deepface(bench)(portrait)
    [(shape, model, options)] = asked
    assert (shape, model, options["detector_backend"], options["max_faces"]) == ((512, 512, 3), "SFace", "yunet", 1)
    weights = sorted(path.name for path in (Path(os.environ["DEEPFACE_HOME"]) / ".deepface" / "weights").iterdir())
    assert weights == ["face_detection_yunet_2023mar.onnx", "face_recognition_sface_2021dec.onnx"]


@pytest.mark.parametrize("load", [peers._load_face_recognition, peers._load_deepface])
def test_what_is_not_installed_is_not_measured(bench, load, monkeypatch):
    for name in ("face_recognition", "deepface", "deepface.DeepFace"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(NotMeasuredError, match=r"is not installed \(.*\); benchmarks/peers.py installs it"):
        load(bench)
