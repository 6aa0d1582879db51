"""Sealing of templates and secrets: plain bytes in, sealed bytes out, and back. No disk, no database.

    master key (a file)  seals  collection key  seals  half of a face key (one a face), whose other half lies in a file;
                                                both together are the key that seals template and portrait
                         seals  case key (one a case)  seals  picture of the probe
                         seals  secrets of access keys

Everything is AES-256-GCM under a fresh random 96-bit nonce. A sealed value is bound (as associated data) to what it
belongs to, so it opens nowhere else: a template moved to another face, or a key to another collection, does not open.
Whoever destroys either half of a face key has shredded the template, and neither half says anything of the other (the
key is their exclusive or). Since one half is in no copy of the database, what was deleted opens from no old copy.

The template that is kept is the embedding rounded to float16. Searches are exact with respect to these vectors.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import NamedTuple, Protocol

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from numpy.typing import NDArray

from recognizance.errors import DestroyedKeyError, SealError
from recognizance.residue import fleeting
from recognizance.values import FloatArray

VERSION = b"\x01"
"""First byte of every sealed value: how the rest is laid out (nonce, ciphertext, tag)."""

SPLIT = b"\x02"
"""First byte of a sealed half of a face key: then come the slot of the other half (8 bytes), and a sealed value."""

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
SLOT_BYTES = 8

_DOES_NOT_OPEN = "a sealed value does not open: it was altered, moved, or sealed by another key"

DESTROYED = bytes(KEY_BYTES)
"""What a slot holds when its half has been destroyed."""


class Halves(Protocol):
    """Where one half of each face key lies, outside the database. Safe to call from several threads."""

    def put(self, half: bytes) -> int:
        """Keep a half of 32 bytes; the number of its slot, never used before and never again."""

    def get(self, slot: int) -> bytes:
        """The half in a slot, or `DESTROYED`. Raises SealError for a slot that was never used."""

    def destroy(self, slots: Iterable[int]) -> None:
        """Overwrite halves. They are gone for good when this returns; slots already destroyed are no fault."""

    def sync(self) -> None:
        """Return when everything that was put is durable."""


class SealedTemplate(NamedTuple):
    """A template at rest: its face key sealed by the collection key, and the vector sealed by the face key."""

    key: bytes
    template: bytes


class Vault:
    """Holds the master key, and knows where the halves of face keys are. Safe to call from several threads."""

    def __init__(self, master_key: bytes, halves: Halves | None = None) -> None:
        """Without `halves` the keys of new faces are kept whole, and keys that were split do not open."""
        if len(master_key) != KEY_BYTES:
            raise ValueError(f"a master key has {KEY_BYTES} bytes, got {len(master_key)}")
        self._master = AESGCM(master_key)
        self._halves = halves

    def new_collection_key(self, collection_id: str, space: str) -> bytes:
        """A sealed fresh key for a collection of one embedding space."""
        return _seal(self._master, secrets.token_bytes(KEY_BYTES), _binding("collection", collection_id, space))

    def collection_key(self, sealed: bytes, collection_id: str, space: str) -> CollectionKey:
        """Open a collection's key. Raises SealError."""
        key = _open(self._master, sealed, _binding("collection", collection_id, space))
        return CollectionKey(key, space, self._halves)

    def sync(self) -> None:
        """Return when the halves of all face keys sealed so far are durable; call it before the rows are."""
        if self._halves is not None:
            self._halves.sync()

    def destroy(self, slots: Iterable[int]) -> None:
        """Destroy the halves in these slots."""
        if self._halves is not None:
            self._halves.destroy(slots)

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

    def __init__(self, key: bytes, space: str, halves: Halves | None = None) -> None:
        self._key = AESGCM(key)
        self._space = space
        self._halves = halves

    def seal(self, face_id: str, vector: FloatArray) -> SealedTemplate:
        """Seal a vector float32 (d,), rounded to float16, under a fresh key for this face."""
        kept = secrets.token_bytes(KEY_BYTES)
        binding = _binding("face", face_id, self._space)
        sealed, face_key = _seal(self._key, kept, binding), kept
        if self._halves is not None:
            half = secrets.token_bytes(KEY_BYTES)
            sealed, face_key = SPLIT + self._halves.put(half).to_bytes(SLOT_BYTES) + sealed, _join(kept, half)
        # Encrypted from the array's own memory, which is wiped: bytes would stay behind in the interpreter's.
        with fleeting(vector.astype("<f2")) as template:
            return SealedTemplate(sealed, _seal(AESGCM(face_key), template.data.cast("B"), binding))

    def open(self, face_id: str, sealed_key: bytes, sealed_template: bytes) -> NDArray[np.float16]:
        """The template float16 (d,), the caller's to wipe. Raises SealError."""
        template = np.empty(dimension(sealed_template), "<f2")
        self.open_into(template, face_id, sealed_key, sealed_template)
        return template

    def open_into(self, place: NDArray[np.float16], face_id: str, sealed_key: bytes, sealed_template: bytes) -> None:
        """Write a template to `place`, little-endian float16 (d,) of its dimension. Raises SealError.

        It is in no other memory on the way.
        """
        key, binding = self._face_key(face_id, sealed_key), _binding("face", face_id, self._space)
        _open_into(place.data.cast("B"), key, sealed_template, binding)

    def seal_portrait(self, face_id: str, sealed_key: bytes, picture: bytes) -> bytes:
        """Seal the picture of a face under the face's own key. Raises SealError."""
        return _seal(self._face_key(face_id, sealed_key), picture, _binding("portrait", face_id, self._space))

    def open_portrait(self, face_id: str, sealed_key: bytes, sealed: bytes) -> bytes:
        """Open what `seal_portrait` sealed. Raises SealError."""
        return _open(self._face_key(face_id, sealed_key), sealed, _binding("portrait", face_id, self._space))

    def is_destroyed(self, sealed_key: bytes) -> bool:
        """Whether the other half of a face's key has been destroyed. Raises SealError where it is not at hand."""
        return sealed_key[:1] == SPLIT and self._half(sealed_key) == DESTROYED

    def _face_key(self, face_id: str, sealed_key: bytes) -> AESGCM:
        binding = _binding("face", face_id, self._space)
        if sealed_key[:1] != SPLIT:
            return AESGCM(_open(self._key, sealed_key, binding))
        half = self._half(sealed_key)
        if half == DESTROYED:
            raise DestroyedKeyError
        return AESGCM(_join(_open(self._key, sealed_key[1 + SLOT_BYTES :], binding), half))

    def _half(self, sealed_key: bytes) -> bytes:
        if self._halves is None:
            raise SealError("the key of a face is split, and its other half is not at hand")
        return self._halves.get(int.from_bytes(sealed_key[1 : 1 + SLOT_BYTES]))


