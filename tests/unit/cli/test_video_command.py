"""`video` on painted clips: red walks through, blue comes later; red is enrolled."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from recognizance.testing.clips import write_clip
from recognizance.testing.curve import LinearCurve
from recognizance.testing.vision import FakeVision, Person, SketchedPhoto, paint
from recognizance.video.clip import Clip

RATE, FRAMES, BLUE_FROM = 10, 30, 15


class PaintedVision(FakeVision):
    """Reads painted pictures out of PNG files."""

    def open(self, data: bytes) -> SketchedPhoto:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        return self.frame(np.ascontiguousarray(pixels[:, :, ::-1]))


@pytest.fixture(autouse=True)
def _painted(monkeypatch):
    for module in ("recognizance.app", "recognizance.vision.pipeline"):
        monkeypatch.setattr(f"{module}.build_vision", lambda *_, **__: PaintedVision())
    for module in ("recognizance.app", "recognizance.models.fetch"):
        monkeypatch.setattr(f"{module}.pull", lambda *_, **__: None)
    monkeypatch.setattr("recognizance.app.load_curve", lambda *_: LinearCurve())
    monkeypatch.setattr("recognizance.audit.files.WatchedFiles.digests", lambda _: {})  # there are no weights


def red(frame=0):
    return Person("red", 20 + 2 * frame, 60, 60, 80)


def blue():
    return Person("blue", 220, 60, 60, 80)


@pytest.fixture
def clip(tmp_path):
    frames = [paint(red(n), *([blue()] if n >= BLUE_FROM else [])) for n in range(FRAMES)]
    path = tmp_path / "hall.mp4"
    path.write_bytes(write_clip(frames, rate=RATE))
    return path


@pytest.fixture
def team(cli, tmp_path):
    path = tmp_path / "red.png"
    cv2.imwrite(str(path), paint(red())[:, :, ::-1])
    assert cli("collections", "create", "team").code == 0
    assert cli("index", "team", path).code == 0
    return "team"


def frames_of(path):
    with path.open("rb") as file, Clip(file) as clip:
        return list(clip.frames(1000))


def whole(frame):
    """Who can be seen up to the outline."""
    return [person.name for person in FakeVision().frame(frame.pixels).people if person.width > 56]


def test_says_who_is_there_when(cli, clip, team):
    outcome = cli("video", clip, "--collection", team, "--json")
    assert outcome.code == 0, outcome.err
    first, second = outcome.json
    assert first["FaceMatches"][0]["Face"]["ExternalImageId"] == "red"
    assert first["Stays"] == [{"StartMs": 0, "EndMs": 2800}]
    assert second["FaceMatches"] == []
    assert second["Stays"] == [{"StartMs": 1600, "EndMs": 2800}]


def test_the_table_has_names_and_times(cli, clip, team):
    outcome = cli("video", clip, "--collection", team)
    assert "red" in outcome.out
    assert "0:01.6-0:02.8" in outcome.out
    assert "watch (ms)" in outcome.err


def test_without_a_collection_people_have_numbers(cli, clip):
    outcome = cli("video", clip, "--json")
    assert [person["FaceMatches"] for person in outcome.json] == [[], []]


def test_annotated_copy_keeps_every_frame_and_time(cli, clip, team, tmp_path):
    assert cli("video", clip, "--collection", team, "--annotate", tmp_path / "out.mp4").code == 0
    before, after = frames_of(clip), frames_of(tmp_path / "out.mp4")
    assert [frame.time_ms for frame in after] == [frame.time_ms for frame in before]
    assert np.abs(after[10].pixels.astype(int) - before[10].pixels).max() > 100  # something is drawn


def test_blur_unknown_hides_strangers_in_every_frame_and_nobody_else(cli, clip, team):
    outcome = cli("video", clip, "--collection", team, "--blur", "unknown")
    assert outcome.code == 0, outcome.err
    copied = frames_of(clip.with_name("hall-blurred.mp4"))
    assert len(copied) == FRAMES
    for number, frame in enumerate(copied):
        assert whole(frame) == ["red"], number


def test_blur_all_needs_no_collection(cli, clip, tmp_path):
    assert cli("video", clip, "--blur", "all", "--to", tmp_path / "nobody.mp4").code == 0
    assert [whole(frame) for frame in frames_of(clip)][-1] == ["red", "blue"]
    assert [whole(frame) for frame in frames_of(tmp_path / "nobody.mp4")] == [[]] * FRAMES


def test_timeline_has_a_picture_of_everybody(cli, clip, team, tmp_path):
    assert cli("video", clip, "--collection", team, "--timeline", tmp_path / "out.html").code == 0
    html = (tmp_path / "out.html").read_text()
    assert html.count("data:image/jpeg") == 2
    assert "<div>red<small>" in html
    assert "not enrolled" in html
    assert "http" not in html  # it needs nothing from elsewhere


def test_under_a_policy_strangers_get_no_picture(cli, clip, team, tmp_path, monkeypatch):
    monkeypatch.setattr("recognizance.cli.video._has_policy", lambda *_: True)
    assert cli("video", clip, "--collection", team, "--timeline", tmp_path / "out.html").code == 0
    assert (tmp_path / "out.html").read_text().count("data:image/jpeg") == 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        pytest.param(("--collection", "nobody"), "nobody", id="no such collection"),
        pytest.param(("--blur", "unknown"), "it needs --collection", id="nobody is enrolled anywhere"),
    ],
)
def test_refusals(cli, clip, arguments, complaint):
    outcome = cli("video", clip, *arguments)
    assert outcome.code != 0
    assert complaint in outcome.err


def test_a_file_that_is_no_video(cli, tmp_path):
    (tmp_path / "no.mp4").write_bytes(b"text" * 100)
    outcome = cli("video", tmp_path / "no.mp4")
    assert outcome.code == 1
    assert "no video that can be read" in outcome.err


def test_a_file_that_is_not_there(cli, tmp_path):
    outcome = cli("video", tmp_path / "gone.mp4")
    assert (outcome.code, "there is no file" in outcome.err) == (1, True)
