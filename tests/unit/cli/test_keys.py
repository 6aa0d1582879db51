from __future__ import annotations

import configparser

from recognizance.cli.credentials import read_credentials


def test_a_new_key_is_a_profile_with_its_secret(cli):
    outcome = cli("keys", "create", "--role", "operator", "--label", "desk")
    assert outcome.code == 0
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(outcome.out)
    assert parser["operator"]["aws_access_key_id"].startswith("RK")
    assert len(parser["operator"]["aws_secret_access_key"]) >= 40
    assert outcome.err == "This secret is not shown again.\n"


def test_a_new_key_as_json(cli):
    key = cli("keys", "create", "--role", "auditor", "--json").json
    assert (key["role"], key["label"], key["revoked_at"]) == ("auditor", "", None)
    assert key["secret"]


def test_a_list_never_shows_secrets(cli):
    secret = cli("keys", "create", "--role", "operator", "--label", "desk", "--json").json["secret"]
    for outcome in (cli("keys", "list"), cli("keys", "list", "--json")):
        assert "desk" in outcome.out
        assert secret not in outcome.out
    [row] = cli("keys", "list", "--json").json
    assert "secret" not in row


def test_a_revoked_key_stays_listed(cli):
    key = cli("keys", "create", "--role", "operator", "--json").json
    assert cli("keys", "revoke", key["id"]).err == f"revoked {key['id']}\n"
    [row] = cli("keys", "list", "--json").json
    assert row["revoked_at"]
    assert cli("keys", "revoke", key["id"], "--json").json == row


def test_an_unknown_key_is_one_line(cli):
    outcome = cli("keys", "revoke", "RKNOBODY")
    assert (outcome.code, outcome.err) == (1, "recognizance: there is no access key RKNOBODY\n")


def test_the_last_administrator_stays(cli):
    key = cli("keys", "create", "--role", "administrator", "--json").json
    outcome = cli("keys", "revoke", key["id"])
    assert outcome.code == 1
    assert "is the last administrator key: create another one first" in outcome.err


def test_revoking_the_folders_own_key_says_how_to_get_another(cli, data, sketched, monkeypatch):
    monkeypatch.setattr("recognizance.server.serve", lambda *_, **__: None)
    cli("serve")
    own, _ = read_credentials(data)
    cli("keys", "create", "--role", "administrator")
    outcome = cli("keys", "revoke", own)
    assert f"It was the key in {data / 'credentials'}: remove that file" in outcome.err
    (data / "credentials").unlink()
    cli("serve")
    assert read_credentials(data)[0] != own
