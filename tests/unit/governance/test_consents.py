"""No face without a consent that covers it, none after that consent has ended, and each step in the ledger."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from recognizance.consent.record import Source
from recognizance.errors import InvalidRequestError, NotFoundError, RuleError
from recognizance.policy.document import plain_policy

from .rights import DAY, LIBRARY, NOW, STATEMENT, Rights, ending


@pytest.fixture
def rights(tmp_path):
    opened = Rights(tmp_path / "data")
    opened.collect("people")
    yield opened
    opened.close()


def give(rights, statement=STATEMENT):
    return rights.consents.give(statement, operator="RK1", now=rights.now)


def test_a_consent_is_on_record_and_names_nobody(rights):
    consent = give(rights, replace(STATEMENT, subject="Ann Lee", purpose_end=NOW + 9 * DAY))
    assert rights.consents.find(consent.id) == consent
    assert rights.consents.page(after=None, limit=9) == [consent]
    assert rights.consents.page(after=consent.id, limit=9) == []
    (entry,) = rights.told("consent")
    assert (entry["consent"], entry["action"], entry["operator"]) == (consent.id, "given", "RK1")
    assert entry["notice"] == hashlib.sha256(STATEMENT.notice.encode()).hexdigest()
    assert entry["purpose_end"] == "2026-12-04T12:00:00.000Z"
    revealed = rights.book.reveal(
        [entry["subject"]["ref"], entry["signature"]["ref"]], operator="RK1", case=None, at=NOW
    )
    assert {(text.what, text.text) for text in revealed} == {("subject", "Ann Lee"), ("signature", "signed: Ann")}
    rights.database.scrub_log()
    files = b"".join(path.read_bytes() for path in rights.folder.path.iterdir() if path.is_file())
    assert [text for text in (b"Ann", STATEMENT.notice.encode()) if text in files] == []


@pytest.mark.parametrize("change", [{"signature": " "}, {"notice": ""}])
def test_a_consent_without_notice_or_signature_is_none(rights, change):
    with pytest.raises(InvalidRequestError, match="CONSENT_INVALID: a consent has a notice, and a signature"):
        give(rights, replace(STATEMENT, **change))
    assert rights.told("consent") == []


def test_a_policy_with_consent_stores_no_face_without_one(rights):
    with pytest.raises(RuleError, match=r"^CONSENT_MISSING: .*only with a consent on record"):
        rights.consents.terms(LIBRARY, None, now=NOW)
    with pytest.raises(RuleError, match=r"^CONSENT_UNKNOWN"):
        rights.consents.terms(LIBRARY, "nobody's", now=NOW)
    consent = give(rights, replace(STATEMENT, source=Source.CUSTODY))
    with pytest.raises(RuleError, match=r"^CONSENT_SOURCE_REFUSED"):
        rights.enrol(1, consent=consent.id)
    assert rights.stored() == []


def test_a_policy_without_consent_stores_faces_as_ever(rights):
    terms = rights.consents.terms(plain_policy(0.001), None, now=NOW)
    assert (terms.consent_id, terms.limit_at) == (None, None)


def test_a_face_lasts_as_long_as_its_consent(rights):
    face_id = rights.enrol(1, consent=give(rights, ending(days=2)).id)
    rights.now = NOW + 2 * DAY
    assert rights.found(1) == []
    assert rights.stored() == [face_id]


def test_illinois_ends_three_years_after_the_last_contact(rights):
    consent = give(rights, ending(days=9999))
    illinois = LIBRARY.model_copy(update={"jurisdiction": "US-IL"})
    assert rights.consents.terms(illinois, consent.id, now=NOW).limit_at == NOW.replace(year=2029)


def test_withdrawing_ends_its_faces_at_once_in_every_collection_and_no_others(rights):
    rights.collect("others")
    mine, theirs = give(rights), give(rights)
    rights.enrol(1, consent=mine.id, user="ann")
    rights.enrol(2, consent=mine.id, collection="others")
    kept = rights.enrol(3, consent=theirs.id)
    assert rights.users_found(1) == ["ann"]
    assert rights.consents.withdraw(mine.id, operator="RK2", now=NOW) == 2
    assert [rights.found(1), rights.users_found(1), rights.found(2, "others"), rights.found(3)] == [[], [], [], [kept]]
    assert rights.told("consent")[-1]["action"] == "withdrawn"
    assert rights.told("consent")[-1]["faces"] == 2
    with pytest.raises(RuleError, match=r"^CONSENT_WITHDRAWN"):
        rights.enrol(4, consent=mine.id)


def test_withdrawing_twice_is_once(rights):
    consent = give(rights)
    rights.enrol(1, consent=consent.id)
    assert [rights.consents.withdraw(consent.id, operator="RK1", now=NOW + place * DAY) for place in (0, 1)] == [1, 0]
    assert rights.consents.find(consent.id).withdrawn_at == NOW
    assert len(rights.told("consent")) == 2


def test_an_unknown_consent_cannot_be_withdrawn(rights):
    with pytest.raises(NotFoundError, match="The consent id: c does not exist"):
        rights.consents.withdraw("c", operator="RK1", now=NOW)
