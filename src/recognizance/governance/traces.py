"""Traces: what is known of some faces. Which collections hold them, and which searches met them, as far as may be told.

What comes from a secret purpose is counted and not told until its time has come, and so is what is sealed until its
reviewers have decided: else whoever serves a person could look up what a search of their own found. Nothing here tells
of anybody else: other candidates of a search, and what a case was called, stay out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from recognizance.errors import FaceNotFoundError
from recognizance.governance.book import Book
from recognizance.policy.document import Purpose
from recognizance.storage import collections as collection_rows
from recognizance.storage import faces as face_rows
from recognizance.storage import terms as term_rows
from recognizance.storage.database import Database
from recognizance.values import EnrolledFace, FaceTerms

SECRET = frozenset({Purpose.POLICE_INVESTIGATION})
"""Purposes whose uses are told late."""

NOTICE_AFTER = timedelta(days=365)
"""How late."""

PurposeOf = Callable[[str], str | None]
"""The purpose of a collection, by its id; None if none is stated."""


@dataclass(frozen=True, slots=True)
class Place:
    """A collection, and those of the faces that it holds."""

    collection_id: str
    faces: tuple[EnrolledFace, ...]
    enrolled_at: Mapping[int, datetime]
    terms: Mapping[int, FaceTerms]

    @property
    def user_ids(self) -> set[str]:
        """The users that the faces belong to."""
        return {face.user_id for face in self.faces if face.user_id is not None}


@dataclass(frozen=True, slots=True)
class Held:
    """A face that a collection holds, since when, with which consent, and until when at the latest."""

    collection_id: str
    face_id: str
    enrolled_at: datetime
    consent_id: str | None
    limit_at: datetime | None


@dataclass(frozen=True, slots=True)
class Searched:
    """A search that one of the faces was the probe of, or a candidate in; `similarity` (0..100) of a candidate."""

    at: str
    collection_id: str
    operation: str
    purpose: str | None
    policy: str | None
    operator: str
    face_id: str
    similarity: float | None


@dataclass(frozen=True, slots=True)
class Traces:
    """All that may be told of some faces. `withheld`: how much more there is that will be told later."""

    held: tuple[Held, ...]
    searches: tuple[Searched, ...]
    withheld: int


class Tracer:
    """Finds traces of faces. Safe to call from several threads."""

    def __init__(self, database: Database, book: Book, purpose_of: PurposeOf) -> None:
        self._database = database
        self._book = book
        self._purpose_of = purpose_of

    def trace(self, face_ids: AbstractSet[str], *, now: datetime) -> Traces:
        """Read rows and the whole ledger for faces, those that are gone included."""
        places = self._database.read(lambda connection: find_places(connection, face_ids))
        held, kept_back = self._held(places, now)
        searches, hidden = self._searches(face_ids, self._refs(places), now)
        return Traces(tuple(held), tuple(searches), kept_back + hidden)

    def _held(self, places: Iterable[Place], now: datetime) -> tuple[list[Held], int]:
        told, withheld = [], 0
        for place in places:
            purpose = self._purpose_of(place.collection_id)
            for face in place.faces:
                since, terms = place.enrolled_at[face.number], place.terms.get(face.number, FaceTerms())
                if _is_secret(purpose, since, now):
                    withheld += 1
                else:
                    told.append(Held(place.collection_id, face.face_id, since, terms.consent_id, terms.limit_at))
        return told, withheld

    def _refs(self, places: Iterable[Place]) -> dict[str, str]:
        """The references by which entries know the users that the faces belong to, each with one of the faces."""
        return {
            ref: face.face_id
            for place in places
            for face in place.faces
            if face.user_id is not None
            for ref in self._book.refs_of("user", f"{place.collection_id}/{face.user_id}")
        }

    def _searches(
        self, face_ids: AbstractSet[str], refs: Mapping[str, str], now: datetime
    ) -> tuple[list[Searched], int]:
        told, withheld = [], 0
        decided = {entry["case"] for entry in self._book.entries(kinds=["decision"])}
        for entry in self._book.entries(kinds=["search"]):
            sealed = entry["outcome"] == "sealed" and entry["case"] not in decided
            for member in (entry["probe"], *entry["candidates"]):
                face_id = refs.get(member["user"]["ref"]) if "user" in member else member.get("face_id")
                if face_id is None or face_id not in face_ids:
                    continue
                if sealed or _is_secret(entry["purpose"], datetime.fromisoformat(entry["at"]), now):
                    withheld += 1
                else:
                    told.append(_searched(entry, face_id, member.get("similarity")))
        return told, withheld


def find_places(connection: Connection, face_ids: AbstractSet[str]) -> list[Place]:
    """The collections that hold some of the faces."""
    places = []
    for row in collection_rows.page(connection, after=None):
        faces = tuple(face_rows.by_id(connection, row.number, face_ids).values())
        if faces:
            numbers = [face.number for face in faces]
            enrolled_at, terms = face_rows.enrolled_at(connection, numbers), term_rows.find(connection, numbers)
            places.append(Place(row.collection.id, faces, enrolled_at, terms))
    return places


def require_places(connection: Connection, face_ids: AbstractSet[str]) -> list[Place]:
    """As `find_places`, for faces that all have to be there. Raises FaceNotFoundError."""
    places = find_places(connection, face_ids)
    if missing := sorted(face_ids - {face.face_id for place in places for face in place.faces}):
        raise FaceNotFoundError(missing[0])
    return places


def _searched(entry: Mapping[str, Any], face_id: str, similarity: float | None) -> Searched:
    return Searched(
        at=entry["at"],
        collection_id=entry["collection"],
        operation=entry["operation"],
        purpose=entry["purpose"],
        policy=entry["policy"]["name"] if entry["policy"] else None,
        operator=entry["operator"],
        face_id=face_id,
        similarity=similarity,
    )


def _is_secret(purpose: str | None, since: datetime, now: datetime) -> bool:
    return purpose in SECRET and now < since + NOTICE_AFTER
