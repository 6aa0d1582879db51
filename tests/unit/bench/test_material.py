"""Photographs that are found or made, and synthetic templates."""

from __future__ import annotations

import builtins
from pathlib import Path

import numpy as np
import pytest

from recognizance.bench import material
from recognizance.bench.material import Material, at_megapixels, decode, encode, evenly, find_material, one_face
from recognizance.errors import SettingsError
from recognizance.testing.vision import FakeVision, Person, sketch


@pytest.mark.parametrize(
    ("count", "expected"),
    [(1, [0]), (2, [0, 9]), (4, [0, 3, 6, 9]), (10, list(range(10))), (99, list(range(10)))],
    ids=["one", "both ends", "between", "all", "no more than there are"],
)
def test_items_are_taken_evenly(count, expected):
    assert evenly(range(10), count) == expected


def test_photos_are_found_below_a_folder(tmp_path: Path, portrait: bytes):
    tiny = encode(np.zeros((40, 40, 3), np.uint8))
    files = {"b.JPG": portrait, "deep/a.jpeg": portrait, "notes.txt": b"text", "c.jpg": b"no JPEG", "d.jpg": tiny}
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    assert find_material(tmp_path, 10).photos == (portrait, portrait)
    assert find_material(tmp_path, 1).photos == (portrait,)


def test_a_folder_without_photos_is_refused(tmp_path: Path):
    (tmp_path / "a.jpg").write_bytes(b"no JPEG")
    with pytest.raises(
        SettingsError, match=r"holds no \.jpg file that can be used; give photographs with --photos DIR"
    ):
        find_material(tmp_path, 10)


def test_without_a_folder_there_is_a_portrait():
    [portrait] = find_material(None, 10).photos
    assert decode(portrait).shape == (512, 512, 3)


def test_without_folder_and_portrait_the_error_says_what_to_give(monkeypatch: pytest.MonkeyPatch):
    ordinary = builtins.__import__

    def refusing(name, *args, **kwargs):
        if name.startswith("skimage"):
            raise ImportError(name)
        return ordinary(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refusing)
    with pytest.raises(SettingsError, match="give a folder of them with --photos DIR"):
        find_material(None, 10)


def test_pictures_are_made_where_photos_run_out(portrait: bytes):
    other = encode(decode(portrait)[:, ::-1])
    pictures = Material((portrait, other)).distinct(5)
    assert pictures[:2] == [portrait, other]
    assert len(set(pictures)) == 5


class TestOneFace:
    crowd = sketch(Person("ada", width=900), Person("bob", left=300), width=2000, height=2000)
    small = sketch(Person("ada"), width=3000, height=3000)
    large = sketch(Person("ada", width=200))

    def test_that_with_the_largest_single_face_is_taken(self):
        assert one_face([self.small, self.crowd, self.large, self.small], FakeVision()) == self.large

    def test_none_is_an_error_that_says_what_to_give(self):
        with pytest.raises(SettingsError, match="no photograph shows exactly one face"):
            one_face([self.crowd], FakeVision())


@pytest.mark.parametrize("megapixels", [0.1, 1.0, 2.0])
def test_a_photo_gets_the_number_of_pixels_asked_for(portrait: bytes, megapixels: float):
    height, width, _ = decode(at_megapixels(portrait, megapixels)).shape
    assert height * width == pytest.approx(megapixels * 1e6, rel=0.01)


def test_a_much_enlarged_photo_gets_grain(portrait: bytes):
    def roughness(data: bytes) -> float:
        return float(np.abs(np.diff(decode(data)[:200, :200].astype(int), axis=0)).mean())

    assert roughness(at_megapixels(portrait, 1.2)) > 1.2 * roughness(at_megapixels(portrait, 1.0))


class TestTemplates:
    def test_there_are_as_many_as_asked_for_and_all_are_unit_vectors(self):
        templates = np.concatenate(list(material.templates(50_001)))
        assert templates.shape == (50_001, 128)
        assert templates.dtype == np.float16
        assert np.linalg.norm(templates.astype(np.float32), axis=1) == pytest.approx(1, abs=2e-3)

    def test_four_in_a_row_are_one_identity(self):
        templates = next(material.templates(4_000)).astype(np.float32)
        mated = [templates[i] @ templates[i + 1] for i in range(0, 4_000, 4)]
        others = [templates[i] @ templates[i + 4] for i in range(0, 3_996, 4)]
        assert np.mean(mated) == pytest.approx(0.6, abs=0.02)
        assert np.mean(others) == pytest.approx(0.0, abs=0.02)

    def test_a_probe_shows_someone_enrolled(self):
        templates = next(material.templates(4_000))
        probes = material.probes(templates, 5)
        best = (templates.astype(np.float32) @ probes.T).max(axis=0)
        assert (best > 0.6).all()

    def test_the_same_seed_gives_the_same(self):
        assert (next(material.templates(8)) == next(material.templates(8))).all()
