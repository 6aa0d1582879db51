"""Authorisations: permissions put on record, and the clocks of cases that wait for one.

A case is known here by a keyed digest of what the client calls it, however that is spaced and capitalised; the name is
kept apart by the ledger. Its clock starts with its first search in a collection and is the same for all that follow.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from recognizance.ledger.entry import write_moment
from recognizance.ledger.kinds import Json
from recognizance.ledger.port import Ledger
from recognizance.policy.authorisation import Authorisation, CaseClock, Clock, Standing
from recognizance.policy.change import require_administrator
from recognizance.policy.reason import Reason
from recognizance.storage import authorisations as rows
from recognizance.storage import limits
from recognizance.storage.database import Database
from recognizance.values import AccessKey


@dataclass(frozen=True, slots=True)
class Filing:
    """What an authority said of an application: for which case, for which collection (None: any), and until when.

    Without `expires_at` it said no.
    """

    reference: str
    case: str
    issuer: str
    collection: str | None = None
    expires_at: datetime | None = None


class Authorisations:
    """The authorisations of an installation. Safe to call from several threads and beside other processes."""

    def __init__(self, database: Database, ledger: Ledger) -> None:
        self._database = database
        self._ledger = ledger

    # --- on record ------------------------------------------------------------------------------

    def every(self) -> list[Authorisation]:
        """All that is on record, oldest first."""
        return self._database.read(rows.every)

    def register(self, filing: Filing, *, by: AccessKey, now: datetime) -> Authorisation:
        """Put an authority's answer on record, and tell it to the clocks of the case. Raises RuleError."""
        require_administrator(by)
        reference, case = self._digest("authorisation", filing.reference), self._digest("case", filing.case)

        def work(connection: Connection) -> Authorisation:
            at = limits.note_time(connection, now)
            if filing.expires_at is not None and filing.expires_at <= at:
                raise Reason.AUTHORISATION_ENDED.error(f"at {filing.expires_at.isoformat()}")
            if any(one.case == case for one in rows.called(connection, reference)):
                raise Reason.AUTHORISATION_KNOWN.error()
            authorisation = Authorisation(
                id=str(uuid.uuid4()),
                reference=reference,
                case=case,
                collection=filing.collection,
                issuer=filing.issuer,
                registered_by=by.holder,
                registered_at=at,
                expires_at=filing.expires_at or at,
                rejected_at=None if filing.expires_at else at,
            )
            rows.add(connection, authorisation)
            _tell_clocks(connection, authorisation, at)
            self._record(authorisation, "granted" if filing.expires_at else "refused", by, at, filing)
            return authorisation

        return self._database.write(work)

    def withdraw(self, authorisation_id: str, *, by: AccessKey, now: datetime) -> None:
        """Note that an authority took a permission back. Raises AuthorisationNotFoundError, RuleError."""
        require_administrator(by)

        def work(connection: Connection) -> None:
            at = limits.note_time(connection, now)
            authorisation = rows.find(connection, authorisation_id)
            if authorisation.rejected_at is not None:
                raise Reason.AUTHORISATION_REJECTED.error(authorisation_id)
            rows.reject(connection, authorisation_id, at=at)
            _tell_clocks(connection, replace(authorisation, rejected_at=at), at)
            self._record(authorisation, "withdrawn", by, at)

        self._database.write(work)

    # --- searches -------------------------------------------------------------------------------

    def look(
        self, said: Mapping[str, str], collection_id: str, person: str, *, now: datetime
    ) -> tuple[Standing, Clock]:
        """What the authorisation that a search states is worth, and where its case's clock stands."""
        if "case" not in said:
            return Standing.ABSENT, Clock.OPEN
        case = self._digest("case", said["case"])

        def work(connection: Connection) -> tuple[Standing, Clock]:
            at = limits.latest(connection, now)
            clock = rows.clock(connection, case, collection_id)
            state = clock.state(at) if clock else Clock.OPEN
            if "authorisation" not in said:
                return Standing.ABSENT, state
            found = rows.called(connection, self._digest("authorisation", said["authorisation"]))
            if not found:
                waits = clock is None or clock.authorised_at is None
                return (Standing.PENDING if waits else Standing.UNKNOWN), state
            worth = {one.standing(case=case, collection=collection_id, person=person, now=at) for one in found}
            return next(standing for standing in _BEST_FIRST if standing in worth), state

        return self._database.read(work)

    def start(
        self, said: Mapping[str, str], collection_id: str, *, hours: int, found: str | None, now: datetime
    ) -> None:
        """Start the clock of a search's case if it does not run, and put what was found (a case of review) under it.

        For use in the transaction that records the search.
        """
        case = self._digest("case", said["case"])

        def work(connection: Connection) -> None:
            at = limits.note_time(connection, now)
            if rows.clock(connection, case, collection_id) is None:
                granted = [one.registered_at for one in _granted(connection, case, collection_id, at)]
                clock = CaseClock(at, hours, authorised_at=min(granted, default=None))
                rows.start_clock(connection, case, collection_id, clock)
            if found is not None:
                rows.tie(connection, found, case, collection_id)

        self._database.write(work)

    # --- what searches found --------------------------------------------------------------------

    def state(self, case_id: str, *, now: datetime) -> Clock:
        """Where the clock over a case of review stands; open where there is none."""

        def work(connection: Connection) -> Clock:
            clock = rows.clock_over(connection, case_id)
            return clock.state(limits.latest(connection, now)) if clock else Clock.OPEN

        return self._database.read(work)

    def due(self, *, now: datetime) -> dict[str, Clock]:
        """The cases of review, by id, that are to be sealed or destroyed."""

        def work(connection: Connection) -> dict[str, Clock]:
            at = limits.note_time(connection, now)
            states = {case_id: clock.state(at) for case_id, clock in rows.unpermitted(connection).items()}
            return {case_id: state for case_id, state in states.items() if state is not Clock.OPEN}

        return self._database.write(work)

    def forget(self, case_id: str) -> None:
        """Take a case of review that was destroyed off the list of those that are due."""
        self._database.write(lambda connection: rows.untie(connection, case_id))

    # --- steps ----------------------------------------------------------------------------------

    def _digest(self, what: str, text: str) -> str:
        return self._ledger.image_digest(f"{what}\0{' '.join(text.casefold().split())}".encode())

    def _record(
        self, authorisation: Authorisation, action: str, by: AccessKey, at: datetime, filing: Filing | None = None
    ) -> None:
        named: dict[str, Json] = {"reference": None, "case_reference": None, "issuer": None}
        if filing is not None:
            named = {
                "reference": self._ledger.keep_apart("authorisation", filing.reference),
                "case_reference": self._ledger.keep_apart("case", filing.case),
                "issuer": self._ledger.keep_apart("issuer", filing.issuer),
            }
        self._ledger.append(
            "authorisation",
            {
                "authorisation": authorisation.id,
                "action": action,
                **named,
                "collection": authorisation.collection,
                "expires": write_moment(authorisation.expires_at) if action == "granted" else None,
                "operator": by.id,
            },
            at=at,
        )


_BEST_FIRST = (Standing.VALID, Standing.OWN, Standing.EXPIRED, Standing.REJECTED, Standing.OTHER_SCOPE)


def _granted(connection: Connection, case: str, collection_id: str, now: datetime) -> list[Authorisation]:
    """The permissions of a case in a collection that hold now."""
    return [
        one
        for one in rows.of_case(connection, case)
        if one.standing(case=case, collection=collection_id, person="", now=now) is Standing.VALID
    ]


def _tell_clocks(connection: Connection, authorisation: Authorisation, now: datetime) -> None:
    """Stop the clocks of a case that still run, or note on them that the case was rejected."""
    for collection_id, clock in rows.clocks_of(connection, authorisation.case, authorisation.collection).items():
        if authorisation.rejected_at is None:
            if clock.authorised_at is None and clock.state(now) is Clock.OPEN:
                rows.set_clock(connection, authorisation.case, collection_id, replace(clock, authorised_at=now))
        elif not _granted(connection, authorisation.case, collection_id, now):
            rows.set_clock(connection, authorisation.case, collection_id, replace(clock, rejected_at=now))
