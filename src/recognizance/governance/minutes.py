"""Minutes: what the ledger is told of a case, in the transaction of the change, and where a case finds it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from recognizance.ledger.kinds import Json
from recognizance.ledger.port import Ledger
from recognizance.review import case as review
from recognizance.review.case import Candidate, Case
from recognizance.review.choice import ESCAPES, mark
from recognizance.storage import cases as rows


class Lost(NamedTuple):
    """How much a destroyed case held."""

    candidates: int
    pictures: int


class Minutes:
    """Records what happened to the numbered case, as it stands afterwards; each call gives the entry's index."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def opened(self, connection: Connection, number: int, case: Case, user_ids: Mapping[str, str]) -> int:
        """A case was opened; `user_ids` by candidate, where candidates are users."""

        def told(candidate: Candidate) -> dict[str, Json]:
            named: dict[str, Json] = (
                {"user": self._ledger.keep_apart("user", user_ids[candidate.id])}
                if candidate.face_id is None
                else {"face_id": candidate.face_id}
            )
            return {"candidate": candidate.id, "similarity": candidate.similarity, **named}

        fields: dict[str, Json] = {
            "collection": case.collection_id,
            "operator": case.searcher_key or None,
            "reviewers": case.needed,
            "candidates": [told(candidate) for candidate in case.candidates],
            "seeded": case.truth is not None,
        }
        return self._append(connection, number, case, "case", fields)

    def voted(self, connection: Connection, number: int, case: Case) -> int:
        """The last vote of the case was cast."""
        cast = case.votes[-1]
        named = cast.choice not in ESCAPES
        fields: dict[str, Json] = {
            "round": cast.round,
            "operator": cast.key_id,
            "person": self._ledger.keep_apart("reviewer", cast.person),
            "choice": "candidate" if named else cast.choice,
            "candidate": cast.choice if named else None,
            "mark": None if case.truth is None else mark(cast.choice, case.truth).value,
        }
        return self._append(connection, number, case, "vote", fields)

    def decided(self, connection: Connection, number: int, case: Case, *, closed_by: str | None = None) -> int:
        """The case was decided, or closed; after a contest that is a correction, which names what it corrects."""
        before, after = review.named(case, case.round - 1), case.confirmed.id if case.confirmed else None
        fields: dict[str, Json] = {
            "round": case.round,
            "outcome": case.state.value,
            "candidate": after,
            "verified_by": [vote.key_id for vote in case.cast_in(case.round)],
            "closed_by": closed_by,
            "seeded": case.truth is not None,
            "contest": _last(connection, number, "contest"),
            "corrects": _last(connection, number, "decision"),
            "overturns": before is not None and before != after,
        }
        return self._append(connection, number, case, "decision", fields)

    def contested(self, connection: Connection, number: int, case: Case, *, operator: str, reason: str) -> int:
        """The case was frozen; the entry names the decision that is disputed, if there was one."""
        fields: dict[str, Json] = {
            "round": case.round,
            "operator": operator,
            "reason": self._ledger.keep_apart("contest", reason),
            "decision": _last(connection, number, "decision"),
        }
        return self._append(connection, number, case, "contest", fields)

    def sealed(self, connection: Connection, number: int, case: Case, *, code: str, operator: str | None) -> int:
        """The case was shut."""
        return self._append(connection, number, case, "seal", {"operator": operator, "code": code})

    def destroyed(  # noqa: PLR0913 - what, how much, why and by whom
        self, connection: Connection, number: int, case: Case, lost: Lost, *, code: str, operator: str | None
    ) -> int:
        """The case was emptied of what is counted in `lost`."""
        fields: dict[str, Json] = {"operator": operator, "code": code, **lost._asdict()}
        return self._append(connection, number, case, "destruction", fields)

    def _append(self, connection: Connection, number: int, case: Case, kind: str, fields: Mapping[str, Json]) -> int:
        entry = self._ledger.append(kind, {"case": case.id, **fields}, at=case.changed_at)
        rows.note(connection, number, entry, kind)
        return entry


def _last(connection: Connection, number: int, kind: str) -> int | None:
    found = [entry for entry, known in rows.entries(connection, number) if known == kind]
    return found[-1] if found else None
