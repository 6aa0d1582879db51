"""The pages on commands and settings say what there is, and no more."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from recognizance.cli.main import command_line
from recognizance.settings import describe_settings

DOCS = Path(__file__).resolve().parents[2] / "docs"
SHARED = {"--help", "--data", "--json", "--profile"}


def _commands(command, path=()):
    """Every command's name, as typed, and its options."""
    subcommands = getattr(command, "commands", None)
    if subcommands is None:
        yield " ".join(path), {name for param in command.params for name in param.opts if name.startswith("--")}
        return
    for name, sub in subcommands.items():
        yield from _commands(sub, (*path, name))


COMMANDS = dict(_commands(get_command(command_line())))
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", (DOCS / "cli.md").read_text(), re.MULTILINE | re.DOTALL))


def test_every_command_has_its_heading_and_every_heading_its_command():
    assert sorted(SECTIONS) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_explained(name):
    for option in COMMANDS[name] - SHARED:
        assert option in SECTIONS[name]


@pytest.mark.parametrize("row", describe_settings(), ids=lambda row: row[0])
def test_every_setting_has_its_row(row):
    name, default, sentence = row
    cell = f" `{default}` " if default else "  "
    assert f"| `{name}` |{cell}| {sentence} |" in (DOCS / "settings.md").read_text()


def test_every_row_is_a_setting():
    rows = re.findall(r"^\| `(RECOGNIZANCE_\w+)` ", (DOCS / "settings.md").read_text(), re.MULTILINE)
    assert rows == [name for name, _, _ in describe_settings()]
