"""Write docs/operations/index.md from the registry and the service model: what works, and who may call it.

`python tools/operations_table.py` writes the page; with `--check` it fails if the page is out of date.
"""

from __future__ import annotations

import sys
from pathlib import Path

from recognizance.operations.registry import OPERATIONS, Entry
from recognizance.values import Role
from recognizance.wire.model import load_model

PAGE = Path(__file__).resolve().parent.parent / "docs" / "operations" / "index.md"
PAGES = {
    "face": "faces",
    "collection": "collections",
    "enrolment": "enrolment",
    "search": "search",
    "user": "users",
    "video": "video",
    "stream": "streams",
}
HEAD = """\
# Operations

Generated from the registry by `python tools/operations_table.py`; a test fails when it is out of date.

{answered} of the {total} operations in the service model are answered, each with real results. Any other one answers
`InvalidParameterException` with a message that names it. "Roles" says which keys may call an operation.

| Operation | Answered | Roles |
| --- | --- | --- |
"""


def render() -> str:
    """The page's text."""
    names = sorted(load_model().operations)
    rows = [_row(name, OPERATIONS.get(name)) for name in names]
    return HEAD.format(answered=len(OPERATIONS), total=len(names)) + "\n".join(rows) + "\n"


def _row(name: str, entry: Entry | None) -> str:
    if entry is None:
        return f"| {name} | no | |"
    page = PAGES[entry.run.__module__.rpartition(".")[2]]
    roles = ", ".join(role.value for role in Role if role in entry.roles)
    return f"| [{name}]({page}.md#{name.lower()}) | yes | {roles} |"


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text() == render() else f"{PAGE.name} is out of date: run python {sys.argv[0]}")
    PAGE.write_text(render())
