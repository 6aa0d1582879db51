"""Sealing of templates and secrets: plain bytes in, sealed bytes out, and back. No disk, no database.

    master key (a file)  seals  collection key  seals  face key (one a face)  seals  template, portrait
                         seals  case key (one a case)  seals  picture of the probe
                         seals  secrets of access keys

Everything is AES-256-GCM under a fresh random 96-bit nonce. A sealed value is bound (as associated data) to what it
belongs to, so it opens nowhere else: a template moved to another face, or a key to another collection, does not open.
Whoever destroys the sealed face key has shredded the template; the sealed collection key, all of its templates.

The template that is kept is the embedding rounded to float16. Searches are exact with respect to these vectors.
"""

from __future__ import annotations

import secrets
from typing import NamedTuple

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from numpy.typing import NDArray

from recognizance.errors import SealError
from recognizance.values import FloatArray

VERSION = b"\x01"
"""First byte of every sealed value: how the rest is laid out (nonce, ciphertext, tag)."""

KEY_BYTES = 32
NONCE_BYTES = 12


class SealedTemplate(NamedTuple):
    """A template at rest: its face key sealed by the collection key, and the vector sealed by the face key."""

    key: bytes
    template: bytes


class Vault:
    """Holds the master key. Safe to call from several threads."""

    def __init__(self, master_key: bytes) -> None:
        if len(master_key) != KEY_BYTES:
            raise ValueError(f"a master key has {KEY_BYTES} bytes, got {len(master_key)}")
        self._master = AESGCM(master_key)

    def new_collection_key(self, collection_id: str, space: str) -> bytes:
        """A sealed fresh key for a collection of one embedding space."""
        return _seal(self._master, secrets.token_bytes(KEY_BYTES), _binding("collection", collection_id, space))

    def collection_key(self, sealed: bytes, collection_id: str, space: str) -> CollectionKey:
        """Open a collection's key. Raises SealError."""
        return CollectionKey(_open(self._master, sealed, _binding("collection", collection_id, space)), space)

    def seal_secret(self, name: str, secret: str) -> bytes:
        """Seal a text that belongs to `name`."""
        return _seal(self._master, secret.encode(), _binding("secret", name))

    def open_secret(self, name: str, sealed: bytes) -> str:
        """Open what `seal_secret` sealed for the same name. Raises SealError."""
        return _open(self._master, sealed, _binding("secret", name)).decode()

    def new_case_key(self, case_id: str) -> bytes:
        """A sealed fresh key for a case."""
        return _seal(self._master, secrets.token_bytes(KEY_BYTES), _binding("case", case_id))

    def seal_picture(self, case_id: str, sealed_key: bytes, picture: bytes) -> bytes:
        """Seal a picture under the key of a case. Raises SealError."""
        return _seal(self._case_key(case_id, sealed_key), picture, _binding("picture", case_id))

    def open_picture(self, case_id: str, sealed_key: bytes, sealed: bytes) -> bytes:
        """Open what `seal_picture` sealed for the same case. Raises SealError."""
        return _open(self._case_key(case_id, sealed_key), sealed, _binding("picture", case_id))

    def _case_key(self, case_id: str, sealed_key: bytes) -> AESGCM:
        return AESGCM(_open(self._master, sealed_key, _binding("case", case_id)))


class CollectionKey:
    """Seals and opens the templates of one collection. Safe to call from several threads."""

    def __init__(self, key: bytes, space: str) -> None:
        self._key = AESGCM(key)
        self._space = space

    def seal(self, face_id: str, vector: FloatArray) -> SealedTemplate:
        """Seal a vector float32 (d,), rounded to float16, under a fresh key for this face."""
        face_key = secrets.token_bytes(KEY_BYTES)
        binding = _binding("face", face_id, self._space)
        return SealedTemplate(
            key=_seal(self._key, face_key, binding),
            template=_seal(AESGCM(face_key), vector.astype("<f2").tobytes(), binding),
        )

    def open(self, face_id: str, sealed_key: bytes, sealed_template: bytes) -> NDArray[np.float16]:
        """The template float16 (d,). Raises SealError."""
        return np.frombuffer(self.open_bytes(face_id, sealed_key, sealed_template), "<f2")

    def open_bytes(self, face_id: str, sealed_key: bytes, sealed_template: bytes) -> bytes:
        """As `open`, but the little-endian float16 bytes: for loops over millions."""
        return _open(self._face_key(face_id, sealed_key), sealed_template, _binding("face", face_id, self._space))

    def seal_portrait(self, face_id: str, sealed_key: bytes, picture: bytes) -> bytes:
        """Seal the picture of a face under the face's own key. Raises SealError."""
        return _seal(self._face_key(face_id, sealed_key), picture, _binding("portrait", face_id, self._space))

    def open_portrait(self, face_id: str, sealed_key: bytes, sealed: bytes) -> bytes:
        """Open what `seal_portrait` sealed. Raises SealError."""
        return _open(self._face_key(face_id, sealed_key), sealed, _binding("portrait", face_id, self._space))

    def _face_key(self, face_id: str, sealed_key: bytes) -> AESGCM:
        return AESGCM(_open(self._key, sealed_key, _binding("face", face_id, self._space)))


def _binding(*parts: str) -> bytes:
    # No id of the API can hold a NUL, so two different lists of parts never give the same bytes.
    return "\0".join(parts).encode()


def _seal(key: AESGCM, plain: bytes, binding: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return VERSION + nonce + key.encrypt(nonce, plain, binding)


def _open(key: AESGCM, sealed: bytes, binding: bytes) -> bytes:
    if sealed[:1] != VERSION:
        raise SealError(f"a sealed value starts with version {VERSION.hex()}, got {sealed[:1].hex() or 'nothing'}")
    nonce, encrypted = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return key.decrypt(nonce, encrypted, binding)
    except (InvalidTag, ValueError) as error:  # ValueError: cut short, so that no whole nonce or tag is left
        raise SealError("a sealed value does not open: it was altered, moved, or sealed by another key") from error
