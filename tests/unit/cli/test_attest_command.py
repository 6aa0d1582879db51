from __future__ import annotations

import json

import pytest

from recognizance.storage.folder import DataFolder

RATE = {"interval_95": [0.0, 0.3]}
AUDIT = {
    "date": "2026-11-24",
    "pack": {"models": {"net.onnx": "ab" * 32}},
    "curve": {"sha256": "cd" * 32},
    "statement": {"auditor": "the council"},
    "levels": [{"similarity": 80.0, "threshold": 0.5, "groups": [{"fmr": RATE, "fpir": None}]}],
    "open_set": {"gallery_people": 300},
}
"""The part of an audit document that a statement speaks of."""


@pytest.fixture
def audit(tmp_path):
    path = tmp_path / "audit.json"
    path.write_text(json.dumps(AUDIT))
    return path


@pytest.fixture
def signed(cli, audit):
    outcome = cli("audit", "sign", audit, "--images", "portrait", "--json")
    assert outcome.code == 0, outcome.err
    return outcome.json


def test_sign_keeps_a_statement_that_verifies_without_the_data_folder(cli, signed, audit, tmp_path, monkeypatch):
    monkeypatch.setenv("RECOGNIZANCE_DATA", str(tmp_path / "nowhere"))
    outcome = cli("audit", "verify", signed["file"], "--key", signed["signed_by"], "--audit", audit, "--json")
    assert outcome.json == signed
    assert signed["gallery_people"] == 300
    assert not (tmp_path / "nowhere").exists()


def test_sign_and_verify_as_tables(cli, audit, data):
    outcome = cli("audit", "sign", audit, "--images", "portrait", "--days", 7)
    assert outcome.code == 0, outcome.err
    assert "valid until" in outcome.err
    [statement] = (data / "audits").glob("*.statement.json")
    with DataFolder.open(data, exclusive=False) as folder:
        key = folder.signing_key().public
    outcome = cli("audit", "verify", statement, "--key", key)
    assert str(key) in outcome.out
    assert "2026-11-24 by the council" in outcome.out


def test_sign_writes_the_report_with_the_signature(cli, audit, tmp_path, monkeypatch):
    monkeypatch.setattr("recognizance.audit.report.render", lambda document: document["signature"]["signed by"])
    outcome = cli("audit", "sign", audit, "--images", "portrait", "--report", tmp_path / "a.html", "--json")
    assert (tmp_path / "a.html").read_text() == outcome.json["signed_by"]


def test_verify_fails_for_another_document_and_another_key(cli, signed, audit, tmp_path):
    audit.write_text("{}")
    outcome = cli("audit", "verify", signed["file"], "--key", signed["signed_by"], "--audit", audit)
    assert outcome.code == 1
    assert "was signed" in outcome.err
    with DataFolder.open(tmp_path / "other", exclusive=False) as folder:
        stranger = folder.signing_key().public
    outcome = cli("audit", "verify", signed["file"], "--key", stranger)
    assert outcome.code == 1
    assert "whom nobody here trusts" in outcome.err


def test_list_shows_statements_and_what_is_wrong_with_them(cli, signed, data):
    (data / "audits" / "z.statement.json").write_text("{}")
    outcome = cli("audit", "list")
    assert "2026-11-24" in outcome.out
    assert "this is no signed statement" in outcome.out
    good, bad = cli("audit", "list", "--json").json
    assert good == signed
    assert "no signed statement" in bad["flaw"]


def test_a_trusted_auditors_statement_is_listed(cli, audit, data, tmp_path):
    theirs = tmp_path / "auditor"
    outcome = cli("audit", "sign", audit, "--images", "portrait", "--data", theirs, "--json")
    (data / "audits").mkdir(parents=True)
    (data / "audits" / "theirs.statement.json").write_bytes(
        (next((theirs / "audits").glob("*.statement*"))).read_bytes()
    )
    assert "whom nobody here trusts" in cli("audit", "list", "--json").json[0]["flaw"]
    trusted = cli("audit", "trust", outcome.json["signed_by"])
    assert trusted.code == 0, trusted.err
    assert "is trusted" in trusted.err
    assert cli("audit", "list", "--json").json[0]["signed_by"] == outcome.json["signed_by"]


@pytest.mark.parametrize(
    ("content", "message"),
    [("{", "no audit document"), (json.dumps({**AUDIT, "open_set": {}}), "has no 'gallery_people'")],
)
def test_what_is_no_whole_audit_is_not_signed(cli, audit, data, content, message):
    audit.write_text(content)
    outcome = cli("audit", "sign", audit, "--images", "portrait")
    assert outcome.code == 1
    assert message in outcome.err
    assert not (data / "audits").exists()


def test_a_garbled_key_is_one_line(cli, signed):
    outcome = cli("audit", "verify", signed["file"], "--key", "nonsense")
    assert outcome.code == 1
    assert "a public key reads name+hash+base64" in outcome.err
