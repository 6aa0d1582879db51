"""Rows of cases, candidates, votes and pictures: plain functions on a connection. Pictures pass through sealed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Double,
    ForeignKey,
    Integer,
    LargeBinary,
    Row,
    Select,
    Table,
    Text,
    UniqueConstraint,
    delete,
    func,
    insert,
    select,
    update,
)

from recognizance.errors import CaseNotFoundError
from recognizance.review.case import VOTING, Candidate, Case, State, Vote
from recognizance.storage.schema import Moment, Number, metadata

table = Table(
    "cases",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    # By name, not by reference: what was decided outlives the collection.
    Column("collection_id", Text, nullable=False),
    Column("searcher_key", Text, nullable=False),
    Column("searcher", Text, nullable=False),
    Column("needed", Integer, nullable=False),
    Column("error_limit", Double, nullable=False),
    Column("hidden", Boolean, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False, index=True),
    Column("state", Text, nullable=False, index=True),
    Column("round", Integer, nullable=False),
    Column("truth", Text),  # of a seeded case: the right choice
    Column("probe_face_id", Text),  # of a search for an enrolled face
    Column("sealed_key", LargeBinary, nullable=False),  # empty: destroyed, and what it sealed is shredded
    sqlite_autoincrement=True,
)

candidates = Table(
    "candidates",
    metadata,
    Column("case_number", Number, ForeignKey("cases.number", ondelete="CASCADE"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("rank", Integer, nullable=False),
    Column("similarity", Double, nullable=False),
    Column("face_id", Text, index=True),
    Column("user_number", Number),
)

votes = Table(
    "votes",
    metadata,
    # A person votes once on a case, in whichever round, and so does a key: the rule once more, as a constraint.
    Column("case_number", Number, ForeignKey("cases.number", ondelete="CASCADE"), primary_key=True),
    Column("person", Text, primary_key=True),
    Column("key_id", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("choice", Text, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("case_number", "key_id"),
)

case_pictures = Table(
    "case_pictures",
    metadata,
    Column("case_number", Number, ForeignKey("cases.number", ondelete="CASCADE"), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

case_entries = Table(
    "case_entries",
    metadata,
    Column("case_number", Number, ForeignKey("cases.number", ondelete="CASCADE"), primary_key=True),
    Column("entry", Number, primary_key=True),
    Column("kind", Text, nullable=False),
)


def create(connection: Connection, case: Case, *, sealed_key: bytes, probe_face_id: str | None) -> int:
    """Store a new case with its candidates; its number."""
    number: int = connection.execute(
        insert(table)
        .values(
            id=case.id,
            collection_id=case.collection_id,
            searcher_key=case.searcher_key,
            searcher=case.searcher,
            needed=case.needed,
            error_limit=case.error_limit,
            hidden=case.hidden,
            opened_at=case.opened_at,
            changed_at=case.changed_at,
            state=case.state.value,
            round=case.round,
            truth=case.truth,
            probe_face_id=probe_face_id,
            sealed_key=sealed_key,
        )
        .returning(table.c.number)
    ).scalar_one()
    rows = [
        {
            "case_number": number,
            "id": candidate.id,
            "rank": candidate.rank,
            "similarity": candidate.similarity,
            "face_id": candidate.face_id,
            "user_number": candidate.user_number,
        }
        for candidate in case.candidates
    ]
    connection.execute(insert(candidates), rows)
    return number


def find(connection: Connection, case_id: str) -> tuple[int, Case]:
    """A case and its number. Raises CaseNotFoundError."""
    row = connection.execute(select(table).where(table.c.id == case_id)).one_or_none()
    if row is None:
        raise CaseNotFoundError(case_id)
    return row.number, _case(connection, row)


def save(connection: Connection, number: int, before: Case, after: Case) -> None:
    """Store what an event changed: the state, and the votes that came."""
    connection.execute(
        update(table)
        .where(table.c.number == number)
        .values(state=after.state.value, round=after.round, changed_at=after.changed_at)
    )
    rows = [
        {
            "case_number": number,
            "person": vote.person,
            "key_id": vote.key_id,
            "round": vote.round,
            "choice": vote.choice,
            "at": vote.at,
        }
        for vote in after.votes[len(before.votes) :]
    ]
    if rows:
        connection.execute(insert(votes), rows)


def waiting(connection: Connection) -> list[Case]:
    """The cases that wait for votes, oldest first."""
    return _cases(connection, select(table).where(table.c.state.in_([state.value for state in VOTING])))


def real(connection: Connection, *, searcher: str | None, after: str | None, limit: int) -> list[Case]:
    """A page of the cases that are no seeds, oldest first: all, or one person's; those opened after a case."""
    query = select(table).where(table.c.truth.is_(None))
    if searcher is not None:
        query = query.where(table.c.searcher == searcher)
    if after is not None:
        query = query.where(table.c.number > find(connection, after)[0])
    return _cases(connection, query.limit(limit))


