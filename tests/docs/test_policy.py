"""The pages on policies say what the code of the rules does."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from recognizance.policy.document import Policy
from recognizance.policy.profile import NAMES, load_profile
from recognizance.policy.reason import Reason

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from policy_pages import PAGE, SCHEMA, render_page, render_schema  # noqa: E402 - a script, not a package

PROFILES = (ROOT / "docs" / "profiles.md").read_text()


def test_the_tables_and_the_schema_are_up_to_date():
    assert PAGE.read_text() == render_page(), "run python tools/policy_pages.py"
    assert SCHEMA.read_text() == render_schema(), "run python tools/policy_pages.py"


def test_every_field_and_every_reason_has_its_row():
    rows = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(), re.MULTILINE)
    assert rows == [*Policy.model_fields, *(reason.name for reason in Reason)]


@pytest.mark.parametrize("name", NAMES)
def test_every_profile_is_explained_with_its_numbers(name):
    assert re.search(rf"^## {name}$", PROFILES, re.MULTILINE)
    [row] = re.findall(rf"^\| \[`{name}`\]\(#{name}\) \| (.*) \|$", PROFILES, re.MULTILINE)
    kind, floor, target, longest, reviewers, carries, consent, retention, limits = (
        cell.strip() for cell in row.split("|")
    )
    found = load_profile(name)
    assert kind == {"verify": "1:1", "identify": "1:N"}[found.kind]
    assert (float(floor), float(target), int(longest)) == (found.floor, found.fpir_target, found.most_candidates)
    assert reviewers == f"{found.reviewers}{', sealed' if found.sealed else ''}"
    assert carries.replace(" (48 h)", "") == (", ".join(found.must_carry) or "nothing")
    assert ("48 h" in carries) == (found.authorisation_hours == 48)
    assert consent == found.consent
    number, unit = retention.split()
    assert found.retention_days == int(number) * {"day": 1, "year": 365}[unit.rstrip("s")]
    told = [f"{found.most_faces} faces"] if found.most_faces else []
    told += [f"{found.searches_per_day} searches a day"] if found.searches_per_day else []
    told += ["audit"] if found.audit_days == 365 else []
    told += ["no search"] if found.kind == "verify" else []
    assert limits == ", ".join(told)
