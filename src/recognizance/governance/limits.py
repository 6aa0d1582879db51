"""Limits: searches counted by person and day, and an alarm when one probe goes through many collections."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from recognizance.ledger.port import Ledger
from recognizance.policy.document import Policy
from recognizance.policy.reason import Reason
from recognizance.storage import limits as rows
from recognizance.storage.database import Database
from recognizance.values import AccessKey

ALARM_COLLECTIONS = 3
"""Collections in which a probe is searched within `ALARM_WINDOW` from which on each further one gives an alarm."""

ALARM_WINDOW = timedelta(days=1)

PROBE_SPREAD = "PROBE_SPREAD"
"""Code of that alarm."""


class Limits:
    """The counts of an installation. Safe to call from several threads and beside other processes."""

    def __init__(self, database: Database, ledger: Ledger) -> None:
        self._database = database
        self._ledger = ledger

    def latest(self, now: datetime) -> datetime:
        """The time to judge by: a clock that was set back is taken for the latest time that rules have seen."""
        return self._database.read(partial(rows.latest, now=now))

    def searches(self, policy: Policy, key: AccessKey, *, now: datetime) -> int:
        """How many searches the holder of a key made today under a policy, in all of its collections."""

        def work(connection: Connection) -> int:
            return rows.searches(connection, policy.name, key.holder, day=_day(rows.latest(connection, now)))

        return self._database.read(work)

    def spend(self, policy: Policy, key: AccessKey, *, now: datetime) -> None:
        """Count a search, in the transaction that records it. Raises RuleError SEARCHES_SPENT past the limit.

        Transactions write one after the other, so that of two last searches at the same moment one is refused.
        """

        def work(connection: Connection) -> None:
            day = _day(rows.note_time(connection, now))
            made = rows.searches(connection, policy.name, key.holder, day=day)
            if policy.searches_per_day is not None and made >= policy.searches_per_day:
                raise Reason.SEARCHES_SPENT.error(f"{policy.searches_per_day} a day")
            rows.count_search(connection, policy.name, key.holder, day=day)

        self._database.write(work)

    def watch(self, probe: str, collection_id: str, key: AccessKey, *, now: datetime) -> bool:
        """Note in which collection a probe (by keyed digest) is searched; whether that gave an alarm in the ledger."""

        def work(connection: Connection) -> bool:
            at = rows.note_time(connection, now)
            places, new = rows.sight(connection, probe, collection_id, at=at, since=at - ALARM_WINDOW)
            if not new or places < ALARM_COLLECTIONS:
                return False
            self._ledger.append(
                "alarm",
                {
                    "code": PROBE_SPREAD,
                    "operator": key.id,
                    "collection": collection_id,
                    "probe": probe,
                    "collections": places,
                },
                at=at,
            )
            return True

        return self._database.write(work)


def _day(now: datetime) -> int:
    return now.astimezone(UTC).toordinal()
