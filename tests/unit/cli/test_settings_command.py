from __future__ import annotations

from recognizance.settings import describe_settings


def test_every_setting_has_value_default_and_meaning(cli, data, monkeypatch):
    monkeypatch.setenv("RECOGNIZANCE_WORKERS", "3")
    rows = {row["name"]: row for row in cli("settings", "--json").json}
    assert list(rows) == [name for name, _, _ in describe_settings()]
    assert rows["RECOGNIZANCE_DATA"]["value"] == str(data)
    assert rows["RECOGNIZANCE_PORT"] == {
        "name": "RECOGNIZANCE_PORT",
        "value": 5080,
        "default": "5080",
        "description": "Port to listen on; 0 takes a free one.",
    }
    assert rows["RECOGNIZANCE_WORKERS"]["value"] == 3
    assert rows["RECOGNIZANCE_PACK"]["value"] == "default"


def test_secrets_are_not_shown(cli, monkeypatch):
    monkeypatch.setenv("RECOGNIZANCE_DATABASE_URL", "postgresql://user:hunter2@host/db")
    monkeypatch.setenv("RECOGNIZANCE_S3_ACCESS_KEY", "id")
    monkeypatch.setenv("RECOGNIZANCE_S3_SECRET_KEY", "hunter2")
    for arguments in (("settings",), ("settings", "--json")):
        outcome = cli(*arguments)
        assert outcome.code == 0
        assert "hunter2" not in outcome.out


def test_the_table_has_a_row_for_each(cli):
    lines = cli("settings").out.splitlines()
    for name, _, sentence in describe_settings():
        assert any(name in line and sentence in line for line in lines)
