"""Which consent permits to store a face, and the reason code of every one that does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from recognizance.consent.record import TEXTS, Consent, Source, permits
from recognizance.errors import InvalidRequestError

NOW = datetime(2026, 11, 25, tzinfo=UTC)
DAY = timedelta(days=1)
GOOD = Consent("c", "0" * 64, "photo-library", Source.IN_PERSON, NOW - DAY, NOW + DAY)


def verdict(consent, *, required=True, sources=("in-person",), purpose="photo-library", now=NOW):
    return permits(consent, required=required, sources=sources, purpose=purpose, now=now)


REFUSED = [
    ("none", None, {}, "CONSENT_MISSING"),
    ("withdrawn", replace(GOOD, withdrawn_at=NOW), {}, "CONSENT_WITHDRAWN"),
    ("withdrawn, and the clock set back", replace(GOOD, withdrawn_at=NOW + DAY), {}, "CONSENT_WITHDRAWN"),
    ("given later", replace(GOOD, given_at=NOW + timedelta(seconds=1)), {}, "CONSENT_NOT_YET_GIVEN"),
    ("on its last moment", GOOD, {"now": NOW + DAY}, "CONSENT_EXPIRED"),
    ("purpose reached", replace(GOOD, purpose_end=NOW), {}, "CONSENT_PURPOSE_ENDED"),
    ("other purpose", GOOD, {"purpose": "doorstep"}, "CONSENT_FOR_OTHER_PURPOSE"),
    ("web", replace(GOOD, source=Source.PUBLIC_WEB), {}, "PUBLIC_WEB_IS_NO_CONSENT"),
    ("web, any source", replace(GOOD, source=Source.PUBLIC_WEB), {"sources": ()}, "PUBLIC_WEB_IS_NO_CONSENT"),
    ("web, named", replace(GOOD, source=Source.PUBLIC_WEB), {"sources": ("public-web",)}, "PUBLIC_WEB_IS_NO_CONSENT"),
    ("custody", replace(GOOD, source=Source.CUSTODY), {}, "CONSENT_SOURCE_REFUSED"),
    ("withdrawn, not required", replace(GOOD, withdrawn_at=NOW), {"required": False}, "CONSENT_WITHDRAWN"),
]


@pytest.mark.parametrize(
    ("consent", "policy", "code"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_a_consent_that_does_not_cover_the_use_is_refused(consent, policy, code):
    assert verdict(consent, **policy) == code
    assert code in TEXTS


PERMITTED = [
    ("good", GOOD, {}),
    ("to the last moment", GOOD, {"now": NOW + DAY - timedelta(milliseconds=1)}),
    ("from the first moment", GOOD, {"now": NOW - DAY}),
    ("purpose not reached", replace(GOOD, purpose_end=NOW + DAY), {}),
    ("any source", replace(GOOD, source=Source.OTHER), {"sources": ()}),
    ("none, none required", None, {"required": False}),
]


@pytest.mark.parametrize(("consent", "policy"), [case[1:] for case in PERMITTED], ids=[case[0] for case in PERMITTED])
def test_a_consent_that_covers_the_use_is_taken(consent, policy):
    assert verdict(consent, **policy) is None


@pytest.mark.parametrize("term", [timedelta(0), -DAY])
def test_a_consent_without_a_term_is_none(term):
    with pytest.raises(InvalidRequestError, match="CONSENT_INVALID: a consent expires after it was given"):
        replace(GOOD, expires_at=GOOD.given_at + term)
