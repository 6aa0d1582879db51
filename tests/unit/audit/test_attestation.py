"""Statements about audits: what is signed is what is read, by those who are trusted, and nothing else is."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest

from recognizance.audit.attestation import (
    CURVE,
    PAYLOAD_TYPE,
    Attestation,
    TamperedError,
    UntrustedError,
    audited_parts,
    check_document,
    curve_digest,
    seal,
    unseal,
)
from recognizance.audit.errors import AuditError
from recognizance.evaluation.curve import Table
from recognizance.models.catalog import DEFAULT_PACK, FAST_PACK
from recognizance.signing import SigningKey
from recognizance.testing.curve import LinearCurve

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
KEY = SigningKey("here", bytes(range(32)))
OTHER = SigningKey("there", bytes(32))


def document(**changes):
    """The part of an audit document that a statement speaks of."""
    rate = {"events": 0, "trials": 9, "value": 0.0, "interval_95": [0.0, 0.3]}
    everybody = {"group": "everybody", "fmr": rate, "fpir": rate}
    found = {
        "format": "recognizance-audit/1",
        "date": "2026-11-24",
        "pack": {"name": "default", "models": {"net.onnx": "ab" * 32}},
        "curve": {"sha256": "cd" * 32},
        "statement": {"auditor": "the council"},
        "levels": [
            {"similarity": 80.0, "threshold": 0.5, "groups": [everybody]},
            {"similarity": None, "threshold": 0.4, "groups": [everybody]},
        ],
        "open_set": {"gallery_people": 300},
    }
    return {**found, **changes}


def attestation(**changes):
    content = json.dumps(document(**changes)).encode()
    return Attestation.of(content, images="portrait", valid_from=NOW, days=180)


def reseal(envelope, change, key=KEY):
    """The envelope of `key` around a payload that `change` altered."""
    statement = json.loads(base64.b64decode(envelope["payload"]))
    change(statement)
    payload = json.dumps(statement).encode()
    framed = b"DSSEv1 %d %s %d %s" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), len(payload), payload)
    signature = {**envelope["signatures"][0], "sig": base64.b64encode(key.sign(framed)).decode()}
    return {**envelope, "payload": base64.b64encode(payload).decode(), "signatures": [signature]}


def test_what_is_signed_is_what_is_read():
    said = attestation(tail={"mean": 0.01, "deviation": 0.04, "searches": 900})
    found, signer = unseal(seal(said, KEY), [OTHER.public, KEY.public])
    assert (found, signer) == (said, KEY.public)
    assert found.tail is not None
    assert found.tail.deviation == 0.04


def test_a_statement_says_what_the_audit_found():
    content = json.dumps(document()).encode()
    said = Attestation.of(content, images="portrait", valid_from=NOW, days=30)
    assert said.parts == {"net.onnx": "ab" * 32, CURVE: "cd" * 32}
    assert said.document_sha256 == hashlib.sha256(content).hexdigest()
    assert said.valid_until == NOW + timedelta(days=30)
    assert [(figure.similarity, figure.threshold, figure.fpir_95) for figure in said.figures] == [(80, 0.5, (0, 0.3))]
    assert said.tail is None


def test_the_envelope_is_dsse_around_an_in_toto_statement():
    envelope = json.loads(seal(attestation(), KEY))
    payload = base64.b64decode(envelope["payload"])
    # DSSE v1.0.2: PAE(type, body) = "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body
    message = b"DSSEv1 28 application/vnd.in-toto+json " + str(len(payload)).encode() + b" " + payload
    assert KEY.public.verifies(base64.b64decode(envelope["signatures"][0]["sig"]), message)
    statement = json.loads(payload)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert {"name": "net.onnx", "digest": {"sha256": "ab" * 32}} in statement["subject"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"no json", "no audit document", id="no JSON"),
        pytest.param(b"[]", "no audit document", id="a list"),
        pytest.param(json.dumps(document(curve={})).encode(), "has no 'sha256'.*run it again", id="names no curve"),
        pytest.param(
            json.dumps(document(open_set={"not_enough_data": "few"})).encode(),
            "has no 'gallery_people'.*on more people",
            id="no searches",
        ),
        pytest.param(
            json.dumps(document(pack={"models": {"net.onnx": "short"}})).encode(),
            "cannot be signed: parts.net.onnx",
            id="a garbled digest",
        ),
        pytest.param(
            json.dumps(document(tail={"mean": 0, "deviation": 0, "searches": 9})).encode(),
            "deviation above 0",
            id="a tail of one number",
        ),
    ],
)
def test_what_cannot_be_signed(content, message):
    with pytest.raises(AuditError, match=message):
        Attestation.of(content, images="x", valid_from=NOW, days=1)


def test_a_kind_of_pictures_is_a_word():
    with pytest.raises(AuditError, match="images"):
        Attestation.of(json.dumps(document()).encode(), images="door bell", valid_from=NOW, days=1)


def test_a_strangers_statement_does_not_count():
    with pytest.raises(UntrustedError, match=r"signed by there\+\w+, whom nobody here trusts"):
        unseal(seal(attestation(), OTHER), [KEY.public])


def with_payload(envelope):
    changed = bytearray(base64.b64decode(envelope["payload"]))
    changed[40] ^= 1
    return {**envelope, "payload": base64.b64encode(bytes(changed)).decode()}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(with_payload, id="one bit of what is said"),
        pytest.param(lambda envelope: {**envelope, "payloadType": "text/plain"}, id="another type"),
        pytest.param(
            lambda envelope: reseal(envelope, lambda said: said["predicate"].update(gallery_people=9), OTHER),
            id="signed by another under this name",
        ),
        pytest.param(
            lambda envelope: {**envelope, "signatures": [{**envelope["signatures"][0], "sig": ""}]}, id="no signature"
        ),
    ],
)
def test_a_changed_statement_is_noticed(change):
    with pytest.raises(TamperedError, match="is not what here signed"):
        unseal(json.dumps(change(json.loads(seal(attestation(), KEY)))).encode(), [KEY.public])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(lambda said: said.update(predicateType="other"), "another kind: other", id="another kind"),
        pytest.param(lambda said: said.pop("subject"), "no statement about an audit", id="no subject"),
        pytest.param(
            lambda said: said["predicate"].update(valid_until="2026-11-25T00:00:00"),
            "no statement about an audit",
            id="a time without zone",
        ),
    ],
)
def test_another_statement_of_the_same_key_is_none_about_an_audit(change, message):
    envelope = reseal(json.loads(seal(attestation(), KEY)), change)
    with pytest.raises(TamperedError, match=message):
        unseal(json.dumps(envelope).encode(), [KEY.public])


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"payload": "%", "signatures": []}'])
def test_garbage_is_no_statement(content):
    with pytest.raises(TamperedError, match="no signed statement"):
        unseal(content, [KEY.public])


def test_a_document_is_held_against_its_statement():
    content = json.dumps(document()).encode()
    said = Attestation.of(content, images="portrait", valid_from=NOW, days=1)
    check_document(said, content)
    with pytest.raises(TamperedError, match=f"and {said.document_sha256} was signed"):
        check_document(said, content + b" ")


def test_parts_are_the_files_and_the_curve_in_its_space():
    table = LinearCurve.table
    parts = audited_parts(DEFAULT_PACK, table)
    assert {card.file for card in DEFAULT_PACK.cards} < parts.keys()
    assert parts[CURVE] != audited_parts(FAST_PACK, table)[CURVE]
    other = Table(table.scores, (*table.log10_fmr[:-2], table.log10_fmr[-2] + 1e-9, -12.0), table.extrapolated_from)
    assert curve_digest(other, "space/1") != curve_digest(table, "space/1")
    assert curve_digest(copy.copy(table), "space/1") == curve_digest(table, "space/1")
