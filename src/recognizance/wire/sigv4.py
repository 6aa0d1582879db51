"""Signature Version 4: who signed this request, and does the signature hold?

In: the request as it came. Out: the key id and region it claims, once the signature was found to hold for the secret
that the caller looked up. Nothing here reads a clock or a store. The steps are AWS's ("Create a signed AWS API request"
in the IAM user guide): canonical request, string to sign, derived key, signature.

Clients sign different headers, so exactly the ones they name are signed again, the Host among them as they sent it.
Any region is taken; it is part of the answer.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, quote

from recognizance.wire import faults

ALGORITHM = "AWS4-HMAC-SHA256"
SERVICE = "rekognition"
TERMINATOR = "aws4_request"
MAX_SKEW = timedelta(minutes=15)

_TIME_FORMAT = "%Y%m%dT%H%M%SZ"
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. A proxy that changes the Host or another signed header also breaks the signature."
)
_FIELDS = ("Credential", "SignedHeaders", "Signature")
_CREDENTIAL = re.compile(r"(\w{1,128})/(\d{8})/([a-z0-9-]{1,64})/([^/]+)/([^/]+)", re.ASCII)
_SIGNED_HEADERS = re.compile(r"[a-z0-9-]+(;[a-z0-9-]+)*")
_SIGNATURE = re.compile(r"[0-9a-f]{64}")
_NOBODY = "no key has this secret"  # signed with for an unknown key, so that it takes as long as for a known one


@dataclass(frozen=True, slots=True)
class Claim:
    """What a request says of its signer. Believe it after `verify`."""

    key_id: str
    region: str
    scope: str
    """Date, region, service and terminator, as in the credential."""
    string_to_sign: str
    signature: str

    def verify(self, secret: str | None) -> None:
        """Check the signature with the key's secret, None for a key that is unknown or revoked. Raises Fault."""
        expected = sign(_NOBODY if secret is None else secret, self.scope, self.string_to_sign)
        holds = hmac.compare_digest(expected, self.signature)
        if secret is None:
            raise faults.unrecognized_client()
        if not holds:
            raise faults.invalid_signature(_MISMATCH)


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request as it came over HTTP."""

    method: str
    path: str
    """Percent-encoded, as sent."""
    query: str
    """Percent-encoded, as sent, without the question mark."""
    headers: Mapping[str, str]
    """By lower-case name, decoded as Latin-1; the values of a repeated header are joined by commas."""
    body: bytes


def read_claim(request: SignedRequest, now: datetime) -> Claim:
    """Read who claims to have signed the request, and check all that needs no secret. Raises Fault."""
    headers = request.headers
    if any(name == "X-Amz-Signature" for name, _ in parse_qsl(request.query)):
        raise faults.incomplete_signature("Presigned URLs are not accepted; send the signature in a header.")
    credential, signed_headers, signature = _read_authorization(headers)
    key_id, date, region = _read_credential(credential)
    time = _read_time(headers, now)
    if time[:8] != date:
        raise faults.invalid_signature(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{date}' != '{time[:8]}', from '{time}'."
        )
    _check_signed_headers(signed_headers, headers)
    canonical = canonical_request(request, signed_headers, _hash_body(request))
    scope = f"{date}/{region}/{SERVICE}/{TERMINATOR}"
    to_sign = "\n".join((ALGORITHM, time, scope, hashlib.sha256(canonical.encode("latin-1")).hexdigest()))
    return Claim(key_id, region, scope, to_sign, signature)


def canonical_request(request: SignedRequest, signed_headers: str, body_hash: str) -> str:
    """The request in the one form that signer and verifier agree on."""
    path = quote(request.path, safe="/~")  # encoded once when sent; all services but S3 encode it once more
    pairs = sorted(pair.partition("=")[::2] for pair in request.query.split("&") if pair)
    query = "&".join(f"{name}={value}" for name, value in pairs)
    lines = [f"{name}:{' '.join(request.headers.get(name, '').split())}" for name in signed_headers.split(";")]
    return "\n".join((request.method, path, query, *lines, "", signed_headers, body_hash))


def sign(secret: str, scope: str, string_to_sign: str) -> str:
    """The signature, 64 hexadecimal digits, of the string with the key derived from the secret for the scope."""
    key = f"AWS4{secret}".encode()
    for part in (*scope.split("/"), string_to_sign):
        key = hmac.digest(key, part.encode(), "sha256")
    return key.hex()


def _read_authorization(headers: Mapping[str, str]) -> tuple[str, str, str]:
    """The three fields of the Authorization header, each given once and no other."""
    authorization = headers.get("authorization", "")
    if not authorization:
        raise faults.missing_token()
    algorithm, _, rest = authorization.partition(" ")
    if algorithm != ALGORITHM:
        raise faults.incomplete_signature(f"Authorization must begin with {ALGORITHM}.")
    pairs = [field.strip().partition("=") for field in rest.split(",")]
    if sorted(name for name, _, _ in pairs) != sorted(_FIELDS):
        raise faults.incomplete_signature(f"Authorization must have {', '.join(_FIELDS)}, each once and no other.")
    fields = {name: value for name, _, value in pairs}
    if not _SIGNED_HEADERS.fullmatch(fields["SignedHeaders"]):
        raise faults.incomplete_signature("SignedHeaders must be lower-case names with semicolons between them.")
    if not _SIGNATURE.fullmatch(fields["Signature"]):
        raise faults.incomplete_signature("Signature must be 64 lower-case hexadecimal digits.")
    return fields["Credential"], fields["SignedHeaders"], fields["Signature"]


def _read_credential(credential: str) -> tuple[str, str, str]:
    """Key id, date and region of a credential whose service and terminator are right."""
    match = _CREDENTIAL.fullmatch(credential)
    if match is None:
        raise faults.incomplete_signature(f"Credential must be <key id>/<date>/<region>/{SERVICE}/{TERMINATOR}.")
    key_id, date, region, service, terminator = match.groups()
    if service != SERVICE:
        raise faults.invalid_signature(f"Credential should be scoped to correct service: '{SERVICE}'.")
    if terminator != TERMINATOR:
        raise faults.invalid_signature(f"Credential should be scoped with a valid terminator: '{TERMINATOR}'.")
    return key_id, date, region


def _read_time(headers: Mapping[str, str], now: datetime) -> str:
    """X-Amz-Date, when it is near enough to the present. The text is AWS's: SDKs set their clock by it."""
    text = headers.get("x-amz-date", "")
    try:
        time = datetime.strptime(text, "%Y%m%dT%H%M%S%z")
    except ValueError:
        raise faults.incomplete_signature("X-Amz-Date must be a time such as 20260131T235959Z.") from None
    present = now.strftime(_TIME_FORMAT)
    if time < now - MAX_SKEW:
        limit = (now - MAX_SKEW).strftime(_TIME_FORMAT)
        raise faults.invalid_signature(f"Signature expired: {text} is now earlier than {limit} ({present} - 15 min.)")
    if time > now + MAX_SKEW:
        limit = (now + MAX_SKEW).strftime(_TIME_FORMAT)
        raise faults.invalid_signature(
            f"Signature not yet current: {text} is still later than {limit} ({present} + 15 min.)"
        )
    return text


def _check_signed_headers(signed_headers: str, headers: Mapping[str, str]) -> None:
    """Host, every x-amz-* and every x-recognizance-* header are signed: they say what is asked of whom, and why."""
    signed = signed_headers.split(";")
    for name in ("host", *(name for name in headers if name.startswith(("x-amz-", "x-recognizance-")))):
        if name not in signed:
            raise faults.invalid_signature(f"'{name}' must be a 'SignedHeader' in the AWS Authorization.")


def _hash_body(request: SignedRequest) -> str:
    """SHA-256 of the body that came. Botocore does not send the header here; UNSIGNED-PAYLOAD is not a hash."""
    actual = hashlib.sha256(request.body).hexdigest()
    if request.headers.get("x-amz-content-sha256", actual) != actual:
        raise faults.invalid_signature("The value of x-amz-content-sha256 is not the SHA-256 of the request body.")
    return actual
