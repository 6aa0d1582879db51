"""The pages on review and reports name every reason code and every table."""

from __future__ import annotations

import re
from pathlib import Path

from recognizance.governance import cases, reviewers, tallies
from recognizance.review import case, reviewer

DOCS = Path(__file__).parents[3] / "docs"
CODE = re.compile(r'RuleError\(\s*"([A-Z_]+)"')


def test_every_reason_code_has_its_place():
    page = (DOCS / "review.md").read_text()
    codes = {
        code
        for module in (case, reviewer, cases, reviewers)
        for code in CODE.findall(Path(module.__file__).read_text())
    }
    assert len(codes) > 12
    assert {code for code in codes if f"`{code}`" not in page} == set()


def test_every_table_is_listed_as_it_is():
    page = (DOCS / "reports.md").read_text()
    rows = [f"| `{tally.id}` | **{tally.title}** {tally.about} |" for tally in tallies.TALLIES]
    assert [line for line in page.splitlines() if line.startswith("| `") and "**" in line] == rows
