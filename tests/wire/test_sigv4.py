"""Signatures: AWS's published example, botocore's signer as the other side, and one refusal for each thing that is wrong."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizance.wire.faults import Fault
from recognizance.wire.sigv4 import SignedRequest, canonical_request, read_claim, sign

NOW = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)
KEY_ID = "RCGZ1234567890EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
BODY = b'{"CollectionId":"people"}'

BOTO3 = {
    "Content-Type": "application/x-amz-json-1.1",
    "X-Amz-Target": "RekognitionService.DescribeCollection",
    "Host": "127.0.0.1:5080",
}
JS_V3 = BOTO3 | {
    "amz-sdk-invocation-id": "11111111-2222-3333-4444-555555555555",
    "amz-sdk-request": "attempt=1; max=3",
    "content-length": str(len(BODY)),
    "x-amz-content-sha256": hashlib.sha256(BODY).hexdigest(),
    "x-amz-user-agent": "aws-sdk-js/3.1142.0",
}
JS_V2 = {name: BOTO3[name] for name in ("Host", "X-Amz-Target")} | {
    "X-Amz-Content-Sha256": hashlib.sha256(BODY).hexdigest()
}


def signed(
    headers=None, body=BODY, *, at=NOW, secret=SECRET, region="eu-west-1", service="rekognition", url="/", token=None
):
    """A request signed by botocore, as it reaches the server."""
    headers = dict(BOTO3 if headers is None else headers)
    path, _, query = url.partition("?")
    request = AWSRequest("POST", f"http://{headers['Host']}{url}", headers, body)
    with patch("botocore.auth.get_current_datetime", lambda: at.replace(tzinfo=None)):
        SigV4Auth(Credentials(KEY_ID, secret, token), service, region).add_auth(request)
    received = {name.lower(): value for name, value in request.headers.items()}
    return SignedRequest("POST", path, query, received, body)


def with_headers(request, **changes):
    """The request with headers changed (`x_y` is x-y), or removed when None."""
    headers = dict(request.headers)
    for name, value in changes.items():
        if value is None:
            del headers[name.replace("_", "-")]
        else:
            headers[name.replace("_", "-")] = value
    return replace(request, headers=headers)


def check(request, *, secret=SECRET, now=NOW):
    claim = read_claim(request, now)
    claim.verify(secret)
    return claim.key_id, claim.region


def refusal(request, *, secret=SECRET, now=NOW):
    with pytest.raises(Fault) as caught:
        check(request, secret=secret, now=now)
    return caught.value.code, caught.value.message


def test_published_example():
    """The request to IAM that AWS's documentation signs step by step."""
    headers = {
        "content-type": "application/x-www-form-urlencoded; charset=utf-8",
        "host": "iam.amazonaws.com",
        "x-amz-date": "20150830T123600Z",
    }
    request = SignedRequest("GET", "/", "Action=ListUsers&Version=2010-05-08", headers, b"")
    canonical = canonical_request(request, "content-type;host;x-amz-date", hashlib.sha256(b"").hexdigest())
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    assert digest == "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"
    scope = "20150830/us-east-1/iam/aws4_request"
    signature = sign(SECRET, scope, f"AWS4-HMAC-SHA256\n20150830T123600Z\n{scope}\n{digest}")
    assert signature == "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"


@pytest.mark.parametrize(
    ("request_", "region"),
    [
        pytest.param(signed(BOTO3), "eu-west-1", id="boto3 and the AWS CLI"),
        pytest.param(signed(JS_V3, region="us-east-1"), "us-east-1", id="JS SDK v3"),
        pytest.param(
            with_headers(signed(JS_V2), content_type=BOTO3["Content-Type"], user_agent="aws-sdk-nodejs/2.1692.0"),
            "eu-west-1",
            id="JS SDK v2, which signs neither content type nor user agent",
        ),
        pytest.param(signed(token="session"), "eu-west-1", id="with a session token"),
        pytest.param(signed(region="moon-1"), "moon-1", id="any region"),
        pytest.param(signed(at=NOW - timedelta(minutes=14, seconds=59)), "eu-west-1", id="14 minutes early"),
        pytest.param(signed(at=NOW + timedelta(minutes=14, seconds=59)), "eu-west-1", id="14 minutes late"),
        pytest.param(with_headers(signed(), x_forwarded_for="10.0.0.1"), "eu-west-1", id="with a proxy's header"),
        pytest.param(with_headers(signed(), x_amzn_trace_id="Root=1"), "eu-west-1", id="with a trace id, never signed"),
        pytest.param(
            with_headers(signed(), authorization=signed().headers["authorization"].replace(", ", ",")),
            "eu-west-1",
            id="no blanks between the fields",
        ),
    ],
)
def test_accepted(request_, region):
    assert check(request_) == (KEY_ID, region)


