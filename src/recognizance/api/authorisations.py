"""Authorisations: what courts and offices said of searches, put on record by another person than who searches."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import Field

from recognizance.api.endpoint import Ask, Id, Moment, Nothing, Record, Text
from recognizance.governance.authorisations import Filing
from recognizance.policy.authorisation import Authorisation


class AuthorisationView(Record):
    """An authorisation on record. What it and its case are called is kept apart from it: here are keyed digests."""

    id: str
    reference: str
    case: str
    collection: str | None
    issuer: str
    registered_at: datetime
    expires_at: datetime
    rejected_at: datetime | None

    @classmethod
    def of(cls, one: Authorisation) -> Self:
        """The view of an authorisation."""
        return cls(
            id=one.id,
            reference=one.reference,
            case=one.case,
            collection=one.collection,
            issuer=one.issuer,
            registered_at=one.registered_at,
            expires_at=one.expires_at,
            rejected_at=one.rejected_at,
        )


class AuthorisationList(Record):
    """Authorisations, oldest first."""

    authorisations: list[AuthorisationView]


class Decision(Record):
    """What an authority said of an application."""

    reference: Text = Field(description="As searches state it.")
    case: Text = Field(description="The case, as searches state it.")
    issuer: Text = Field(description="The court or office.")
    collection: Id | None = Field(None, description="The one collection that may be searched; otherwise any.")
    granted_until: Moment | None = Field(description="Until when it permits; null: it refused.")


def list_authorisations(ask: Ask) -> AuthorisationList:
    """Give all authorisations that are on record."""
    return AuthorisationList(
        authorisations=[AuthorisationView.of(one) for one in ask.parts.governance.authorisations.every()]
    )


def register_authorisation(ask: Ask) -> AuthorisationView:
    """Put on record what an authority said. A refusal shuts the case for good."""
    said = ask.body
    filing = Filing(said.reference, said.case, said.issuer, said.collection, said.granted_until)
    return AuthorisationView.of(ask.parts.governance.authorisations.register(filing, by=ask.signer, now=ask.now))


def withdraw_authorisation(ask: Ask) -> Nothing:
    """Note that an authority took its permission back."""
    ask.parts.governance.authorisations.withdraw(ask.path["authorisation"], by=ask.signer, now=ask.now)
    return Nothing()
