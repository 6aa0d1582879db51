from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources

import pytest

from recognizance.cli.measure import build_embedder
from recognizance.evaluation.embeddings import Embedder
from recognizance.models.card import Role, Space
from recognizance.models.catalog import DEFAULT_PACK, find_pack
from recognizance.settings import load_settings
from recognizance.testing.vision import Person

from .conftest import CarriedVision, picture

CURVE = json.loads((resources.files("recognizance.models") / "curves" / "default.json").read_text())


@pytest.fixture
def labelled(tmp_path):
    """Two pictures each of thirty people, one of them labelled as another."""
    folder = tmp_path / "people"
    folder.mkdir()
    rows = ["path,identity"]
    for number in range(30):
        for variant in range(2):
            name = f"{number}-{variant}.jpg"
            shown = "person 7" if (number, variant) == (3, 1) else f"person {number}"
            (folder / name).write_bytes(picture(Person(shown, variant=2 * number + variant)))
            rows.append(f"{name},{number}")
    (folder / "labels.csv").write_text("\n".join(rows) + "\n")
    return folder


@pytest.fixture
def embedder(monkeypatch, data):
    """A pack whose embedding space is the fake vision's."""
    space = Space(CarriedVision.space, 128)
    cards = tuple(replace(card, space=space) if card.role is Role.EMBEDDER else card for card in DEFAULT_PACK.cards)
    pack = replace(DEFAULT_PACK, name="fake", cards=cards, mirror=False)
    asked = []

    def build(settings):
        asked.append(settings.pack)
        return Embedder(CarriedVision(), pack, settings.data / "evaluation", 1)

    monkeypatch.setattr("recognizance.cli.measure.build_embedder", build)
    return asked


def test_measure_prints_tables_and_writes_what_is_asked_for(cli, labelled, embedder, tmp_path):
    outcome = cli("measure", labelled, "--pack", "fast", "--out", tmp_path / "m.json", "--plot", tmp_path / "det.svg")
    assert outcome.code == 0
    assert "Pack fake on people" in outcome.out
    assert "area under the ROC curve" in outcome.out
    assert "without similarities: no similarity curve is known for the embedding space 'fake/1'" in outcome.err
    assert "embed: 60 of 60" in outcome.err
    assert json.loads((tmp_path / "m.json").read_text())["data"]["people"] == 30
    assert "<svg" in (tmp_path / "det.svg").read_text()
    assert embedder == ["fast"]


def test_measure_as_json(cli, labelled, embedder):
    document = cli("measure", labelled, "--json").json
    assert 0.9 < document["auc"] < 1
    assert document["similarities"] == []


def test_measure_uses_the_curve_in_the_data_folder(cli, labelled, embedder, data):
    (data / "curves").mkdir(parents=True)
    curve = {**CURVE, "pack": {**CURVE["pack"], "space": "fake/1"}}
    (data / "curves" / "fake.json").write_text(json.dumps(curve))
    outcome = cli("measure", labelled)
    assert "The curve's similarities on these people" in outcome.out
    assert "without similarities" not in outcome.err


def test_a_folder_without_labels_is_one_line(cli, embedder, tmp_path):
    outcome = cli("measure", tmp_path)
    assert outcome.code == 1
    assert "a data set is a folder with a labels.csv" in outcome.err


@pytest.fixture
def calibration(monkeypatch):
    """A calibration that comes out as the shipped curve did; keeps what was asked of it."""
    asked = []

    def calibrate(folders, embedder, *, today, grouping, progress):
        asked.append((folders, grouping))
        return CURVE

    monkeypatch.setattr("recognizance.evaluation.calibrate.calibrate", calibrate)
    return asked


def test_calibrate_shows_the_curve_and_changes_nothing(cli, labelled, embedder, calibration, data):
    outcome = cli("calibrate", labelled)
    assert outcome.code == 0
    assert "Similarity of the pack" in outcome.out
    assert not (data / "curves").exists()


def test_calibrate_groups_people_and_draws(cli, labelled, embedder, calibration, tmp_path):
    out, plot = tmp_path / "out" / "curve.json", tmp_path / "curve.svg"
    arguments = ("--pool", "people=here", "--by", "gender", "--by", "age", "--out", out, "--plot", plot, "--json")
    outcome = cli("calibrate", labelled, *arguments)
    assert outcome.json == CURVE
    [(folders, grouping)] = calibration
    assert folders == [labelled]
    assert (grouping.pools, list(grouping.columns)) == ({"people": "here"}, ["gender", "age"])
    assert json.loads(out.read_text()) == CURVE
    assert "<svg" in plot.read_text()


@pytest.fixture
def failed(monkeypatch):
    """A calibration whose curve fails on unseen people."""
    monkeypatch.setattr(
        "recognizance.evaluation.calibrate.calibrate", lambda *_, **__: CURVE | {"failures": ["too high", "too low"]}
    )


def test_a_curve_that_fails_its_check_is_written_and_told(cli, labelled, embedder, failed, tmp_path):
    outcome = cli("calibrate", labelled, "--out", tmp_path / "curve.json", "--reliability", tmp_path / "r.svg")
    assert outcome.code == 1
    assert "the curve fails on people who were not used to fit: too high; too low" in outcome.err
    assert json.loads((tmp_path / "curve.json").read_text())["failures"] == ["too high", "too low"]
    assert "as measured" in (tmp_path / "r.svg").read_text()


def test_a_curve_may_be_wanted_despite_its_failures(cli, labelled, embedder, failed):
    assert cli("calibrate", labelled, "--despite-failures").code == 0


def test_a_pool_needs_an_equals_sign(cli, labelled, embedder):
    outcome = cli("calibrate", labelled, "--pool", "people")
    assert outcome.code == 2
    assert "'people' has no = in it" in outcome.err


def test_an_embedder_is_built_of_the_pack_named(cli, labelled, monkeypatch, data):
    """The pack is pulled into the models folder, and its vision built from there."""
    pulled = []
    monkeypatch.setattr(
        "recognizance.cli.measure.pull", lambda pack, folder, *, progress: pulled.append((pack, folder))
    )
    monkeypatch.setattr(
        "recognizance.vision.pipeline.build_vision", lambda pack, folder, *, max_pixels: CarriedVision()
    )
    outcome = cli("measure", labelled, "--pack", "fast")
    assert pulled == [(find_pack("fast", data), data / "models")]
    assert outcome.code == 1  # the fake's space is another
    assert "embedding space 'fake/1' cannot be compared with" in outcome.err


def test_an_embedder_without_its_normaliser_has_a_pack_without(monkeypatch, data):
    monkeypatch.setattr("recognizance.cli.measure.pull", lambda pack, folder, *, progress: None)
    monkeypatch.setattr("recognizance.vision.pipeline.build_vision", lambda pack, folder, *, max_pixels: None)
    settings = load_settings({"data": data})
    assert build_embedder(settings).pack == DEFAULT_PACK
    assert build_embedder(settings, normalised=False).pack == replace(DEFAULT_PACK, normaliser=None)
