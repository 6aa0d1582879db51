"""Chronicle: entries of the ledger in, those acts of the authority itself out that a report tells one by one.

That a threshold or a time of keeping faces was changed, or a use stopped, is public and says nothing of anyone who was
searched for: nothing of it is withheld.
"""

from __future__ import annotations

from typing import Any

from recognizance.governance.tallies import EFFECTIVE, Entry


class Chronicle:
    """Takes entries in order, from the first of the ledger on."""

    def __init__(self) -> None:
        self._thresholds: list[dict[str, Any]] = []
        self._retentions: list[dict[str, Any]] = []
        self._stops: dict[str, dict[str, Any]] = {}

    def add(self, entry: Entry) -> None:
        """Take the next entry."""
        match entry["kind"]:
            case "policy" if entry["action"] in EFFECTIVE:
                self._add_change(entry)
            case "retention":
                self._retentions.append({name: entry[name] for name in ("at", "collection", "before", "days")})
            case "stop":
                told = {name: entry[name] for name in ("at", "scope", "target", "spared", "until")}
                self._stops[entry["stop"]] = told | {"ended": None}
            case "lift" if entry["action"] != "proposed" and entry["stop"] in self._stops:
                self._stops[entry["stop"]]["ended"] = entry["at"]

    def thresholds(self, *, since: str) -> list[dict[str, Any]]:
        """The changes of a threshold from a time on: policy, collection if it was for one, before, after, audit."""
        return [change for change in self._thresholds if change["at"] >= since]

    def retentions(self, *, since: str) -> list[dict[str, Any]]:
        """The changes from a time on of how many days a collection keeps faces; None: without such a limit."""
        return [change for change in self._retentions if change["at"] >= since]

    def stops(self, *, since: str) -> list[dict[str, Any]]:
        """The stops that had not ended before a time."""
        return [
            stop
            for stop in self._stops.values()
            if all(end is None or end >= since for end in (stop["ended"], stop["until"]))
        ]

    def _add_change(self, entry: Entry) -> None:
        before, after = entry["threshold_before"], entry["threshold"]
        if before is not None and after is not None and before != after:
            self._thresholds.append(
                {
                    "at": entry["at"],
                    "policy": entry["policy"]["name"],
                    "collection": entry["collection"],
                    "before": dict(before),
                    "after": dict(after),
                    "audit": entry["audit"],
                }
            )
