"""What is published of the native API is what the code answers to."""

from __future__ import annotations

import sys
from pathlib import Path

from recognizance.api.table import ENDPOINTS

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from api_pages import DESCRIPTION, PAGE, render_description, render_page  # noqa: E402 - a script, not a package


def test_the_table_and_the_description_are_up_to_date():
    assert PAGE.read_text() == render_page(), "run python tools/api_pages.py"
    assert DESCRIPTION.read_text() == render_description(), "run python tools/api_pages.py"


def test_every_endpoint_has_its_row():
    rows = [line.split("`")[1] for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    assert rows == [f"{one.method} {one.path}" for one in ENDPOINTS]
