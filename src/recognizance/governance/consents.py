"""Consents: recorded, withdrawn, and asked for whenever a face is to be stored.

Whose consent it is, and the signature or the reference that proves it, are kept apart by the ledger, where they can be
erased. A consent itself is known by a random id.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from recognizance.consent.record import TEXTS, Consent, Source, permits
from recognizance.errors import InvalidRequestError, NotFoundError, RuleError
from recognizance.gallery.gallery import Gallery
from recognizance.ledger.entry import write_moment
from recognizance.ledger.kinds import Json
from recognizance.ledger.port import Ledger
from recognizance.policy.document import Policy
from recognizance.retention.term import Grounds, limit_at
from recognizance.storage import consents as rows
from recognizance.storage import terms as term_rows
from recognizance.storage.database import Database
from recognizance.values import FaceTerms


@dataclass(frozen=True, slots=True)
class Statement:
    """What a person agreed to, as whoever took the consent puts it on record.

    `notice` is the text that the person was given; of it only the digest is kept. `signature` is what was signed, or a
    reference to where it lies; `subject` is the person's name.
    """

    notice: str
    purpose: str
    source: Source
    expires_at: datetime
    signature: str
    subject: str | None = None
    purpose_end: datetime | None = None


class Consents:
    """The consents of an installation. Safe to call from several threads."""

    def __init__(self, database: Database, gallery: Gallery, ledger: Ledger) -> None:
        self._database = database
        self._gallery = gallery
        self._ledger = ledger

    def give(self, statement: Statement, *, operator: str, now: datetime) -> Consent:
        """Put a consent on record. Raises InvalidRequestError CONSENT_INVALID."""
        if not statement.signature.strip() or not statement.notice.strip():
            raise InvalidRequestError("CONSENT_INVALID: a consent has a notice, and a signature or a reference to it")
        notice = hashlib.sha256(statement.notice.encode()).hexdigest()
        consent = Consent(
            str(uuid.uuid4()),
            notice,
            statement.purpose,
            statement.source,
            now,
            statement.expires_at,
            statement.purpose_end,
        )
        apart: dict[str, Json] = {
            "subject": self._ledger.keep_apart("subject", statement.subject) if statement.subject else None,
            "signature": self._ledger.keep_apart("signature", statement.signature),
        }

        def work(connection: Connection) -> Consent:
            entry = self._record(consent, "given", {**apart, "faces": 0, "operator": operator}, now)
            rows.add(connection, consent, entry=entry)
            return consent

        return self._database.write(work)

    def withdraw(self, consent_id: str, *, operator: str, now: datetime) -> int:
        """End a consent, and with it the term of every face that was stored with it; how many faces.

        They are in no answer from now on, and the next sweep erases them. Raises NotFoundError.
        """

        def work(connection: Connection) -> int:
            consent = self._known(connection, consent_id)
            if consent.withdrawn_at is not None:
                return 0
            rows.withdraw(connection, consent_id, now)
            ended = term_rows.expire(connection, consent_id, now)
            for collection_id in {face.collection_id for face in ended}:
                self._gallery.recheck_users(collection_id)
            more: dict[str, Json] = {"subject": None, "signature": None, "faces": len(ended), "operator": operator}
            self._record(consent, "withdrawn", more, now)
            return len(ended)

        return self._database.write(work)

    def find(self, consent_id: str) -> Consent:
        """A consent. Raises NotFoundError."""
        return self._database.read(lambda connection: self._known(connection, consent_id))

    def page(self, *, after: str | None, limit: int) -> list[Consent]:
        """Consents by id, those greater than `after`."""
        return self._database.read(lambda connection: rows.page(connection, after=after, limit=limit))

    def terms(self, policy: Policy, consent_id: str | None, *, now: datetime) -> FaceTerms:
        """The terms on which a policy stores a face now, with the consent that was named. Raises RuleError.

        Call it in the transaction that stores the face, so that no withdrawal comes in between.
        """
        consent = None if consent_id is None else self._database.read(lambda one: rows.find(one, consent_id))
        if consent_id is not None and consent is None:
            raise _refusal("CONSENT_UNKNOWN")
        code = permits(
            consent,
            required=policy.consent == "required",
            sources=policy.consent_sources,
            purpose=policy.purpose,
            now=now,
        )
        if code is not None:
            raise _refusal(code)
        grounds = Grounds(
            policy.jurisdiction,
            consent_expires=consent.expires_at if consent else None,
            purpose_end=consent.purpose_end if consent else None,
            last_contact=now,
        )
        return FaceTerms(consent_id, limit_at(grounds))

    def _known(self, connection: Connection, consent_id: str) -> Consent:
        consent = rows.find(connection, consent_id)
        if consent is None:
            raise NotFoundError(f"The consent id: {consent_id} does not exist")
        return consent

    def _record(self, consent: Consent, action: str, more: dict[str, Json], now: datetime) -> int:
        fields: dict[str, Json] = {
            "consent": consent.id,
            "action": action,
            "notice": consent.notice,
            "purpose": consent.purpose,
            "source": consent.source.value,
            "given": write_moment(consent.given_at),
            "expires": write_moment(consent.expires_at),
            "purpose_end": write_moment(consent.purpose_end) if consent.purpose_end else None,
        }
        return self._ledger.append("consent", {**fields, **more}, at=now)


def _refusal(code: str) -> RuleError:
    return RuleError(code, TEXTS[code])
