from __future__ import annotations

import pytest

from recognizance import __version__
from recognizance.cli import main


@pytest.fixture
def failing(monkeypatch):
    """`env` fails with what the test gives."""

    def failing(error):
        def fail(_):
            raise error

        monkeypatch.setattr("recognizance.cli.env.load_settings", fail)

    return failing


def test_the_version_is_told(cli):
    assert cli("--version").out == f"recognizance {__version__}\n"


@pytest.mark.parametrize("arguments", [(), ("--help",)], ids=["bare", "--help"])
def test_help_lists_every_command(cli, arguments):
    outcome = cli(*arguments)
    assert outcome.code == 0
    for name in ("serve", "env", "settings", "keys", "models", "detect", "compare", "collections", "index", "search"):
        assert f" {name} " in outcome.out
    assert "\x1b" not in outcome.out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("enroll",), "No such command 'enroll'; see recognizance --help"),
        (("keys",), "Missing command; see recognizance keys --help"),
        (("index",), "Missing argument 'COLLECTION'; see recognizance index --help"),
        (("search", "a", "b", "--threshold", "101"), "Invalid value for '--threshold'"),
        (("keys", "create", "--role", "boss"), "Invalid value for '--role'"),
        (("env", "--nonsense"), "No such option: --nonsense"),
    ],
    ids=["command", "no sub-command", "argument", "range", "choice", "option"],
)
def test_a_command_line_that_makes_no_sense_is_one_line_and_code_2(cli, arguments, complaint):
    outcome = cli(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("recognizance: ")
    assert complaint in outcome.err
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (main.CommandError("do this"), "recognizance: do this\n"),
        (main.Fault("ConflictException", "no"), "recognizance: ConflictException: no\n"),
        (PermissionError(13, "Permission denied", "x.json"), "recognizance: x.json: Permission denied\n"),
    ],
    ids=["ours", "of the API", "of the system"],
)
def test_a_failure_is_one_line_and_code_1(cli, failing, error, line):
    failing(error)
    outcome = cli("env")
    assert (outcome.code, outcome.out, outcome.err) == (1, "", line)


def test_ctrl_c_is_code_130(cli, failing):
    failing(KeyboardInterrupt())
    assert cli("env").code == 130


def test_a_mistake_of_ours_keeps_its_traceback(cli, failing):
    failing(AssertionError("bug"))
    with pytest.raises(AssertionError, match="bug"):
        cli("env")


def test_a_setting_that_cannot_be_used_is_named(cli, monkeypatch):
    monkeypatch.setenv("RECOGNIZANCE_PORT", "99999")
    outcome = cli("env")
    assert outcome.code == 1
    assert outcome.err.startswith("recognizance: settings cannot be used: port: ")


def test_the_process_ends_with_the_code(monkeypatch):
    monkeypatch.setattr("sys.argv", ["recognizance", "nonsense"])
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == 2
