"""Pictures that come with a request: inline bytes or an S3 object, opened, searched for faces, filtered."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from dataclasses import dataclass, field
from typing import Any

from recognizance.errors import InvalidRequestError, NoFaceError
from recognizance.operations.context import Context
from recognizance.ports import Photo
from recognizance.values import Face
from recognizance.vision.gate import refusals

MAX_OBJECT_BYTES = 15 * 1024 * 1024
"""Largest picture read from a bucket; inline bytes are held to 5 MiB by the service model."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An opened picture, its bytes, and its faces, largest first."""

    photo: Photo
    data: bytes = field(repr=False)
    faces: list[Face]

    def split(self, quality_filter: str) -> tuple[list[Face], list[tuple[Face, tuple[str, ...]]]]:
        """Faces that pass the quality filter, and the others each with the reasons; both largest first."""
        passed, refused = [], []
        for face in self.faces:
            reasons = refusals(face, level=quality_filter)
            if reasons:
                refused.append((face, reasons))
            else:
                passed.append(face)
        return passed, refused

    def largest(self, quality_filter: str) -> Face:
        """The largest face that passes the filter. Raises NoFaceError."""
        passed, _ = self.split(quality_filter)
        if not passed:
            raise NoFaceError("There are no faces in the image. Should be at least 1.")
        return passed[0]


def read_picture(context: Context, image: dict[str, Any]) -> Picture:
    """Open the picture of an Image member and find its faces. Raises ImageError's leaves, ObjectNotFoundError."""
    data = _bytes_of(context, image)
    photo = context.vision.open(data)
    return Picture(photo, data, context.vision.detect(photo))


def image_id(context: Context, picture: Picture) -> str:
    """A name-based UUID of the picture's content: the same picture gets the same id on this installation alone.

    It is keyed, because a plain digest would let anyone test whether a photo they hold was enrolled.
    """
    mac = hmac.digest(context.services.image_key, hashlib.sha256(picture.data).digest(), "sha256")
    return str(uuid.UUID(bytes=mac[:16], version=5))


def _bytes_of(context: Context, image: dict[str, Any]) -> bytes:
    inline: bytes | None = image.get("Bytes")
    stored: dict[str, str] | None = image.get("S3Object")
    match inline, stored:
        case bytes(), None:
            return inline
        case None, dict():
            return _read_object(context, stored)
        case _:
            came = "neither" if inline is None else "both"
            raise InvalidRequestError(
                f"Request has invalid parameters. An Image has either Bytes or S3Object; {came} came."
            )


def _read_object(context: Context, stored: dict[str, str]) -> bytes:
    missing = [name for name in ("Bucket", "Name") if not stored.get(name)]
    if missing:
        raise InvalidRequestError(f"Request has invalid parameters. S3Object lacks {' and '.join(missing)}.")
    return context.services.objects.read(
        stored["Bucket"], stored["Name"], stored.get("Version"), max_bytes=MAX_OBJECT_BYTES
    )
