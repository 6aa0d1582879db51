from __future__ import annotations

import json

from recognizance.audit.run import FORMAT

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
