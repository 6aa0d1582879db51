"""Policies: put, tied to collections, approved by a second person; every version that held; and the profiles."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self

from pydantic import Field

from recognizance.api.endpoint import Ask, Download, Nothing, Record, Text
from recognizance.policy import profile
from recognizance.policy.change import Proposal, Why
from recognizance.policy.document import Policy, read_policy
from recognizance.policy.signed import Accepted


class PolicyView(Record):
    """A version that holds or held, who put it, and who approved it where two were needed (ids of keys)."""

    policy: Policy
    digest: str
    accepted_at: datetime
    put_by: str
    approved_by: str | None

    @classmethod
    def of(cls, accepted: Accepted) -> Self:
        """The view of a version."""
        return cls(
            policy=accepted.policy,
            digest=accepted.policy.digest,
            accepted_at=accepted.accepted_at,
            put_by=accepted.put_by,
            approved_by=accepted.approved_by,
        )


class PolicyList(Record):
    """Versions of policies."""

    policies: list[PolicyView]


class ProposalView(Record):
    """A loosening change that waits for a second person; `collection` where it is about the policy of one."""

    id: str
    name: str | None
    collection: str | None
    base: str
    loosened: list[str]
    reason: str
    audit: str | None
    key: str
    at: datetime
    document: str | None

    @classmethod
    def of(cls, proposal: Proposal) -> Self:
        """The view of a proposal."""
        return cls(
            id=proposal.id,
            name=proposal.name,
            collection=proposal.collection,
            base=proposal.base,
            loosened=list(proposal.loosened),
            reason=proposal.reason,
            audit=proposal.audit,
            key=proposal.key_id,
            at=proposal.at,
            document=proposal.document,
        )


class ProposalList(Record):
    """Proposals, oldest first."""

    proposals: list[ProposalView]


class Reasoned(Record):
    """Why rules change; a change that loosens them takes a reason, one that lowers the threshold an audit too."""

    reason: Text | None = Field(None, description="Why, for whoever approves it.")
    audit: Text | None = Field(None, description="Name of a signed audit with figures at the new threshold.")

    @property
    def why(self) -> Why | None:
        """As the rules take it."""
        return None if self.reason is None else Why(self.reason, self.audit)


class PolicyDocument(Reasoned):
    """A version of a policy, as the text of its document."""

    document: str = Field(description="The document, see docs/policy.md.")
    form: Literal["toml", "json"]


class PolicyChoice(Reasoned):
    """Which policy a collection is to have."""

    policy: Text | None = Field(description="Its name; null takes the policy away.")


class Change(Record):
    """What became of a change: it holds, or it waits as a proposal."""

    holds: bool
    proposal: ProposalView | None

    @classmethod
    def of(cls, proposal: Proposal | None) -> Self:
        """The outcome, as the rules give it."""
        return cls(holds=proposal is None, proposal=None if proposal is None else ProposalView.of(proposal))


class ProfileList(Record):
    """Names of the profiles that ship."""

    profiles: list[str]


def list_policies(ask: Ask) -> PolicyList:
    """Give the newest version of each policy."""
    return PolicyList(policies=[PolicyView.of(one) for one in ask.parts.governance.policies.every()])


def put_policy(ask: Ask) -> Change:
    """Put a version of a policy; what loosens rules waits for another administrator."""
    policy = read_policy(ask.body.document, form=ask.body.form)
    return Change.of(ask.parts.governance.changes.put(policy, by=ask.signer, now=ask.now, why=ask.body.why))


def show_policy(ask: Ask) -> PolicyView:
    """Give the newest version of a policy."""
    return PolicyView.of(ask.parts.governance.policies.find(ask.path["policy"]))


def list_versions(ask: Ask) -> PolicyList:
    """Give all versions of a policy, oldest first."""
    return PolicyList(
        policies=[PolicyView.of(one) for one in ask.parts.governance.policies.history(ask.path["policy"])]
    )


def choose_policy(ask: Ask) -> Change:
    """Tie a collection to a policy or take its policy away; what loosens rules waits for another administrator."""
    change = ask.parts.governance.changes.attach(
        ask.path["collection"], ask.body.policy, by=ask.signer, now=ask.now, why=ask.body.why
    )
    return Change.of(change)


def list_proposals(ask: Ask) -> ProposalList:
    """Give the changes that wait for a second person."""
    return ProposalList(proposals=[ProposalView.of(one) for one in ask.parts.governance.changes.waiting()])


def approve_proposal(ask: Ask) -> Nothing:
    """Let a proposed change hold, as another administrator than the one who proposed it."""
    ask.parts.governance.changes.approve(ask.path["proposal"], by=ask.signer, now=ask.now)
    return Nothing()


def withdraw_proposal(ask: Ask) -> Nothing:
    """Close a proposal without effect."""
    ask.parts.governance.changes.withdraw(ask.path["proposal"], by=ask.signer, now=ask.now)
    return Nothing()


def list_profiles(_: Ask) -> ProfileList:
    """Give the names of the policies that ship ready."""
    return ProfileList(profiles=list(profile.NAMES))


def show_profile(ask: Ask) -> Download:
    """Give the document of a policy that ships ready, TOML with comments."""
    name = ask.path["profile"]
    return Download(profile.profile_text(name).encode(), "text/plain", f"{name}.toml")
