"""The ledger's page names every kind of entry and every member that its formats have."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from recognizance.ledger.kinds import ENVELOPE, KINDS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "ledger.md").read_text()
KIND_ROWS = re.search(r"^\| kind \| when \|\n(.*?)\n\n", PAGE, re.MULTILINE | re.DOTALL)[1]


def test_every_kind_is_named_and_every_name_is_a_kind():
    cells = "".join(line.split("|")[1] for line in KIND_ROWS.splitlines())
    assert sorted(re.findall(r"`(\w+)`", cells)) == sorted(KINDS)


@pytest.mark.parametrize("name", sorted(ENVELOPE))
def test_every_member_of_an_entry_is_explained(name):
    assert f"| `{name}` |" in PAGE
