"""The operations pages say what the registry does."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from recognizance.operations.registry import OPERATIONS

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from operations_table import PAGE, render  # noqa: E402 - a script, not a package


def test_table_is_up_to_date():
    assert PAGE.read_text() == render(), "run python tools/operations_table.py"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_has_its_heading(operation):
    pages = [page.read_text() for page in PAGE.parent.glob("*.md")]
    assert any(re.search(rf"^## {operation}$", page, re.MULTILINE) for page in pages)


def test_links_between_pages_lead_somewhere():
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    links = [(page, target) for page in pages for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text())]
    broken = [f"{page.name} -> {to}" for page, to in links if "://" not in to and not (page.parent / to).exists()]
    assert not broken
