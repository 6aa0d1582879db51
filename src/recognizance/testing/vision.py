"""A Vision without networks: a "picture" is a small JSON text that states its faces.

    sketch(Person("ada"), Person("bob", width=60)) -> bytes
    FakeVision().detect(FakeVision().open(those bytes)) -> two faces, largest first

One person's embeddings score about 0.9 with each other and near 0 with anybody else's. `variant` makes another
picture of the same person.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizance.errors import ImageFormatError, ImageTooSmallError
from recognizance.ports import Photo
from recognizance.values import Box, Detail, Embedding, Face, Finding, FloatArray, Gaze, Pose, Quality

_DIM = 128
_SMALLEST_SIDE = 80

PAINTS = {"red": (230, 30, 30), "green": (30, 200, 30), "blue": (40, 40, 230), "yellow": (220, 220, 30)}
"""Colours that people of a painted frame wear, RGB."""

_NEAR = 60  # difference of a colour that compression makes at most
_LEAST_PATCH = 100  # px; smaller patches are edges that compression mixed


@dataclass(frozen=True, slots=True)
class Person:
    """One face of a sketched picture; lengths in pixels."""

    name: str
    left: float = 100.0
    top: float = 100.0
    width: float = 120.0
    height: float = 150.0
    variant: int = 0
    brightness: float = 80.0
    sharpness: float = 80.0
    confidence: float = 0.99
    yaw: float = 0.0


@dataclass(frozen=True, slots=True)
class SketchedPhoto:
    """An opened sketch."""

    width: int
    height: int
    people: tuple[Person, ...]


def sketch(*people: Person, width: int = 1000, height: int = 800) -> bytes:
    """The bytes of a picture that shows these people."""
    return json.dumps({"width": width, "height": height, "people": [asdict(person) for person in people]}).encode()


def paint(*people: Person, width: int = 320, height: int = 240) -> NDArray[np.uint8]:
    """A frame RGB uint8 (h, w, 3) for a clip: each person, named after one of `PAINTS`, is a patch of that colour."""
    pixels = np.full((height, width, 3), 40, np.uint8)
    for person in people:
        box = slice(round(person.top), round(person.top + person.height))
        pixels[box, round(person.left) : round(person.left + person.width)] = PAINTS[person.name]
    return pixels


def _painted(pixels: NDArray[np.uint8]) -> Iterator[Person]:
    """The people of a frame; its colours may have suffered from compression."""
    for name, colour in PAINTS.items():
        alike = (np.abs(pixels.astype(np.int16) - np.array(colour)).max(axis=2) < _NEAR).astype(np.uint8)
        count, _, boxes, _ = cv2.connectedComponentsWithStats(alike)
        for left, top, width, height, area in boxes[1:count].tolist():
            if area >= _LEAST_PATCH:
                yield Person(name, float(left), float(top), float(width), float(height))


class FakeVision:
    """Implements `ports.Vision` on sketches."""

    space = "fake/1"
    model_version = "0.1"

    def open(self, data: bytes) -> SketchedPhoto:
        """Read a sketch, or a painted frame as PNG. Raises ImageFormatError, ImageTooSmallError under 80 px a side."""
        if data.startswith(b"\x89PNG"):
            return self.frame(cv2.cvtColor(cv2.imdecode(np.frombuffer(data, np.uint8), 1), cv2.COLOR_BGR2RGB))
        try:
            content = json.loads(data)
            photo = SketchedPhoto(
                content["width"], content["height"], tuple(Person(**person) for person in content["people"])
            )
        except (ValueError, TypeError, KeyError) as error:
            raise ImageFormatError("Request has invalid image format.") from error
        if min(photo.width, photo.height) < _SMALLEST_SIDE:
            raise ImageTooSmallError(f"the picture is {photo.width} x {photo.height} px; both sides need 80 px")
        return photo

    def frame(self, pixels: NDArray[np.uint8]) -> SketchedPhoto:
        """A frame in which `paint` drew people."""
        height, width = pixels.shape[:2]
        return SketchedPhoto(width, height, tuple(_painted(pixels)))

    def detect(self, photo: Photo) -> list[Face]:
        """The sketched faces, at most 100, largest first."""
        faces = [_face(person) for person in _people(photo)]
        return sorted(faces, key=lambda face: -face.box.area)[:100]

    def describe(self, photo: Photo, face: Face) -> Face:  # noqa: ARG002 - the Protocol's signature
        """The face with eyes open, mouth closed, thirty-first landmark left out."""
        pupil = (float(face.points_px[0][0]), float(face.points_px[0][1]))
        return replace(
            face,
            detail=Detail({"leftPupil": pupil}, Finding(True, 0.98), Finding(False, 0.97), None, Gaze(1.0, -2.0, 0.9)),
        )

    def portrait(self, photo: Photo, face: Face) -> bytes:
        """A text in place of a picture: where the face is."""
        return f"portrait of the face at {face.box.left:g}, {face.box.top:g} of {photo.width} x {photo.height}".encode()

    def embed(self, photo: Photo, faces: Sequence[Face]) -> list[Embedding]:
        """Deterministic unit vectors from name and variant of the sketched person under each face."""
        by_box = {(p.left, p.top, p.width, p.height): p for p in _people(photo)}
        people = [by_box[face.box.left, face.box.top, face.box.width, face.box.height] for face in faces]
        return [embedding_of(person.name, person.variant) for person in people]


def embedding_of(name: str, variant: int = 0) -> Embedding:
    """The embedding of a sketched person."""
    mixed = _direction(name) + 0.33 * _direction(f"{name}/{variant}")
    return Embedding((mixed / np.linalg.norm(mixed)).astype(np.float32), FakeVision.space)


def _direction(seed: str) -> FloatArray:
    generator = np.random.default_rng(int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big"))
    vector = generator.standard_normal(_DIM)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def _people(photo: Photo) -> tuple[Person, ...]:
    if not isinstance(photo, SketchedPhoto):
        raise TypeError(f"FakeVision takes pictures that it opened, got {type(photo).__name__}")
    return photo.people


def _face(person: Person) -> Face:
    fractions = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]], dtype=np.float32)
    size = np.array([person.width, person.height], dtype=np.float32)
    points = fractions * size + np.array([person.left, person.top], dtype=np.float32)
    return Face(
        box=Box(person.left, person.top, person.width, person.height),
        confidence=person.confidence,
        points_px=points,
        pose=Pose(roll=0.0, yaw=person.yaw, pitch=0.0),
        quality=Quality(brightness=person.brightness, sharpness=person.sharpness),
    )