def dimension(sealed_template: bytes) -> int:
    """The number of components of a template. Raises SealError for bytes that are too few for any."""
    size = len(sealed_template) - len(VERSION) - NONCE_BYTES - TAG_BYTES
    if size <= 0:
        raise SealError("a sealed value does not open: it was cut short")
    return size // 2


def slots_of(sealed_keys: Iterable[bytes]) -> list[int]:
    """The slots of the other halves of sealed face keys, of those that are split."""
    return [int.from_bytes(sealed[1 : 1 + SLOT_BYTES]) for sealed in sealed_keys if sealed[:1] == SPLIT]


def _join(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one, "little") ^ int.from_bytes(other, "little")).to_bytes(KEY_BYTES, "little")


def _binding(*parts: str) -> bytes:
    # No id of the API can hold a NUL, so two different lists of parts never give the same bytes.
    return "\0".join(parts).encode()


def _seal(key: AESGCM, plain: bytes | memoryview, binding: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return VERSION + nonce + key.encrypt(nonce, plain, binding)


def _open(key: AESGCM, sealed: bytes, binding: bytes) -> bytes:
    try:
        return key.decrypt(*_parts(sealed), binding)
    except (InvalidTag, ValueError) as error:
        raise SealError(_DOES_NOT_OPEN) from error


def _open_into(place: memoryview, key: AESGCM, sealed: bytes, binding: bytes) -> None:
    try:
        key.decrypt_into(*_parts(sealed), binding, place)
    except (InvalidTag, ValueError) as error:
        raise SealError(_DOES_NOT_OPEN) from error


def _parts(sealed: bytes) -> tuple[bytes, bytes]:
    """Nonce and ciphertext of a sealed value. One that was cut short has no whole nonce or tag, and does not open."""
    if sealed[:1] != VERSION:
        raise SealError(f"a sealed value starts with version {VERSION.hex()}, got {sealed[:1].hex() or 'nothing'}")
    return sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
