"""Rows of policies, version by version, and of the changes that wait for a second person: functions on a connection."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Boolean, Column, Connection, Integer, LargeBinary, Row, Table, Text, func, insert, select, update

from recognizance.errors import PolicyNotFoundError, ProposalNotFoundError
from recognizance.policy.change import Proposal
from recognizance.storage.schema import Moment, Name, metadata

table = Table(
    "policies",
    metadata,
    Column("name", Name, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("document", Text, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("accepted_at", Moment, nullable=False),
    Column("put_by", Text, nullable=False),
    Column("approved_by", Text),
)

proposals = Table(
    "policy_proposals",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text),
    Column("document", Text),
    Column("collection_id", Text),
    Column("base", Text, nullable=False),
    Column("loosened", Text, nullable=False),  # names of fields, by commas
    Column("reason", Text, nullable=False),
    Column("audit", Text),
    Column("key_id", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("done", Boolean, nullable=False, index=True),
)


class PolicyRow(NamedTuple):
    """A version as it is stored. Nothing of it counts before the signature was verified."""

    name: str
    version: int
    document: str
    signature: bytes
    accepted_at: datetime
    put_by: str
    approved_by: str | None


def add(connection: Connection, row: PolicyRow) -> None:
    """Store a version."""
    connection.execute(insert(table).values(**row._asdict()))


def newest(connection: Connection, name: str) -> PolicyRow | None:
    """The newest version of a policy; None for an unknown name."""
    query = select(table).where(table.c.name == name).order_by(table.c.version.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else PolicyRow(*row)


def find(connection: Connection, name: str, version: int) -> PolicyRow:
    """One version. Raises PolicyNotFoundError."""
    row = connection.execute(select(table).where(table.c.name == name, table.c.version == version)).one_or_none()
    if row is None:
        raise PolicyNotFoundError(f"{name} version {version}")
    return PolicyRow(*row)


def history(connection: Connection, name: str) -> list[PolicyRow]:
    """All versions of a policy, oldest first. Raises PolicyNotFoundError."""
    rows = connection.execute(select(table).where(table.c.name == name).order_by(table.c.version)).all()
    if not rows:
        raise PolicyNotFoundError(name)
    return [PolicyRow(*row) for row in rows]


def every(connection: Connection) -> list[PolicyRow]:
    """The newest version of each policy, by name."""
    last = select(table.c.name, func.max(table.c.version).label("version")).group_by(table.c.name).subquery()
    query = select(table).join(last, (table.c.name == last.c.name) & (table.c.version == last.c.version))
    return [PolicyRow(*row) for row in connection.execute(query.order_by(table.c.name))]


def propose(connection: Connection, proposal: Proposal) -> None:
    """Store a proposal."""
    connection.execute(
        insert(proposals).values(
            id=proposal.id,
            name=proposal.name,
            document=proposal.document,
            collection_id=proposal.collection,
            base=proposal.base,
            loosened=",".join(proposal.loosened),
            reason=proposal.reason,
            audit=proposal.audit,
            key_id=proposal.key_id,
            person=proposal.person,
            at=proposal.at,
            done=proposal.done,
        )
    )


def find_proposal(connection: Connection, proposal_id: str) -> Proposal:
    """One proposal. Raises ProposalNotFoundError."""
    row = connection.execute(select(proposals).where(proposals.c.id == proposal_id)).one_or_none()
    if row is None:
        raise ProposalNotFoundError(proposal_id)
    return _proposal(row)


def waiting(connection: Connection) -> list[Proposal]:
    """The proposals that were neither approved nor withdrawn, oldest first."""
    query = select(proposals).where(proposals.c.done.is_(False)).order_by(proposals.c.at, proposals.c.id)
    return [_proposal(row) for row in connection.execute(query)]


def settle(connection: Connection, proposal_id: str) -> None:
    """Close a proposal."""
    connection.execute(update(proposals).where(proposals.c.id == proposal_id).values(done=True))


def _proposal(row: Row[tuple[object, ...]]) -> Proposal:
    return Proposal(
        id=row.id,
        name=row.name,
        document=row.document,
        collection=row.collection_id,
        base=row.base,
        loosened=tuple(row.loosened.split(",")),
        reason=row.reason,
        audit=row.audit,
        key_id=row.key_id,
        person=row.person,
        at=row.at,
        done=row.done,
    )
