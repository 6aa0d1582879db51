"""Write the table of docs/api.md and the description docs/openapi.json from the endpoints of the native API.

`python tools/api_pages.py` writes both; with `--check` it fails if one is out of date.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from recognizance.api.endpoint import Endpoint
from recognizance.api.openapi import describe
from recognizance.api.table import ENDPOINTS

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = DOCS / "api.md"
DESCRIPTION = DOCS / "openapi.json"

_BEGIN, _END = "<!-- endpoints -->\n", "<!-- end of endpoints -->\n"


def render_page() -> str:
    """The page's text with a fresh table."""
    before, begin, rest = PAGE.read_text().partition(_BEGIN)
    _, end, after = rest.partition(_END)
    rows = [f"| `{one.method} {one.path}` | {one.summary} | {_roles(one)} |\n" for one in ENDPOINTS]
    return before + begin + "| Endpoint | What it does | For |\n| --- | --- | --- |\n" + "".join(rows) + end + after


def _roles(endpoint: Endpoint) -> str:
    return ", ".join(sorted(role.value for role in endpoint.roles)) or "anybody"


def render_description() -> str:
    """The text of the OpenAPI document."""
    return json.dumps(describe(ENDPOINTS), indent=1) + "\n"


if __name__ == "__main__":
    for path, render in ((PAGE, render_page), (DESCRIPTION, render_description)):
        if "--check" not in sys.argv:
            path.write_text(render())
        elif path.read_text() != render():
            sys.exit(f"{path.name} is out of date: run python {sys.argv[0]}")
