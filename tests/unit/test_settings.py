"""Settings: precedence, and one clear line for what cannot be used."""

from __future__ import annotations

import pytest

from recognizance.errors import SettingsError
from recognizance.settings import Settings, available_cores, describe_settings, load_settings


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    for name, _, _ in describe_settings():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("RECOGNIZANCE_CONFIG", raising=False)


def test_defaults(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    settings = load_settings()
    assert settings.data == tmp_path / "recognizance"
    assert settings.models_folder == settings.data / "models"
    assert (settings.host, settings.port) == ("127.0.0.1", 5080)
    assert settings.worker_count == available_cores() >= 1


def test_flag_over_environment_over_file_over_default(monkeypatch, tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text('port = 1\nhost = "0.0.0.0"\nregion = "eu-west-1"\n')
    monkeypatch.setenv("RECOGNIZANCE_CONFIG", str(file))
    monkeypatch.setenv("RECOGNIZANCE_PORT", "2")
    monkeypatch.setenv("RECOGNIZANCE_HOST", "127.0.0.2")
    settings = load_settings({"port": 3, "host": None})
    assert (settings.port, settings.host, settings.region) == (3, "127.0.0.2", "eu-west-1")


BAD = {
    "port out of range": ({"port": 70000}, "port: Input should be less than or equal to 65535"),
    "unknown flag": ({"prot": 1}, "prot: Extra inputs are not permitted"),
    "account that is no number": ({"account": "me"}, "account: String should match pattern"),
    "half an S3 key": ({"s3_access_key": "a"}, "given together or not at all"),
    "no workers": ({"workers": 0}, "workers: Input should be greater than or equal to 1"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_setting_is_named(case):
    flags, text = BAD[case]
    with pytest.raises(SettingsError, match="settings cannot be used") as caught:
        load_settings(flags)
    assert text in str(caught.value)


def test_missing_file(monkeypatch, tmp_path):
    monkeypatch.setenv("RECOGNIZANCE_CONFIG", str(tmp_path / "none.toml"))
    with pytest.raises(SettingsError, match="which is no file"):
        load_settings()


def test_file_that_is_no_toml(monkeypatch, tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text("port = = 1")
    monkeypatch.setenv("RECOGNIZANCE_CONFIG", str(file))
    with pytest.raises(SettingsError, match="cannot be read as TOML"):
        load_settings()


def test_unknown_setting_in_the_file(monkeypatch, tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text("prot = 1")
    monkeypatch.setenv("RECOGNIZANCE_CONFIG", str(file))
    with pytest.raises(SettingsError, match="prot"):
        load_settings()


def test_secrets_do_not_show():
    settings = Settings(s3_access_key="id", s3_secret_key="hush", database_url="postgresql://u:hush@h/d")
    assert "hush" not in repr(settings)


def test_every_setting_is_described():
    assert all(sentence.endswith(".") for _, _, sentence in describe_settings())
    assert len(describe_settings()) == len(Settings.model_fields)
