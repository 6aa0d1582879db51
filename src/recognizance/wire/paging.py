"""NextToken: the place in a list where the next page starts, in a form that only this installation can make.

A token holds the position and when it expires, with a MAC over both and over the request's scope: another operation,
collection or filter refuses it. It is not secret: the position is an id that the caller has just been given.

A token has at most 255 characters (the model's bound), even when the position is a CollectionId of 255. Hence the
packing: the position as a number in base 65, the MAC cut to 64 bits (a guess costs a signed request and gains a list
that the caller may read anyway), and base 85.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import string
from collections.abc import Sequence
from datetime import datetime

import orjson

from recognizance.errors import PaginationTokenError

LIFETIME_S = 24 * 3600

_ALPHABET = string.digits + string.ascii_letters + "_.-"
_MAC_BYTES = 8
_TIME_BYTES = 4


class Pager:
    """Makes and reads tokens with one secret. Safe to call from several threads."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def encode(self, position: str, scope: Sequence[str], now: datetime) -> str:
        """The token of the page after `position`: up to 255 letters, digits, `_`, `.` and `-`.

        Raises ValueError for a position with any other character.
        """
        expires = int(now.timestamp()) + LIFETIME_S
        content = expires.to_bytes(_TIME_BYTES, "big") + _pack(position)
        return base64.b85encode(self._mac(content, scope) + content).decode("ascii").replace("-", "/")

    def decode(self, token: str, scope: Sequence[str], now: datetime) -> str:
        """The position. Raises PaginationTokenError for a token that is not of this scope, expired or garbled."""
        try:
            raw = base64.b85decode(token.replace("/", "-"))
        except ValueError:
            raw = b""
        mac, content = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(content, scope)):
            raise PaginationTokenError("Invalid Pagination Token")
        if int.from_bytes(content[:_TIME_BYTES], "big") < now.timestamp():
            raise PaginationTokenError("Invalid Pagination Token: it expired; start again without one")
        return _unpack(content[_TIME_BYTES:])

    def _mac(self, content: bytes, scope: Sequence[str]) -> bytes:
        message = orjson.dumps(list(scope)) + content  # JSON ends where it ends: no two scopes run into one text
        return hmac.digest(self._secret, message, hashlib.sha256)[:_MAC_BYTES]


def _pack(text: str) -> bytes:
    """A bijective numeration in base 65: digits count from 1, so length and leading characters survive."""
    number = 0
    for character in text:
        number = number * len(_ALPHABET) + _ALPHABET.index(character) + 1
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _unpack(packed: bytes) -> str:
    number = int.from_bytes(packed, "big")
    characters = []
    while number:
        number, digit = divmod(number - 1, len(_ALPHABET))
        characters.append(_ALPHABET[digit])
    return "".join(reversed(characters))
