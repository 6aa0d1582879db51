from __future__ import annotations

import csv
import json
import shutil

import pytest

from recognizance.audit.run import FORMAT
from recognizance.testing.curve import LinearCurve
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


def test_run_compares_with_a_group_and_writes_scores(cli, labelled, embedder, data, tmp_path):  # noqa: F811
    write_curve(data)
    rows = (labelled / "labels.csv").read_text().splitlines()
    grouped = [f"{row},{'ab'[number % 10 > 4]}" for number, row in enumerate(rows[1:])]
    (labelled / "labels.csv").write_text("\n".join([f"{rows[0]},kind", *grouped]) + "\n")
    out = tmp_path / "out"
    options = ("--groups", "kind", "--reference", "kind a", "--mitigation", "wait", "--scores", "--out", out)
    outcome = cli("audit", "run", labelled, *options)
    assert outcome.code == 0, outcome.err
    assert "Not enough data on groups of fewer than 20 people: kind" in outcome.err.replace("\n", " ")
    document = json.loads((out / "audit.json").read_text())
    assert (document["data"]["reference"], document["statement"]["mitigation"]) == ("kind a", "wait")
    assert "--groups kind --reference 'kind a' --pack fake" in document["statement"]["command"]
    assert sorted(path.name for path in (out / "scores").iterdir()) == [
        "mated.csv",
        "non_mated.csv",
        "non_mated_histogram.csv",
        "pictures.csv",
        "searches.csv",
    ]


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
    held = [setting["held"].split("; ")[:2] for setting in document["settings"]]
    assert held == [["80", "reason=asked"], ["80", "reason=asked"], ["95", "reason=asked"], ["99", "reason=asked"]]
    off = ["gallery-threshold=off" in setting["held"] for setting in document["settings"]]
    assert off == [False, True, True, True]
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


@pytest.fixture
def team(cli, sketched, monkeypatch, tmp_path):
    """A collection of two people, one of them with a stranger's picture."""
    monkeypatch.setattr("recognizance.evaluation.curve.load_curve", lambda *_: LinearCurve())
    for name, shown in (("ada", "ada"), ("bob", "bob"), ("bob", "eve")):
        folder = tmp_path / "team" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{shown}.jpg").write_bytes(picture(Person(shown)))
    assert cli("index", "team", tmp_path / "team", "--create", "--external-id", "folder").code == 0
    return cli("faces", "list", "team", "--json").json["Faces"]


def test_collection_lists_a_stranger_among_a_persons_faces(cli, team):
    outcome = cli("audit", "collection", "team", "--json")
    [finding] = outcome.json["Findings"]
    bobs = {face["FaceId"] for face in team if face["ExternalImageId"] == "bob"}
    assert finding["identities"] == ["bob"]
    assert {*finding["suspects"], *finding["others"]} == bobs


def test_collection_as_a_table(cli, team):
    outcome = cli("audit", "collection", "team", "--max", 1)
    assert "faces of one identity that do not match" in outcome.out
    assert "1 findings in 3 faces, 1 shown" in outcome.err


def test_collection_needs_the_server_stopped(cli, team, monkeypatch):
    monkeypatch.setattr("recognizance.cli.audit.running_server", lambda _: True)
    outcome = cli("audit", "collection", "team")
    assert outcome.code == 1
    assert "stop it, then audit the collection" in outcome.err


def test_an_unknown_collection_is_one_line(cli, team):
    outcome = cli("audit", "collection", "nobody")
    assert outcome.code == 1
    assert "nobody" in outcome.err


def test_marked_errors_of_congress_are_among_the_first_findings(cli, photos, weights_dir, monkeypatch, tmp_path):
    """The set enrolled with its identities, as far as it is needed here: all wrong people and paintings, and others."""
    monkeypatch.setenv("RECOGNIZANCE_MODELS_DIR", str(weights_dir))
    with (photos / "congress" / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    with (photos / "notes.csv").open(newline="") as file:
        marked = {row["path"] for row in csv.DictReader(file) if row["set"] == "congress" and row["note"] == "painting"}
    marked |= {row["path"] for row in rows if row["note"] in {"painting", "wrong_person"}}
    wrong = {row["identity"] for row in rows if row["path"] in marked}
    people = [*wrong, *list(dict.fromkeys(row["identity"] for row in rows))[:12]]
    for row in rows:
        if row["identity"] in people:
            folder = tmp_path / "congress" / row["identity"]
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(photos / "congress" / row["path"], folder)
    assert cli("index", "congress", tmp_path / "congress", "--create", "--external-id", "folder").code == 0
    findings = cli("audit", "collection", "congress", "--max", 2 * len(wrong), "--json").json["Findings"]
    assert wrong <= {identity for finding in findings for identity in finding["identities"]}
    # Three pictures show another man than the two that bear his name rightly.
    assert (findings[0]["identities"], len(findings[0]["suspects"])) == (["R000575"], 2)


def test_diff_shows_what_changed(cli, labelled, embedder, data, tmp_path):  # noqa: F811
    write_curve(data)
    cli("audit", "run", labelled, "--out", tmp_path / "one")
    (tmp_path / "two").mkdir()
    document = json.loads((tmp_path / "one" / "audit.json").read_text())
    document["data"]["fingerprint"] = "other"
    before = document["marks"][0]["outcome"]
    document["marks"][0]["outcome"] = "new outcome"
    (tmp_path / "two" / "audit.json").write_text(json.dumps(document))
    files = tmp_path / "one" / "audit.json", tmp_path / "two" / "audit.json"
    outcome = cli("audit", "diff", *files)
    assert outcome.code == 0, outcome.err
    assert f"{before} -> new outcome: Inside every group" in outcome.err
    assert "the same models, other photographs" in outcome.err
    assert "the photographs differ, so a change may be theirs" in outcome.err
    assert cli("audit", "diff", *files, "--json").json["same_data"] is False
    assert "the same photographs" in cli("audit", "diff", files[0], files[0]).err
