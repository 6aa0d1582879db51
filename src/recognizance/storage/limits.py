"""Rows behind limits: searches by person and day, where a probe was seen, and the latest time that rules have seen.

Plain functions on a connection.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Connection, Integer, Table, Text, delete, func, insert, select, update

from recognizance.storage.ledger import heads
from recognizance.storage.schema import Moment, Number, metadata

counts = Table(
    "search_counts",
    metadata,
    Column("policy", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("day", Integer, nullable=False),  # proleptic ordinal of the date, UTC
    Column("searches", Integer, nullable=False),
)

sightings = Table(
    "probe_sightings",
    metadata,
    Column("probe", Text, primary_key=True),  # keyed digest of the picture
    Column("collection_id", Text, primary_key=True),
    Column("at", Moment, nullable=False, index=True),
)

seen = Table(
    "rule_clock",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),  # always 1
    Column("at", Moment, nullable=False),
)


def latest(connection: Connection, now: datetime) -> datetime:
    """The time to judge by: now, or the latest time noted here or in the ledger if the clock was set back since."""
    noted: list[datetime | None] = [connection.scalar(select(column)) for column in (seen.c.at, heads.c.at)]
    return max([now, *(at for at in noted if at is not None)])


def note_time(connection: Connection, now: datetime) -> datetime:
    """As `latest`, and it is noted. For use in a write."""
    at = latest(connection, now)
    if not connection.execute(update(seen).values(at=at)).rowcount:
        connection.execute(insert(seen).values(number=1, at=at))
    return at


def searches(connection: Connection, policy: str, person: str, *, day: int) -> int:
    """How many searches a person made on a day under a policy."""
    query = select(counts.c.searches).where(counts.c.policy == policy, counts.c.person == person, counts.c.day == day)
    return connection.scalar(query) or 0


def count_search(connection: Connection, policy: str, person: str, *, day: int) -> None:
    """Add one; the count of an earlier day is dropped."""
    row = (counts.c.policy == policy, counts.c.person == person)
    if connection.execute(
        update(counts).where(*row, counts.c.day == day).values(searches=counts.c.searches + 1)
    ).rowcount:
        return
    connection.execute(delete(counts).where(*row))
    connection.execute(insert(counts).values(policy=policy, person=person, day=day, searches=1))


def sight(connection: Connection, probe: str, collection_id: str, *, at: datetime, since: datetime) -> tuple[int, bool]:
    """Note a probe in a collection and forget what is older than `since`.

    In how many collections it was seen by now, and whether this one is new among them.
    """
    connection.execute(delete(sightings).where(sightings.c.at < since))
    row = (sightings.c.probe == probe, sightings.c.collection_id == collection_id)
    new = not connection.execute(update(sightings).where(*row).values(at=at)).rowcount
    if new:
        connection.execute(insert(sightings).values(probe=probe, collection_id=collection_id, at=at))
    places = connection.execute(select(func.count()).where(sightings.c.probe == probe)).scalar_one()
    return places, new
