"""Diff: two audit documents in, what changed between them out: model against model, month against month.

A rate has clearly changed if its intervals do not overlap. That is a careful rule: of the same people, smaller changes
may be real too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from recognizance.audit.errors import AuditError
from recognizance.audit.run import FORMAT
from recognizance.audit.sizes import Verdict

Document = Mapping[str, Any]

METRICS = ("fmr", "fnmr", "fte", "fpir", "fnir")


def read_audit(path: Path) -> dict[str, Any]:
    """An audit document from a file. Raises AuditError for a file that holds none."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AuditError(f"{path} cannot be read: {error}") from error
    found = document.get("format") if isinstance(document, dict) else None
    if found != FORMAT:
        raise AuditError(f"{path} is no audit that this version reads: expected format {FORMAT}, got {found}")
    checked: dict[str, Any] = document
    return checked


def compare(before: Document, after: Document) -> dict[str, Any]:
    """What differs: the evidence, the models, the outcome of marks, and every rate that both audits have."""
    return {
        "same_data": before["data"]["fingerprint"] == after["data"]["fingerprint"],
        "same_models": before["pack"]["models"] == after["pack"]["models"],
        "packs": [before["pack"]["name"], after["pack"]["name"]],
        "dates": [before["date"], after["date"]],
        "marks": list(_marks(before, after)),
        "rates": list(_rates(before, after)),
    }


def _marks(before: Document, after: Document) -> Iterator[dict[str, Any]]:
    """Marks with another outcome."""
    earlier = {mark["mark"]: mark["outcome"] for mark in before["marks"]}
    for mark in after["marks"]:
        outcome = earlier.get(mark["mark"])
        if outcome != mark["outcome"]:
            yield {"mark": mark["mark"], "before": outcome, "after": mark["outcome"]}


def _rates(before: Document, after: Document) -> Iterator[dict[str, Any]]:
    earlier = dict(_cells(before))
    for key, rate in _cells(after):
        if key in earlier:
            level, group, metric = key
            yield {
                "level": level,
                "group": group,
                "metric": metric,
                "before": earlier[key],
                "after": rate,
                "change": _change(earlier[key], rate),
            }


def _cells(document: Document) -> Iterator[tuple[tuple[str, str, str], Document]]:
    for level in document["levels"]:
        for row in level["groups"]:
            for metric in METRICS:
                if row.get(metric):
                    yield (level["name"], row["group"], metric), row[metric]


def _change(before: Document, after: Document) -> str:
    if Verdict.NOT_ENOUGH.value in {before["verdict"], after["verdict"]}:
        return Verdict.NOT_ENOUGH.value
    if after["interval_95"][0] > before["interval_95"][1]:
        return "higher"
    if after["interval_95"][1] < before["interval_95"][0]:
        return "lower"
    return "no clear change"
