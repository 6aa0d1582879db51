"""What a client says of the reason of a request, beside its members: case, authorisation, purpose, consent, subject.

AWS's operations have no place for it, so it travels in signed headers `x-recognizance-*`, or all together in a session
tag: a session token that an unmodified client sends along because it takes it for one of AWS's. A tag is no secret and
grants nothing; the signature covers it like any other header.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping

from recognizance.wire import faults

NAMES = ("case", "authorisation", "purpose", "consent", "subject")
"""What can be said."""

HEADER_PREFIX = "x-recognizance-"
TAG_HEADER = "x-amz-security-token"
TAG_PREFIX = "rz1."
MAX_LETTERS = 256
"""Of each text."""


def write_tag(said: Mapping[str, str]) -> str:
    """The session tag that says it, for a client's session token. Raises Fault for what `read_said` would refuse."""
    _check(said)
    content = json.dumps(dict(said), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return TAG_PREFIX + base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def read_said(headers: Mapping[str, str]) -> dict[str, str]:
    """What a request says, from its headers (by lower-case name) and its session tag; {} for one that says nothing.

    A session token without our prefix is somebody else's and says nothing. Raises Fault for a garbled tag, an unknown
    name, a text that is empty or too long, or header and tag that say different things.
    """
    by_header = {name: headers[HEADER_PREFIX + name] for name in NAMES if HEADER_PREFIX + name in headers}
    by_tag = _read_tag(headers.get(TAG_HEADER, ""))
    for name in by_header.keys() & by_tag.keys():
        if by_header[name] != by_tag[name]:
            raise faults.validation([f"the header {HEADER_PREFIX}{name} and the session tag say different things"])
    said = by_tag | by_header
    _check(said)
    return said


def _read_tag(token: str) -> dict[str, str]:
    if not token.startswith(TAG_PREFIX):
        return {}
    encoded = token.removeprefix(TAG_PREFIX)
    try:
        content = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        raise faults.validation(["the session tag cannot be read; make one with `recognizance session`"]) from None
    if not isinstance(content, dict) or not all(isinstance(text, str) for text in content.values()):
        raise faults.validation(["the session tag is to hold names and texts alone"])
    return content


def _check(said: Mapping[str, str]) -> None:
    problems = [f"the session tag names {name!r}; it may name {', '.join(NAMES)}" for name in said if name not in NAMES]
    for name, text in said.items():
        if not text.strip() or len(text) > MAX_LETTERS or not text.isprintable():
            problems.append(f"{name} is to be 1 to {MAX_LETTERS} printable letters")
    if problems:
        raise faults.validation(problems)
