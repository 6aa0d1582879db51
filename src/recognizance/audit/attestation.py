"""Attestation: an audit document in, a signed statement about it out, and back, checked.

The statement is in in-toto's form (Statement v1): its subjects are the networks and the curve that were audited, by
SHA-256, and its predicate says what the audit found, in which gallery, on which kind of pictures, and how long that
holds. It travels in a DSSE envelope, so whoever has the public key can check it without a server.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from recognizance.audit.drift import Tail
from recognizance.audit.errors import AuditError
from recognizance.evaluation.account import describe_pack
from recognizance.evaluation.curve import Table
from recognizance.models.card import Pack
from recognizance.signing import PublicKey, SigningKey

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "recognizance:audit/1"

CURVE = "similarity curve"
"""Name of the curve among the subjects."""

_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Rate = Annotated[float, Field(ge=0, le=1)]


class UntrustedError(AuditError):
    """A statement signed by somebody whose key is not trusted here."""


class TamperedError(AuditError):
    """A statement, or the document it speaks of, that is not what was signed."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Figure(_Record):
    """What was measured on everybody at a similarity: its score, and the ends of 95 % intervals of FMR and FPIR."""

    similarity: float
    threshold: float
    fmr_95: tuple[_Rate, _Rate]
    fpir_95: tuple[_Rate, _Rate] | None


class Attestation(_Record):
    """What is said of an audit. `parts` are the SHA-256 of all that was audited, by name."""

    parts: Annotated[dict[str, _Sha256], Field(min_length=1)]
    document_sha256: _Sha256
    audited_on: date
    auditor: str
    images: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
    """The kind of pictures, in a word: portrait, doorbell, ..."""
    gallery_people: Annotated[int, Field(ge=1)]
    figures: tuple[Figure, ...]
    tail: Tail | None
    """Where strangers scored in the audit's searches, for the drift watch."""
    valid_from: AwareDatetime
    valid_until: AwareDatetime

    @classmethod
    def of(cls, content: bytes, *, images: str, valid_from: datetime, days: int) -> Attestation:
        """What an `audit.json` (its bytes) allows to be said. Raises AuditError where it does not say enough."""
        try:
            document = json.loads(content)
            return cls(
                parts={**document["pack"]["models"], CURVE: document["curve"]["sha256"]},
                document_sha256=hashlib.sha256(content).hexdigest(),
                audited_on=document["date"],
                auditor=document["statement"]["auditor"],
                images=images,
                gallery_people=document["open_set"]["gallery_people"],
                figures=tuple(_figures(document)),
                tail=document.get("tail"),
                valid_from=valid_from,
                valid_until=valid_from + timedelta(days=days),
            )
        except KeyError as error:
            raise AuditError(
                f"the audit has no {error.args[0]!r}: an audit that is to be signed holds searches and names its "
                "curve; run it again with this version, on more people"
            ) from None
        except ValidationError as error:
            raise AuditError(f"the audit cannot be signed: {_problems(error)}") from None
        except (ValueError, TypeError, AttributeError) as error:
            raise AuditError(f"this is no audit document ({error})") from None


def audited_parts(pack: Pack, table: Table) -> dict[str, str]:
    """The SHA-256 of everything that decides what a score and, by the curve's table, a similarity is, by name."""
    return {**describe_pack(pack)["models"], CURVE: curve_digest(table, pack.space)}


def curve_digest(table: Table, space: str) -> str:
    """The SHA-256 of the numbers of a curve and of the space they hold in, however its file is written."""
    numbers = [space, list(table.scores), list(table.log10_fmr)]
    return hashlib.sha256(json.dumps(numbers, separators=(",", ":")).encode()).hexdigest()


def seal(attestation: Attestation, key: SigningKey) -> bytes:
    """The signed envelope, as the bytes of its file."""
    predicate = attestation.model_dump(mode="json")
    subject = [{"name": name, "digest": {"sha256": digest}} for name, digest in predicate.pop("parts").items()]
    statement = {
        "_type": STATEMENT_TYPE,
        "subject": subject,
        "predicateType": PREDICATE_TYPE,
        "predicate": predicate,
    }
    payload = json.dumps(statement, sort_keys=True, separators=(",", ":")).encode()
    envelope = {
        "payloadType": PAYLOAD_TYPE,
        "payload": base64.b64encode(payload).decode(),
        "signatures": [{"keyid": key_id(key.public), "sig": base64.b64encode(key.sign(_framed(payload))).decode()}],
    }
    return json.dumps(envelope, indent=1).encode() + b"\n"


def unseal(content: bytes, keys: Sequence[PublicKey]) -> tuple[Attestation, PublicKey]:
    """What an envelope says and which of `keys` signed it.

    Raises UntrustedError where none of them claims to have, TamperedError where what it says is not what was signed.
    """
    try:
        envelope = json.loads(content)
        payload = base64.b64decode(envelope["payload"], validate=True)
        claims = {one["keyid"]: base64.b64decode(one["sig"], validate=True) for one in envelope["signatures"]}
        is_statement = envelope["payloadType"] == PAYLOAD_TYPE
    except (ValueError, KeyError, TypeError) as error:
        raise TamperedError(f"this is no signed statement ({error})") from None
    signers = [key for key in keys if key_id(key) in claims]
    if not signers:
        raise UntrustedError(f"signed by {', '.join(claims) or 'nobody'}, whom nobody here trusts")
    for key in signers:
        if is_statement and key.verifies(claims[key_id(key)], _framed(payload)):
            return _parse(payload), key
    raise TamperedError(f"the statement is not what {signers[0].name} signed")


def key_id(key: PublicKey) -> str:
    """How a signature names its key."""
    return f"{key.name}+{key.id.hex()}"


def check_document(attestation: Attestation, content: bytes) -> None:
    """Hold an audit document (its bytes) against its statement. Raises TamperedError."""
    digest = hashlib.sha256(content).hexdigest()
    if digest != attestation.document_sha256:
        raise TamperedError(f"the document has the sha256 {digest}, and {attestation.document_sha256} was signed")


def _framed(payload: bytes) -> bytes:
    """The bytes that are signed: DSSE's pre-authentication encoding, which binds the type."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def _parse(payload: bytes) -> Attestation:
    """The statement in a payload whose signature holds; another kind of statement by the same key is none."""
    try:
        statement = json.loads(payload)
        if (statement["_type"], statement["predicateType"]) != (STATEMENT_TYPE, PREDICATE_TYPE):
            raise TamperedError(f"this is a statement of another kind: {statement['predicateType']}")
        parts = {one["name"]: one["digest"]["sha256"] for one in statement["subject"]}
        return Attestation(parts=parts, **statement["predicate"])
    except (ValueError, KeyError, TypeError) as error:
        raise TamperedError(f"this is no statement about an audit ({error})") from None


def _figures(document: Mapping[str, Any]) -> list[Figure]:
    rows = [(level, level["groups"][0]) for level in document["levels"] if level["similarity"] is not None]
    return [
        Figure(
            similarity=level["similarity"],
            threshold=level["threshold"],
            fmr_95=everybody["fmr"]["interval_95"],
            fpir_95=everybody["fpir"] and everybody["fpir"]["interval_95"],
        )
        for level, everybody in rows
    ]


def _problems(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