@settings(deadline=None)
@given(
    body=st.binary(max_size=100),
    value=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30),
    pairs=st.lists(st.tuples(st.text("ab-._~", min_size=1), st.text("aB0-._~")), max_size=4),
    path=st.lists(st.text("ab0-_~", min_size=1), max_size=3),
)
def test_botocore_and_we_agree(body, value, pairs, path):
    query = "&".join(f"{name}={item}" for name, item in pairs)
    url = "/" + "/".join(path) + (f"?{query}" if query else "")
    assert check(signed(BOTO3 | {"X-Amz-Meta": value}, body, url=url)) == (KEY_ID, "eu-west-1")


MISMATCH = "The request signature we calculated does not match the signature you provided."


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        pytest.param(signed(secret="other"), MISMATCH, id="other secret"),
        pytest.param(replace(signed(), body=BODY + b" "), MISMATCH, id="changed body"),
        pytest.param(replace(signed(), method="PUT"), MISMATCH, id="changed method"),
        pytest.param(replace(signed(), path="/x"), MISMATCH, id="changed path"),
        pytest.param(replace(signed(), query="x=1"), MISMATCH, id="changed query"),
        pytest.param(with_headers(signed(), host="127.0.0.1:80"), MISMATCH, id="changed host"),
        pytest.param(with_headers(signed(), content_type="text/plain"), MISMATCH, id="changed content type"),
        pytest.param(with_headers(signed(), x_amz_target="RekognitionService.DeleteCollection"), MISMATCH, id="changed target"),
        pytest.param(with_headers(signed(), x_amz_target=None), MISMATCH, id="target removed"),
        pytest.param(with_headers(signed(token="a"), x_amz_security_token="b"), MISMATCH, id="changed session token"),
        pytest.param(with_headers(signed(), x_amz_date="20260131T120001Z"), MISMATCH, id="changed time"),
        pytest.param(
            with_headers(signed(), authorization=signed().headers["authorization"].replace("eu-west-1", "eu-west-2")), MISMATCH, id="changed region"
        ),
        pytest.param(
            with_headers(signed(), authorization=signed().headers["authorization"][:-1] + "0"), MISMATCH, id="changed signature"
        ),
        pytest.param(replace(signed(JS_V3), body=b"{}"), "The value of x-amz-content-sha256 is not the SHA-256", id="hash of another body"),
        pytest.param(
            signed(BOTO3 | {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}), "The value of x-amz-content-sha256 is not the SHA-256", id="unsigned payload"
        ),
        pytest.param(with_headers(signed(), x_amz_extra="1"), "'x-amz-extra' must be a 'SignedHeader'", id="unsigned x-amz header"),
        pytest.param(with_headers(signed(), x_recognizance_case="1"), "'x-recognizance-case' must be a 'Signed", id="unsigned reason"),
        pytest.param(
            with_headers(signed(), authorization=signed().headers["authorization"].replace("content-type;host;", "content-type;")),
            "'host' must be a 'SignedHeader'",
            id="host not signed",
        ),
        pytest.param(signed(service="s3"), "Credential should be scoped to correct service: 'rekognition'.", id="other service"),
        pytest.param(
            with_headers(signed(), authorization=signed().headers["authorization"].replace("aws4_request", "aws4")),
            "Credential should be scoped with a valid terminator: 'aws4_request'.",
            id="other terminator",
        ),
        pytest.param(
            with_headers(signed(), authorization=signed().headers["authorization"].replace("/20260131/", "/20260130/")),
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260130' != '20260131', from '20260131T120000Z'.",
            id="date of another day",
        ),
        pytest.param(
            signed(at=NOW - timedelta(minutes=16)),
            "Signature expired: 20260131T114400Z is now earlier than 20260131T114500Z (20260131T120000Z - 15 min.)",
            id="16 minutes old",
        ),
        pytest.param(
            signed(at=NOW + timedelta(minutes=16)),
            "Signature not yet current: 20260131T121600Z is still later than 20260131T121500Z (20260131T120000Z + 15 min.)",
            id="16 minutes ahead",
        ),
    ],
)  # fmt: skip
def test_invalid_signature(request_, message):
    code, came = refusal(request_)
    assert code == "InvalidSignatureException"
    assert came.startswith(message)


