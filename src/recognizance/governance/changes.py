"""Changes of policies: versions put, tied to collections, proposed and approved, each with its entry of the ledger.

What makes rules stricter takes effect at once. What loosens them waits as a proposal until another administrator
approves it. Which of the two it is, `policy.change` decides.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from recognizance.governance.policies import TAG, Held, Policies, label, newest
from recognizance.ledger.kinds import Json
from recognizance.ledger.port import Ledger
from recognizance.policy.change import (
    THRESHOLD,
    Audits,
    Proposal,
    Why,
    loosened,
    require_administrator,
    require_rerun,
)
from recognizance.policy.document import PLAIN, Policy, read_policy
from recognizance.policy.reason import Reason
from recognizance.policy.signed import sign_policy
from recognizance.signing import SigningKey
from recognizance.storage import collections as collection_rows
from recognizance.storage import limits
from recognizance.storage import policies as rows
from recognizance.storage import tags as tag_rows
from recognizance.storage.database import Database
from recognizance.storage.policies import PolicyRow
from recognizance.values import AccessKey

UNREADABLE = ("unreadable",)
"""What a change loosens where the policy before it cannot be read: possibly everything."""


class Keep(Protocol):
    """Takes how many days the faces of a collection are kept, None for no limit (`Retentions.set_days`)."""

    def __call__(self, collection_id: str, days: int | None, *, operator: str, now: datetime) -> None:
        """Let it hold, in the transaction in progress."""


class Changes:
    """Changes the policies of an installation. Safe to call from several threads and beside other processes."""

    def __init__(  # noqa: PLR0913 - what a change touches
        self,
        database: Database,
        ledger: Ledger,
        key: SigningKey,
        *,
        policies: Policies,
        audits: Audits,
        keep: Keep,
    ) -> None:
        """`keep` is told how many days the faces of a collection are kept, when that may have changed."""
        self._keep = keep
        self._database = database
        self._ledger = ledger
        self._key = key
        self._policies = policies
        self._audits = audits

    def waiting(self) -> list[Proposal]:
        """The changes that wait for a second person, oldest first."""
        return self._database.read(rows.waiting)

    def put(self, policy: Policy, *, by: AccessKey, now: datetime, why: Why | None = None) -> Proposal | None:
        """Put a version: it holds at once, or waits as the proposal that comes back. Raises RuleError."""
        require_administrator(by)
        if policy.name == PLAIN:
            raise Reason.NAME_TAKEN.error()

        def work(connection: Connection) -> Proposal | None:
            at = limits.note_time(connection, now)
            before = self._policies.held(connection, policy.name)
            number = 1 + (newest(connection, policy.name).version if before else 0)
            if policy.version != number:
                raise Reason.VERSION_NOT_NEXT.error(f"version {number} is next, {policy.version} came")
            if before and (loose := _loosened(before, policy)):
                proposal = _propose(before.label, loose, why, by, at)
                proposal = replace(proposal, name=policy.name, document=policy.body.decode())
                return self._store(connection, proposal, before.policy, policy, at)
            self._accept(connection, policy, put_by=by.id, approved_by=None, at=at)
            self._record("accepted", before.policy if before else None, policy, operator=by.id, at=at)
            return None

        return self._database.write(work)

    def attach(
        self, collection_id: str, name: str | None, *, by: AccessKey, now: datetime, why: Why | None = None
    ) -> Proposal | None:
        """Give a collection the policy of a name, or none: at once, or as the proposal that comes back.

        Raises RuleError, PolicyNotFoundError, CollectionNotFoundError.
        """
        require_administrator(by)

        def work(connection: Connection) -> Proposal | None:
            at = limits.note_time(connection, now)
            before, after = self._policies.held_for(connection, collection_id), self._wanted(connection, name)
            if before.label == label(after):
                return None
            if loose := _loosened(before, after):
                proposal = _propose(f"{before.label} > {label(after)}", loose, why, by, at)
                proposal = replace(proposal, name=name, collection=collection_id)
                return self._store(connection, proposal, before.policy, after, at)
            self._tag(connection, collection_id, name, after, by=by.id, at=at)
            self._record("attached", before.policy, after, operator=by.id, at=at, collection=collection_id)
            return None

        return self._database.write(work)

    def attach_first(self, collection_id: str, name: str, *, by: AccessKey, now: datetime) -> None:
        """Give a collection that was founded in this transaction its first policy: there is nothing yet to loosen.

        Raises PolicyNotFoundError, RuleError.
        """
        require_administrator(by)

        def work(connection: Connection) -> None:
            after = self._wanted(connection, name)
            self._tag(connection, collection_id, name, after, by=by.id, at=now)
            self._record("attached", None, after, operator=by.id, at=now, collection=collection_id)

        self._database.write(work)

    def approve(self, proposal_id: str, *, by: AccessKey, now: datetime) -> None:
        """Let a proposed change hold, as a second person. Raises ProposalNotFoundError, RuleError."""

        def work(connection: Connection) -> None:
            at = limits.note_time(connection, now)
            proposal = rows.find_proposal(connection, proposal_id)
            proposal.admit(by, now=at)
            before, after, base = self._proposed(connection, proposal)
            if base != proposal.base:
                raise Reason.PROPOSAL_STALE.error(f"{base} instead of {proposal.base}")
            if proposal.collection is None:
                self._accept(connection, after, put_by=proposal.key_id, approved_by=by.id, at=at)
            else:
                self._tag(connection, proposal.collection, proposal.name, after, by=by.id, at=at)
            rows.settle(connection, proposal.id)
            self._record("approved", before, after, operator=by.id, at=at, proposal=proposal)

        self._database.write(work)

    def withdraw(self, proposal_id: str, *, by: AccessKey, now: datetime) -> None:
        """Close a proposal without effect. Raises ProposalNotFoundError, RuleError."""
        require_administrator(by)

        def work(connection: Connection) -> None:
            proposal = rows.find_proposal(connection, proposal_id)
            if proposal.done:
                raise Reason.PROPOSAL_DONE.error(proposal.id)
            rows.settle(connection, proposal.id)
            self._record("withdrawn", None, None, operator=by.id, at=now, proposal=proposal)

        self._database.write(work)

    # --- steps ----------------------------------------------------------------------------------

    def _wanted(self, connection: Connection, name: str | None) -> Policy:
        """The policy that a collection is to have. Raises PolicyNotFoundError, RuleError POLICY_TAMPERED."""
        return self._policies.plain if name is None else self._policies.read(newest(connection, name))

    def _proposed(self, connection: Connection, proposal: Proposal) -> tuple[Policy | None, Policy, str]:
        """What held before a proposed change and what would after, as things are now, and the label of both."""
        if proposal.collection is not None:
            held = self._policies.held_for(connection, proposal.collection)
            after = self._wanted(connection, proposal.name)
            return held.policy, after, f"{held.label} > {label(after)}"
        assert proposal.document is not None  # a proposal is about one or the other
        after = read_policy(proposal.document, form="json")
        before = self._policies.held(connection, after.name)
        assert before is not None  # no version is ever removed
        return before.policy, after, before.label

    def _store(
        self, connection: Connection, proposal: Proposal, before: Policy | None, after: Policy, at: datetime
    ) -> Proposal:
        """Keep a proposal, if it comes with all that it takes."""
        if THRESHOLD & set(proposal.loosened):
            require_rerun(self._audits, proposal.audit, floor=after.floor, now=at)
        rows.propose(connection, proposal)
        self._record("proposed", before, after, operator=proposal.key_id, at=at, proposal=proposal)
        return proposal

    def _accept(
        self, connection: Connection, policy: Policy, *, put_by: str, approved_by: str | None, at: datetime
    ) -> None:
        signature = sign_policy(policy, self._key)
        row = PolicyRow(policy.name, policy.version, policy.body.decode(), signature, at, put_by, approved_by)
        rows.add(connection, row)
        for collection_id in tag_rows.holders(connection, TAG, policy.name):
            self._keep(collection_id, policy.retention_days, operator=approved_by or put_by, now=at)

    def _tag(  # noqa: PLR0913 - one argument a fact
        self, connection: Connection, collection_id: str, name: str | None, policy: Policy, *, by: str, at: datetime
    ) -> None:
        number = collection_rows.find(connection, collection_id).number
        if name is None:
            tag_rows.remove(connection, number, [TAG])
        else:
            tag_rows.put(connection, number, {TAG: name})
        self._keep(collection_id, policy.retention_days, operator=by, now=at)

    def _record(  # noqa: PLR0913 - one argument a fact
        self,
        action: str,
        before: Policy | None,
        after: Policy | None,
        *,
        operator: str,
        at: datetime,
        collection: str | None = None,
        proposal: Proposal | None = None,
    ) -> None:
        fields: dict[str, Json] = {
            "action": action,
            "policy": after.stamp if after else None,
            "before": before.stamp if before else None,
            "threshold": _threshold(after),
            "threshold_before": _threshold(before),
            "collection": collection,
            "loosened": [],
            "proposal": None,
            "reason": None,
            "audit": None,
            "operator": operator,
        }
        if proposal:
            fields |= {
                "collection": proposal.collection,
                "loosened": list(proposal.loosened),
                "proposal": proposal.id,
                "reason": self._ledger.keep_apart("reason", proposal.reason),
                "audit": proposal.audit,
            }
        self._ledger.append("policy", fields, at=at)


def _loosened(before: Held, after: Policy) -> tuple[str, ...]:
    return UNREADABLE if before.policy is None else loosened(before.policy, after)


def _propose(base: str, loose: tuple[str, ...], why: Why | None, by: AccessKey, at: datetime) -> Proposal:
    if why is None or not why.reason.strip():
        raise Reason.SECOND_PERSON_NEEDED.error(f"it loosens {', '.join(loose)}")
    return Proposal(
        id=str(uuid.uuid4()),
        name=None,
        document=None,
        collection=None,
        base=base,
        loosened=loose,
        reason=why.reason,
        audit=why.audit,
        key_id=by.id,
        person=by.holder,
        at=at,
    )


def _threshold(policy: Policy | None) -> Json:
    return None if policy is None else {"floor": policy.floor, "fpir_target": policy.fpir_target}
