"""Signing: the Ed25519 key of an installation, which signs what outsiders must be able to check.

The private key is made once in the data folder and never leaves it; the public key goes to whoever wants to check.
A key is known by its name and the first bytes of a digest, as signed notes have it (C2SP signed-note).
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from recognizance.errors import SettingsError

ED25519 = b"\x01"
"""The byte that stands for Ed25519 in a signed-note key."""

_HASH_BYTES = 4
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Who signs: a name without spaces or `+`, and 32 raw bytes."""

    name: str
    raw: bytes

    def __post_init__(self) -> None:
        if len(self.raw) != _KEY_BYTES:
            raise SettingsError(f"an Ed25519 public key has {_KEY_BYTES} bytes, got {len(self.raw)}")
        if not self.name or "+" in self.name or any(letter.isspace() for letter in self.name):
            raise SettingsError(f"a key's name has no space and no '+', got {self.name!r}")

    @classmethod
    def parse(cls, text: str) -> PublicKey:
        """Read `name+hash+key` as `str` writes it. Raises SettingsError."""
        name, _, rest = text.strip().partition("+")
        digest, _, encoded = rest.partition("+")
        try:
            body = base64.b64decode(encoded, validate=True)
        except ValueError:
            body = b""
        if body[:1] != ED25519:
            raise SettingsError("a public key reads name+hash+base64, as `recognizance ledger key` prints it")
        key = cls(name, body[1:])
        if key.id.hex() != digest:
            raise SettingsError(f"the public key of {name} is garbled: its hash is {key.id.hex()}, not {digest}")
        return key

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(ED25519 + self.raw).decode()}"

    @property
    def id(self) -> bytes:
        """The four bytes by which a signature names its key."""
        return hashlib.sha256(f"{self.name}\n".encode() + ED25519 + self.raw).digest()[:_HASH_BYTES]

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether this key made the signature over exactly this message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except InvalidSignature:
            return False
        return True


class SigningKey:
    """The private half. Safe to call from several threads."""

    def __init__(self, name: str, seed: bytes) -> None:
        """`seed`: 32 secret bytes."""
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = PublicKey(name, self._key.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """The signature, 64 bytes."""
        return self._key.sign(message)
