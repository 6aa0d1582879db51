"""Cases: shown blind to those who vote, and as leads to those who answer for the search."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import datetime
from typing import Self

from pydantic import Field

from recognizance.api.endpoint import Ask, Id, Record
from recognizance.governance.views import BlindView, Lead
from recognizance.review.case import Candidate, State

LARGEST_PAGE = 100


class CaseIds(Record):
    """Ids of cases."""

    cases: list[str]


class BlindCandidate(Record):
    """Somebody who may be the person; pictures as JPEG in base64, none where the policy keeps none."""

    id: str
    pictures: list[str]


class BlindCase(Record):
    """A case as a reviewer sees it: pictures, and nothing of scores, ranks, names or votes."""

    case: str
    probe: list[str]
    candidates: list[BlindCandidate]
    choices: list[str]

    @classmethod
    def of(cls, view: BlindView) -> Self:
        """The view with its pictures as text."""
        return cls(
            case=view.case_id,
            probe=_as_text(view.probe),
            candidates=[BlindCandidate(id=name, pictures=_as_text(pictures)) for name, pictures in view.candidates],
            choices=list(view.choices),
        )


class Ballot(Record):
    """A vote."""

    choice: Id = Field(description="`none_of_these`, `cannot_tell`, or the id of a candidate of this case.")


class Recorded(Record):
    """Where the ledger tells of what was done."""

    entry: int


class LeadCandidate(Record):
    """A candidate with its similarity (0 to 100): a lead, whatever was decided."""

    id: str
    rank: int
    similarity: float
    face_id: str | None

    @classmethod
    def of(cls, candidate: Candidate) -> Self:
        """The view of a candidate."""
        return cls(id=candidate.id, rank=candidate.rank, similarity=candidate.similarity, face_id=candidate.face_id)


class LeadView(Record):
    """A case as far as whoever answers for the search may know it."""

    case: str
    collection: str
    state: State
    opened_at: datetime
    candidates: list[LeadCandidate]
    confirmed: LeadCandidate | None
    status: str
    wording: str

    @classmethod
    def of(cls, lead: Lead) -> Self:
        """The view of a lead."""
        return cls(
            case=lead.case_id,
            collection=lead.collection_id,
            state=lead.state,
            opened_at=lead.opened_at,
            candidates=[LeadCandidate.of(one) for one in lead.candidates],
            confirmed=LeadCandidate.of(lead.confirmed) if lead.confirmed else None,
            status=lead.status,
            wording=lead.wording,
        )


class LeadQuery(Record):
    """Which cases."""

    after: str | None = Field(None, description="Those opened after the case with this id.")
    limit: int = Field(25, ge=1, le=LARGEST_PAGE, description="Cases of a page.")


class LeadPage(Record):
    """Cases, oldest first; ask for those after the last until none comes."""

    cases: list[LeadView]


class CaseEntry(Record):
    """An entry of the ledger that tells of a case."""

    index: int
    kind: str


class CaseEntries(Record):
    """Entries in their order."""

    entries: list[CaseEntry]


def list_waiting(ask: Ask) -> CaseIds:
    """Give the cases on which the reviewer who asks may vote, in an order that says nothing."""
    return CaseIds(cases=ask.parts.governance.cases.waiting(ask.signer, now=ask.now))


def show_case(ask: Ask) -> BlindCase:
    """Show a case to a reviewer who may vote on it."""
    return BlindCase.of(ask.parts.governance.cases.show(ask.path["case"], ask.signer, now=ask.now))


def vote(ask: Ask) -> Recorded:
    """Vote on a case, once."""
    return Recorded(entry=ask.parts.governance.cases.vote(ask.path["case"], ask.signer, ask.body.choice, now=ask.now))


def list_leads(ask: Ask) -> LeadPage:
    """Give cases: of an operator those from searches of their own."""
    found = ask.parts.governance.cases.leads(ask.signer, after=ask.query.after, limit=ask.query.limit, now=ask.now)
    return LeadPage(cases=[LeadView.of(lead) for lead in found])


def show_lead(ask: Ask) -> LeadView:
    """Give what a search found, as far as the reviewers have got with it."""
    return LeadView.of(ask.parts.governance.cases.lead(ask.path["case"], ask.signer, now=ask.now))


def contest_case(ask: Ask) -> Recorded:
    """Freeze a case that somebody disputes, and have others review it."""
    cases, case = ask.parts.governance.cases, ask.path["case"]
    cases.lead(case, ask.signer, now=ask.now)  # refuses an operator what another one searched for
    return Recorded(entry=cases.contest(case, ask.signer, ask.body.reason, now=ask.now))


def close_case(ask: Ask) -> Recorded:
    """End the wait for votes; nothing is confirmed."""
    return Recorded(entry=ask.parts.governance.cases.close(ask.path["case"], ask.signer, now=ask.now))


def list_case_entries(ask: Ask) -> CaseEntries:
    """Give index and kind of each entry of the ledger that tells of a case."""
    found = ask.parts.governance.cases.entries(ask.path["case"])
    return CaseEntries(entries=[CaseEntry(index=index, kind=kind) for index, kind in found])


def _as_text(pictures: Iterable[bytes]) -> list[str]:
    return [base64.b64encode(picture).decode() for picture in pictures]
