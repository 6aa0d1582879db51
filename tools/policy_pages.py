"""Write the tables of docs/policy.md and the schema docs/policy.schema.json from the code of the rules.

`python tools/policy_pages.py` writes both; with `--check` it fails if one is out of date.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from recognizance.policy.document import Policy, write_schema
from recognizance.policy.operation import OPERATIONS, Use
from recognizance.policy.reason import Reason

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = DOCS / "policy.md"
SCHEMA = DOCS / "policy.schema.json"


def render_page() -> str:
    """The page's text with fresh tables."""
    text = PAGE.read_text()
    for name, render in TABLES.items():
        before, begin, rest = text.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"<!-- end of {name} -->\n")
        text = before + begin + render() + end + after
    return text


def render_schema() -> str:
    """The schema's text."""
    return json.dumps(write_schema(), indent=2) + "\n"


def _render_fields() -> str:
    head = "| Field | If left out | Meaning |\n| --- | --- | --- |\n"
    rows = [f"| `{name}` | {_default(name)} | {field.description} |\n" for name, field in Policy.model_fields.items()]
    return head + "".join(rows)


def _default(name: str) -> str:
    field = Policy.model_fields[name]
    match field.default:
        case _ if field.is_required():
            return "refused"
        case None:
            return "none"
        case tuple() as values:
            return ", ".join(f"`{value}`" for value in values) or "none"
        case bool() as value:
            return str(value).lower()
        case value:
            return f"`{value}`" if isinstance(value, str) else f"{value}"


def _render_uses() -> str:
    names = {use: [name for name, found in OPERATIONS.items() if found is use] for use in Use}
    rows = [f"| {use.value} | {', '.join(names[use])} |\n" for use in Use]
    return "| Use | Operations |\n| --- | --- |\n" + "".join(rows)


def _render_reasons() -> str:
    rows = [f"| `{reason.name}` | {reason.value} |\n" for reason in Reason]
    return "| Code | Meaning |\n| --- | --- |\n" + "".join(rows)


TABLES: dict[str, Callable[[], str]] = {
    "fields": _render_fields,
    "uses": _render_uses,
    "reasons": _render_reasons,
}

if __name__ == "__main__":
    for path, render in ((PAGE, render_page), (SCHEMA, render_schema)):
        if "--check" not in sys.argv:
            path.write_text(render())
        elif path.read_text() != render():
            sys.exit(f"{path.name} is out of date: run python {sys.argv[0]}")
