"""What a client says of the reason of a request: by header, by session tag, and never half-read."""

import base64
import json

import pytest

from recognizance.wire.faults import Fault
from recognizance.wire.session import read_said, write_tag

SAID = {"case": "2026-17", "authorisation": "order of 24 Nov, 3rd chamber", "purpose": "missing-person"}


def tagged(content):
    return {"x-amz-security-token": "rz1." + base64.urlsafe_b64encode(content).decode().rstrip("=")}


def test_nothing_said_is_nothing():
    assert read_said({"host": "here"}) == {}


def test_a_tag_says_what_was_written_into_it():
    assert read_said({"x-amz-security-token": write_tag(SAID)}) == SAID


def test_headers_say_the_same_and_add_to_a_tag():
    headers = {"x-recognizance-case": "2026-17", "x-recognizance-consent": "c1"}
    assert read_said(headers) == {"case": "2026-17", "consent": "c1"}
    assert read_said(headers | {"x-amz-security-token": write_tag(SAID)}) == SAID | {"consent": "c1"}


def test_a_session_token_of_somebody_else_says_nothing():
    assert read_said({"x-amz-security-token": "IQoJb3JpZ2luX2VjEJr"}) == {}


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        pytest.param({"x-amz-security-token": "rz1.*"}, "cannot be read; make one with", id="garbled base64"),
        pytest.param(tagged(b"{"), "cannot be read", id="garbled JSON"),
        pytest.param(tagged(b"\xff"), "cannot be read", id="garbled text"),
        pytest.param(tagged(b"[" * 20_000), "cannot be read", id="bottomless JSON"),
        pytest.param(tagged(b"[]"), "names and texts alone", id="no object"),
        pytest.param(tagged(b'{"case":1}'), "names and texts alone", id="a number"),
        pytest.param(tagged(b'{"role":"administrator"}'), "names 'role'; it may name case, auth", id="unknown name"),
        pytest.param({"x-recognizance-case": " "}, "case is to be 1 to 256 printable", id="empty"),
        pytest.param({"x-recognizance-case": "x" * 257}, "case is to be 1 to 256 printable", id="too long"),
        pytest.param(tagged(json.dumps({"case": "a\nb"}).encode()), "printable", id="a line break"),
        pytest.param(
            {"x-recognizance-case": "1", "x-amz-security-token": write_tag({"case": "2"})},
            "x-recognizance-case and the session tag say different things",
            id="two minds",
        ),
    ],
)
def test_what_cannot_be_read_is_refused(headers, message):
    with pytest.raises(Fault, match=message) as refused:
        read_said(headers)
    assert refused.value.code == "ValidationException"


def test_a_tag_that_would_not_be_read_is_not_written():
    with pytest.raises(Fault, match="names 'role'"):
        write_tag({"role": "administrator"})