def authorization(
    credential=f"{KEY_ID}/20260131/eu-west-1/rekognition/aws4_request", headers="host", signature="0" * 64
):
    return f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={headers}, Signature={signature}"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param("Bearer abc", "Authorization must begin with AWS4-HMAC-SHA256", id="other scheme"),
        pytest.param("AWS4-HMAC-SHA512 Credential=x", "Authorization must begin with AWS4-HMAC-SHA256", id="other algorithm"),
        pytest.param("AWS4-HMAC-SHA256", "Authorization must have Credential, SignedHeaders, Signature", id="nothing more"),
        pytest.param("AWS4-HMAC-SHA256 Credential=a, Signature=b", "Authorization must have Credential", id="a field missing"),
        pytest.param(authorization() + ", Extra=1", "Authorization must have Credential", id="a field too many"),
        pytest.param(authorization() + ", Signature=" + "1" * 64, "Authorization must have Credential", id="a field twice"),
        pytest.param(f"{authorization()},{authorization()}", "Authorization must have Credential", id="header sent twice"),
        pytest.param(authorization(credential=KEY_ID), "Credential must be <key id>/<date>/<region>/", id="key id alone"),
        pytest.param(authorization(credential="/20260131/r/rekognition/aws4_request"), "Credential must be", id="no key id"),
        pytest.param(authorization(credential="K/2026/r/rekognition/aws4_request"), "Credential must be", id="short date"),
        pytest.param(authorization(credential="K/20260131/R!/rekognition/aws4_request"), "Credential must be", id="odd region"),
        pytest.param(authorization(credential="K/20260131/r/rekognition/aws4_request/x"), "Credential must be", id="six parts"),
        pytest.param(authorization(headers=""), "SignedHeaders must be lower-case names", id="no signed headers"),
        pytest.param(authorization(headers="Host"), "SignedHeaders must be lower-case names", id="upper case"),
        pytest.param(authorization(headers="host;"), "SignedHeaders must be lower-case names", id="an empty name"),
        pytest.param(authorization(signature="0" * 63), "Signature must be 64 lower-case hexadecimal digits", id="short signature"),
        pytest.param(authorization(signature="A" * 64), "Signature must be 64 lower-case hexadecimal digits", id="upper-case signature"),
        pytest.param(authorization(signature="é" * 64), "Signature must be 64 lower-case hexadecimal digits", id="letters"),
    ],
)  # fmt: skip
def test_incomplete_signature(value, message):
    code, came = refusal(with_headers(signed(), authorization=value))
    assert code == "IncompleteSignatureException"
    assert came.startswith(message)


@pytest.mark.parametrize("date", [None, "", "yesterday", "2026-01-31T12:00:00Z", "20260131T120000", "20269931T120000Z"])
def test_malformed_time(date):
    code, message = refusal(with_headers(signed(), x_amz_date=date))
    assert code == "IncompleteSignatureException"
    assert message.startswith("X-Amz-Date must be a time such as 20260131T235959Z")


@pytest.mark.parametrize("value", [None, ""])
def test_no_signature(value):
    assert refusal(with_headers(signed(), authorization=value)) == (
        "MissingAuthenticationTokenException",
        "Missing Authentication Token",
    )


def test_presigned_url_is_refused_by_name():
    request = replace(signed(), query="X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00")
    code, message = refusal(with_headers(request, authorization=None))
    assert code == "IncompleteSignatureException"
    assert message.startswith("Presigned URLs are not accepted")


def test_unknown_or_revoked_key():
    assert refusal(signed(), secret=None) == (
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    )


def test_stand_in_for_an_unknown_key_opens_nothing():
    """What is signed with in place of an unknown key's secret is no secret, so it must not be one."""
    stand_in = "no key has this secret"
    assert refusal(signed(secret=stand_in), secret=None)[0] == "UnrecognizedClientException"
    assert refusal(signed(secret=stand_in), secret="")[0] == "InvalidSignatureException"
