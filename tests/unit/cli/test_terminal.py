from __future__ import annotations

import json

from recognizance.cli.terminal import print_json, print_table


def test_json_survives_names_that_are_no_text(capsys):
    print_json({"file": "caf\udce9.jpg"})
    out = capsys.readouterr().out
    assert out.isascii()
    assert json.loads(out) == {"file": "caf\udce9.jpg"}


def test_a_piped_table_has_no_escapes_and_cuts_nothing(capsys):
    name = "x" * 500
    print_table(("name", "count", "ratio"), [(name, 12, 0.5), ("[red]", None, 99.123)], title="Title")
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["Title"] in lines
    assert [name, "12", "0.500"] in lines
    assert ["[red]", "99.12"] in lines


def test_an_empty_table_has_its_head(capsys):
    print_table(("name",), [])
    assert "name" in capsys.readouterr().out


def test_numbers_stand_to_the_right(capsys):
    print_table(("count",), [(5,), (12345,)])
    lines = capsys.readouterr().out.splitlines()
    assert [line.rstrip() for line in lines if "5" in line] == ["     5", " 12345"]