def naming(connection: Connection, face_ids: Iterable[str]) -> list[Case]:
    """The cases, seeds left out, among whose candidates or as whose probe one of the faces is."""
    ids = list(face_ids)
    named = select(candidates.c.case_number).where(candidates.c.face_id.in_(ids))
    touched = table.c.number.in_(named) | table.c.probe_face_id.in_(ids)
    return _cases(connection, select(table).where(touched, table.c.truth.is_(None)))


def last_change(connection: Connection) -> datetime | None:
    """The latest time at which any case changed: no clock that jumps back goes behind it."""
    changed: datetime | None = connection.scalar(select(func.max(table.c.changed_at)))
    return changed


def probe_face(connection: Connection, number: int) -> str | None:
    """The enrolled face that was searched for, if it was one."""
    face_id: str | None = connection.scalar(select(table.c.probe_face_id).where(table.c.number == number))
    return face_id


def put_picture(connection: Connection, number: int, sealed: bytes) -> None:
    """Keep the sealed picture of the probe."""
    connection.execute(insert(case_pictures).values(case_number=number, sealed=sealed))


def picture(connection: Connection, number: int) -> tuple[bytes, bytes] | None:
    """The sealed key of a case and the picture that it sealed; None if there is no picture (any more)."""
    query = select(table.c.sealed_key, case_pictures.c.sealed).join(case_pictures)
    row = connection.execute(query.where(table.c.number == number)).one_or_none()
    return None if row is None else (row.sealed_key, row.sealed)


def shred(connection: Connection, number: int) -> int:
    """Destroy the key, the picture and the candidates of a case; how many pictures there were."""
    connection.execute(update(table).where(table.c.number == number).values(sealed_key=b"", probe_face_id=None))
    connection.execute(delete(candidates).where(candidates.c.case_number == number))
    return connection.execute(delete(case_pictures).where(case_pictures.c.case_number == number)).rowcount


def note(connection: Connection, number: int, entry: int, kind: str) -> None:
    """Remember which entry of the ledger tells of a case."""
    connection.execute(insert(case_entries).values(case_number=number, entry=entry, kind=kind))


def entries(connection: Connection, number: int) -> Sequence[tuple[int, str]]:
    """The entries of the ledger that tell of a case, in order, each with its kind."""
    query = select(case_entries.c.entry, case_entries.c.kind).where(case_entries.c.case_number == number)
    return [(row.entry, row.kind) for row in connection.execute(query.order_by(case_entries.c.entry))]


def _cases(connection: Connection, query: Select[Any]) -> list[Case]:
    return [_case(connection, row) for row in connection.execute(query.order_by(table.c.number)).all()]


def _case(connection: Connection, row: Row[Any]) -> Case:
    shown = select(candidates).where(candidates.c.case_number == row.number).order_by(candidates.c.rank)
    cast = select(votes).where(votes.c.case_number == row.number).order_by(votes.c.at, votes.c.round)
    return Case(
        id=row.id,
        collection_id=row.collection_id,
        searcher_key=row.searcher_key,
        searcher=row.searcher,
        needed=row.needed,
        candidates=tuple(
            Candidate(one.id, one.rank, one.similarity, one.face_id, one.user_number)
            for one in connection.execute(shown)
        ),
        opened_at=row.opened_at,
        changed_at=row.changed_at,
        state=State(row.state),
        round=row.round,
        votes=tuple(
            Vote(vote.key_id, vote.person, vote.round, vote.choice, vote.at) for vote in connection.execute(cast)
        ),
        truth=row.truth,
        error_limit=row.error_limit,
        hidden=row.hidden,
    )
