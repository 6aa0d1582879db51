"""One entry: a kind, its fields and a time in, canonical bytes out that are linked to the entry before.

    {"at":"2026-11-25T01:02:03.456Z","index":7,"kind":"search","previous":"<hash of entry 6>","v":1, ...fields}

An entry's time is never before that of the entry it follows. A clock that was set back shows as `clock_back`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from recognizance.ledger.kinds import Json
from recognizance.ledger.verifier import canonical

VERSION = 1
"""Version of the format, in every entry."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be recorded, checked by `kinds.check`, before its place in the ledger is known."""

    kind: str
    fields: Mapping[str, Json]
    at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry in its place: its canonical bytes, and its time (which may be later than the draft's)."""

    index: int
    at: datetime
    body: bytes


def compose(draft: Draft, *, index: int, previous: str, last: datetime | None) -> Entry:
    """The entry of a draft after the entry with the hash `previous` and the time `last`."""
    at = _to_milliseconds(draft.at)
    envelope: dict[str, Json] = {"v": VERSION, "index": index, "kind": draft.kind, "previous": previous}
    if last is not None and at < last:
        at = last
        envelope["clock_back"] = True
    envelope["at"] = write_moment(at)
    return Entry(index, at, canonical({**draft.fields, **envelope}))


def write_moment(time: datetime) -> str:
    """A time as entries have it: UTC, to the millisecond, so that later is also greater as a text."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _to_milliseconds(time: datetime) -> datetime:
    return time.replace(microsecond=time.microsecond // 1000 * 1000)
