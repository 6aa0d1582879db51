"""The session tag as it is printed: what a stock client sends of it is what the server reads."""

import json
import shlex

from recognizance.cli.main import run
from recognizance.wire.session import read_said


def test_the_tag_is_what_the_server_reads(capsys):
    assert run(["session", "--case", "2026-17", "--authorisation", "order 3", "--json"]) == 0
    token = json.loads(capsys.readouterr().out)["AWS_SESSION_TOKEN"]
    assert read_said({"x-amz-security-token": token}) == {"case": "2026-17", "authorisation": "order 3"}


def test_it_is_a_line_for_the_shell(capsys):
    assert run(["session", "--consent", "c-1"]) == 0
    command, assignment = shlex.split(capsys.readouterr().out)
    name, _, token = assignment.partition("=")
    assert (command, name) == ("export", "AWS_SESSION_TOKEN")
    assert read_said({"x-amz-security-token": token}) == {"consent": "c-1"}


def test_saying_nothing_is_a_mistake(capsys):
    assert run(["session"]) == 1
    assert "give --case" in capsys.readouterr().err


def test_what_cannot_be_said_is_refused(capsys):
    assert run(["session", "--case", ""]) == 1
    assert "case is to be 1 to 256 printable letters" in capsys.readouterr().err
