"""The record of a consent: what a person was told, what it agreed to, and how its picture came to us.

Whose consent it is, and the signature, are texts that are kept apart from it: a record has a random id and no name.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from recognizance.errors import InvalidRequestError


class Source(StrEnum):
    """How the picture of a person was obtained."""

    IN_PERSON = "in-person"
    SUBMITTED_BY_SUBJECT = "submitted-by-subject"
    OFFICIAL_DOCUMENT = "official-document"
    CUSTODY = "custody"
    PUBLIC_WEB = "public-web"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent. `notice` is the SHA-256 (hex) of the text that the person was given to read.

    `expires_at` is the end of the term that was agreed; `purpose_end`, where it is known, when the purpose is reached.
    """

    id: str
    notice: str
    purpose: str
    source: Source
    given_at: datetime
    expires_at: datetime
    purpose_end: datetime | None = None
    withdrawn_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.expires_at <= self.given_at:
            raise InvalidRequestError(
                f"CONSENT_INVALID: a consent expires after it was given ({self.given_at}), this one {self.expires_at}"
            )


def permits(
    consent: Consent | None, *, required: bool, sources: Collection[str], purpose: str, now: datetime
) -> str | None:
    """Why a face may not be stored with this consent (None: none was named), as a reason code; None if it may.

    `required`, `sources` and `purpose` are what the policy says. Where consent is not required, one that is named has
    to hold all the same. `sources` may be empty: then any is accepted, but for the public web, which is no consent.
    """
    if consent is None:
        return "CONSENT_MISSING" if required else None
    faults = {
        "CONSENT_WITHDRAWN": consent.withdrawn_at is not None,
        "CONSENT_NOT_YET_GIVEN": now < consent.given_at,
        "CONSENT_EXPIRED": now >= consent.expires_at,
        "CONSENT_PURPOSE_ENDED": consent.purpose_end is not None and now >= consent.purpose_end,
        "CONSENT_FOR_OTHER_PURPOSE": consent.purpose != purpose,
        "PUBLIC_WEB_IS_NO_CONSENT": consent.source is Source.PUBLIC_WEB,
        "CONSENT_SOURCE_REFUSED": bool(sources) and consent.source not in sources,
    }
    return next((code for code, holds in faults.items() if holds), None)


TEXTS = {
    "CONSENT_MISSING": "the policy stores a face only with a consent on record; state it with the picture",
    "CONSENT_UNKNOWN": "no consent with this id is on record",
    "CONSENT_WITHDRAWN": "this consent was withdrawn",
    "CONSENT_NOT_YET_GIVEN": "this consent begins later",
    "CONSENT_EXPIRED": "the term of this consent has run out",
    "CONSENT_PURPOSE_ENDED": "the purpose of this consent has been reached",
    "CONSENT_FOR_OTHER_PURPOSE": "this consent was given for another purpose than the policy's",
    "PUBLIC_WEB_IS_NO_CONSENT": "that a picture could be found on the web does not mean that its subject agreed",
    "CONSENT_SOURCE_REFUSED": "the policy does not accept pictures obtained as this one was",
}
"""What each reason code says to people."""
