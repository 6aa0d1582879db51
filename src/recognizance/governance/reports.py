"""Reports: the entries of the ledger in, an account of a period out, as a JSON document with counts fit for print.

Every number is a count of entries, so that whoever holds the ledger can count again. Small counts are withheld.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from recognizance.evaluation.intervals import wilson
from recognizance.governance.chronicle import Chronicle
from recognizance.governance.suppression import SMALLEST, Printed, suppress
from recognizance.governance.tallies import MARKS, TALLIES, Entry
from recognizance.ledger.entry import write_moment
from recognizance.review.choice import Mark

FORMAT = "recognizance-report/1"

Document = dict[str, Any]


def annual(entries: Iterable[Entry], *, year: int) -> Document:
    """The annual report of a calendar year, UTC."""
    start, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    return account(entries, start=start, end=end, title=f"Annual report {year}")


def account(
    entries: Iterable[Entry], *, start: datetime, end: datetime, title: str = "Accountability report"
) -> Document:
    """The account of the time from `start` until before `end`; entries as the ledger exports them, in order."""
    first, last = write_moment(start), write_moment(end)
    counts: dict[str, dict[str, int]] = {tally.id: dict.fromkeys(tally.rows, 0) for tally in TALLIES}
    indexes: list[int] = []
    chronicle = Chronicle()
    system: Entry | None = None
    for entry in entries:
        if entry["at"] >= last:
            break
        chronicle.add(entry)
        if entry["kind"] == "start":
            system = entry
        if entry["at"] >= first:
            indexes.append(entry["index"])
            _count(entry, counts)
    printed = {
        # Not by size: that would say something of the counts that are withheld.
        tally.id: suppress(counts[tally.id] if tally.rows else dict(sorted(counts[tally.id].items())))
        for tally in TALLIES
    }
    return {
        "format": FORMAT,
        "title": title,
        "from": first,
        "until": last,
        "entries": {"first": min(indexes), "last": max(indexes)} if indexes else None,
        "system": system and {"version": system["version"], "models": dict(system["model_digests"])},
        "withheld_below": SMALLEST,
        "tables": [
            {
                "id": tally.id,
                "title": tally.title,
                "about": tally.about,
                "rows": dict(printed[tally.id].rows),
                "total": printed[tally.id].total,
                "told_apart": printed[tally.id].apart,
            }
            for tally in TALLIES
        ],
        "reviewer_errors": _errors(printed["known_answers"]),
        "threshold_changes": chronicle.thresholds(since=first),
        "retention_changes": chronicle.retentions(since=first),
        "stops": chronicle.stops(since=first),
    }


def _count(entry: Entry, counts: dict[str, dict[str, int]]) -> None:
    for tally in TALLIES:
        table = counts[tally.id]
        for row, number in tally.count(entry).items():
            table[row] = table.get(row, 0) + number


def _errors(known: Printed) -> Document | None:
    """Wrong names among the votes that could give one, of all reviewers; None if that tells a withheld count."""
    wrong, right = known.rows.get(MARKS[Mark.FALSE_ACCEPT]), known.rows.get(MARKS[Mark.NAMED_MATE])
    if wrong is None or right is None or known.total is None or known.total == right:
        return None
    rate = wilson(wrong, known.total - right)
    return {"events": rate.events, "trials": rate.trials, "low": rate.low, "high": rate.high}
