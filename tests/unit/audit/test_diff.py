from __future__ import annotations

import json

import pytest

from recognizance.audit.diff import compare, read_audit
from recognizance.audit.errors import AuditError
from recognizance.audit.run import FORMAT


def rate(low, high, verdict="enough data"):
    return {"interval_95": [low, high], "verdict": verdict}


def audit(*, fnmr, outcome="met", digest="a", model="m"):
    return {
        "date": "2026-11-24",
        "pack": {"name": "default", "models": {"embedder": model}},
        "data": {"fingerprint": digest},
        "marks": [{"mark": "few misses", "outcome": outcome}],
        "levels": [{"name": "similarity 80", "groups": [{"group": "everybody", "fmr": None, "fnmr": fnmr}]}],
    }


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (rate(0.01, 0.02), rate(0.03, 0.04), "higher"),
        (rate(0.03, 0.04), rate(0.01, 0.02), "lower"),
        (rate(0.01, 0.03), rate(0.02, 0.04), "no clear change"),
        (rate(0.01, 0.02), rate(0.03, 0.04, "not enough data"), "not enough data"),
    ],
)
def test_a_rate_has_changed_where_intervals_do_not_overlap(before, after, change):
    [row] = compare(audit(fnmr=before), audit(fnmr=after))["rates"]
    assert (row["level"], row["group"], row["metric"], row["change"]) == ("similarity 80", "everybody", "fnmr", change)


def test_marks_that_came_out_otherwise_and_what_differs():
    found = compare(audit(fnmr=None), audit(fnmr=None, outcome="failed", digest="b", model="n"))
    assert found["marks"] == [{"mark": "few misses", "before": "met", "after": "failed"}]
    assert (found["same_data"], found["same_models"], found["rates"]) == (False, False, [])


def test_an_audit_is_like_itself():
    found = compare(audit(fnmr=None), audit(fnmr=None))
    assert (found["same_data"], found["same_models"], found["marks"]) == (True, True, [])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "cannot be read"),
        ("[]", f"expected format {FORMAT}, got None"),
        (json.dumps({"format": "recognizance-audit/9"}), "got recognizance-audit/9"),
    ],
)
def test_a_file_that_is_no_audit_is_one_line(tmp_path, content, message):
    (tmp_path / "audit.json").write_text(content)
    with pytest.raises(AuditError, match=message):
        read_audit(tmp_path / "audit.json")


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(AuditError, match="cannot be read"):
        read_audit(tmp_path / "audit.json")
