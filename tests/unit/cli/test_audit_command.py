from __future__ import annotations

import json

import pytest

from recognizance.audit.run import FORMAT
from recognizance.testing.vision import Person

from .conftest import picture
from .test_measure_command import CURVE, embedder, labelled  # noqa: F401 - fixtures


def write_curve(data):
    (data / "curves").mkdir(parents=True)
    curve = {**CURVE, "pack": {**CURVE["pack"], "space": "fake/1"}}
    (data / "curves" / "fake.json").write_text(json.dumps(curve))


def test_run_writes_the_audit_and_shows_its_marks(cli, labelled, embedder, data, tmp_path):  # noqa: F811
    write_curve(data)
    outcome = cli(
        "audit", "run", labelled, "--out", tmp_path / "out", "--auditor", "the council", "--label-origin", "own"
    )
    assert outcome.code == 0, outcome.err
    assert "not enough data" in outcome.out
    document = json.loads((tmp_path / "out" / "audit.json").read_text())
    assert document["format"] == FORMAT
    assert "auditor: the council" in (tmp_path / "out" / "audit.html").read_text()
    assert document["statement"]["auditor"] == "the council"
    assert document["statement"]["command"] == f"recognizance audit run {labelled} --pack fake --out {tmp_path / 'out'}"


def test_run_as_json(cli, labelled, embedder, data, tmp_path):  # noqa: F811
    write_curve(data)
    document = cli("audit", "run", labelled, "--out", tmp_path / "out", "--json").json
    assert document["data"]["people"] == 30


def test_an_unknown_group_is_one_line(cli, labelled, embedder, data, tmp_path):  # noqa: F811
    write_curve(data)
    outcome = cli("audit", "run", labelled, "--groups", "gender", "--out", tmp_path / "out")
    assert outcome.code == 1
    assert "no picture has a value in the column 'gender'" in outcome.err
    assert not (tmp_path / "out").exists()


def test_a_pack_without_a_curve_cannot_be_audited(cli, labelled, embedder, tmp_path):  # noqa: F811
    outcome = cli("audit", "run", labelled, "--out", tmp_path / "out")
    assert outcome.code == 1
    assert "no similarity curve is known for the embedding space 'fake/1'" in outcome.err


@pytest.fixture
def others(tmp_path):
    """One picture each of ten others, and another of one of them."""
    folder = tmp_path / "others"
    folder.mkdir()
    rows = ["path,identity"]
    for number in range(11):
        shown = min(number, 9)
        (folder / f"{number}.jpg").write_bytes(picture(Person(f"other {shown}", variant=number)))
        rows.append(f"{number}.jpg,{shown}")
    (folder / "labels.csv").write_text("\n".join(rows) + "\n")
    return folder


def test_aclu_searches_through_the_server_and_leaves_nothing_behind(cli, sketched, labelled, others, tmp_path):  # noqa: F811
    arguments = ("audit", "aclu", "--probes", labelled, "--gallery", others, "--out", tmp_path / "out")
    outcome = cli(*arguments)
    assert outcome.code == 0, outcome.err
    assert "People taken for somebody else" in outcome.out
    assert "11 faces enrolled; 30 people searched" in outcome.err
    assert "<svg" in (tmp_path / "out" / "aclu.svg").read_text()
    document = json.loads((tmp_path / "out" / "aclu.json").read_text())
    assert document["settings"][0]["false_matches"][0]["events"] == 0
    # One person's second picture shows another.
    assert document["settings"][0]["misses"][0]["events"] == 1
    assert cli("collections", "list", "--json").json["CollectionIds"] == []


def test_aclu_as_json(cli, sketched, labelled, others):  # noqa: F811
    assert cli("audit", "aclu", "--probes", labelled, "--gallery", others, "--json").json["probes"]["people"] == 30


def test_aclu_without_anybody_to_search_with_is_one_line(cli, labelled, others):  # noqa: F811
    outcome = cli("audit", "aclu", "--probes", labelled, "--gallery", others, "--where", "party=none")
    assert outcome.code == 1
    assert "0 people with party none to search with and 11 pictures to enrol" in outcome.err
