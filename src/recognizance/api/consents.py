"""Consents: put on record before a face is stored, and withdrawn, which ends the term of every face stored with it."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import Field

from recognizance.api.endpoint import Ask, Moment, Record, Text
from recognizance.consent.record import Consent, Source
from recognizance.governance.consents import Statement

LARGEST_PAGE = 1000


class ConsentView(Record):
    """A consent on record; `notice` is the SHA-256 of what the person was given to read. It names nobody."""

    id: str
    notice: str
    purpose: str
    source: Source
    given_at: datetime
    expires_at: datetime
    purpose_end: datetime | None
    withdrawn_at: datetime | None

    @classmethod
    def of(cls, consent: Consent) -> Self:
        """The view of a consent."""
        return cls(
            id=consent.id,
            notice=consent.notice,
            purpose=consent.purpose,
            source=consent.source,
            given_at=consent.given_at,
            expires_at=consent.expires_at,
            purpose_end=consent.purpose_end,
            withdrawn_at=consent.withdrawn_at,
        )


class ConsentQuery(Record):
    """Which consents."""

    after: str | None = Field(None, description="Those after this id.")
    limit: int = Field(100, ge=1, le=LARGEST_PAGE, description="Consents of a page.")


class ConsentPage(Record):
    """Consents, by id; ask for those after the last until none comes."""

    consents: list[ConsentView]


class ConsentStatement(Record):
    """What a person agreed to."""

    notice: Text = Field(description="The text that the person was given; its digest alone is kept.")
    purpose: Text = Field(description="As the collection's policy names it.")
    source: Source = Field(description="How the picture of the person came here.")
    expires_at: Moment = Field(description="End of the term that was agreed.")
    signature: Text = Field(description="What was signed, or where it lies; kept apart, erasable.")
    subject: Text | None = Field(None, description="The person's name; kept apart, erasable.")
    purpose_end: Moment | None = Field(None, description="When the purpose is reached, where that is known.")


class Ended(Record):
    """How many faces lost their term."""

    faces: int


def give_consent(ask: Ask) -> ConsentView:
    """Put a consent on record."""
    said = ask.body
    statement = Statement(
        said.notice, said.purpose, said.source, said.expires_at, said.signature, said.subject, said.purpose_end
    )
    return ConsentView.of(ask.parts.governance.consents.give(statement, operator=ask.signer.id, now=ask.now))


def list_consents(ask: Ask) -> ConsentPage:
    """Give consents, withdrawn ones too."""
    found = ask.parts.governance.consents.page(after=ask.query.after, limit=ask.query.limit)
    return ConsentPage(consents=[ConsentView.of(consent) for consent in found])


def show_consent(ask: Ask) -> ConsentView:
    """Give a consent."""
    return ConsentView.of(ask.parts.governance.consents.find(ask.path["consent"]))


def withdraw_consent(ask: Ask) -> Ended:
    """End a consent: faces stored with it are in no answer from now on, and are erased."""
    faces = ask.parts.governance.consents.withdraw(ask.path["consent"], operator=ask.signer.id, now=ask.now)
    return Ended(faces=faces)
