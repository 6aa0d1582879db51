"""Views: a case in, what of it is shown to a reviewer, and to whoever answers for the search."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from recognizance.review import case as review
from recognizance.review.case import STATUS, WORDING, Candidate, Case, State
from recognizance.review.choice import ESCAPES
from recognizance.values import AccessKey


@dataclass(frozen=True, slots=True)
class BlindView:
    """What a reviewer sees: pictures (JPEG), and nothing of scores, ranks, names or votes.

    `candidates` are in this reviewer's own order, each with its pictures, none where none is kept. `choices` are the
    two escapes and then the candidates' ids.
    """

    case_id: str
    probe: tuple[bytes, ...]
    candidates: tuple[tuple[str, tuple[bytes, ...]], ...]

    @property
    def choices(self) -> tuple[str, ...]:
        """What may be voted for."""
        return (*ESCAPES, *(candidate for candidate, _ in self.candidates))


@dataclass(frozen=True, slots=True)
class Lead:
    """What whoever answers for a search may know of its case. Whatever was decided, it identifies nobody."""

    case_id: str
    collection_id: str
    state: State
    opened_at: datetime
    candidates: tuple[Candidate, ...]
    confirmed: Candidate | None
    status: str = STATUS
    wording: str = WORDING


def lead_of(case: Case, key: AccessKey) -> Lead:
    """What the holder of a key may know of a case, if they may know of it at all."""
    told = review.shown(case, to_searcher=key.holder == case.searcher)
    return Lead(case.id, case.collection_id, case.state, case.opened_at, told, case.confirmed)
