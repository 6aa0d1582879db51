"""The values that every part shares: frozen, checked when built, without IO and without a vendor.

Boxes and landmarks are in pixels of the *upright* image (EXIF orientation applied), origin top-left,
x to the right, y down. "Left" is the image's left. Scores are inner products; percents exist only on the wire.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

_HAIR = 1e-6
"""More than a float32 score and the arithmetic on it are off by."""


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-parallel box in pixels. It may reach outside the image: a cut face keeps its size."""

    left: float
    top: float
    width: float
    height: float

    def __post_init__(self) -> None:
        if not all(math.isfinite(v) for v in (self.left, self.top, self.width, self.height)):
            raise ValueError(f"a box needs finite numbers, got {self}")
        if self.width <= 0 or self.height <= 0:
            raise ValueError(f"a box needs a positive size, got {self.width} x {self.height}")

    @property
    def area(self) -> float:
        """Area in square pixels."""
        return self.width * self.height


@dataclass(frozen=True, slots=True)
class Pose:
    """Head pose in degrees. Roll > 0: the head leans to the image's right (clockwise as seen);
    yaw > 0: it turns to the image's right; pitch > 0: it looks up. Range -180..180.
    """

    roll: float
    yaw: float
    pitch: float


@dataclass(frozen=True, slots=True)
class Quality:
    """Picture quality of the face crop, each 0..100."""

    brightness: float
    sharpness: float


@dataclass(frozen=True, slots=True)
class Finding:
    """A yes-or-no measurement: `value`, and the confidence (0.5..1) in that stated value."""

    value: bool
    confidence: float


@dataclass(frozen=True, slots=True)
class Gaze:
    """Direction in which the eyes look, in degrees relative to the camera; confidence 0..1."""

    yaw: float
    pitch: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Detail:
    """What the finer models measured of a face. A member that no model measured is None, never a guess.

    `landmarks` maps a Rekognition landmark type (the 30 of its enum) to (x, y) in pixels.
    """

    landmarks: dict[str, tuple[float, float]] = field(default_factory=dict)
    eyes_open: Finding | None = None
    mouth_open: Finding | None = None
    face_occluded: Finding | None = None
    gaze: Gaze | None = None


@dataclass(frozen=True, slots=True)
class Face:
    """A face found in an image.

    `points_px` is float32 (5, 2): left eye, right eye, nose, left mouth corner, right mouth corner, where
    left is the image's left on an upright face. `confidence` is how sure the surest model is that it is a face, 0..1.
    """

    box: Box
    confidence: float
    points_px: FloatArray
    pose: Pose
    quality: Quality
    detail: Detail | None = None


@dataclass(frozen=True, slots=True)
class Embedding:
    """A vector of at most unit length, float32 (d,), and the id of the space that gives it meaning.

    The score of two is their inner product. Treat as a face photo.
    """

    vector: FloatArray = field(repr=False)
    space: str

    def __post_init__(self) -> None:
        if self.vector.ndim != 1 or self.vector.dtype != np.float32:
            raise ValueError(f"an embedding is a float32 vector, got {self.vector.dtype} {self.vector.shape}")


class UserStatus(StrEnum):
    """Where a user stands: without faces, or searchable."""

    CREATED = "CREATED"
    ACTIVE = "ACTIVE"


@dataclass(frozen=True, slots=True)
class Collection:
    """A named set of faces, pinned to one embedding space."""

    id: str
    space: str
    model_version: str
    created_at: datetime
    face_count: int = 0
    user_count: int = 0


@dataclass(frozen=True, slots=True)
class NewFace:
    """A face about to be enrolled: its box as ratios (left, top, width, height) of the upright image."""

    embedding: Embedding
    box_ratios: tuple[float, float, float, float]
    confidence: float


@dataclass(frozen=True, slots=True)
class FaceTerms:
    """With whose consent a face is kept (an id), and the moment from which it is returned no more; None: none."""

    consent_id: str | None = None
    limit_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EnrolledFace:
    """The stored metadata of an enrolled face; its template stays sealed in the store."""

    face_id: str
    image_id: str
    external_image_id: str | None
    box_ratios: tuple[float, float, float, float]
    confidence: float
    model_version: str
    user_id: str | None
    number: int
    """The position in the collection's listing order: grows with enrolment, never reused."""


@dataclass(frozen=True, slots=True)
class User:
    """A person of a collection, known by several faces."""

    user_id: str
    status: UserStatus
    number: int


@dataclass(frozen=True, slots=True)
class Rescaling:
    """A rising line from the raw scores of one search to scores on the similarity curve; both in -1..1."""

    slope: float = 1.0
    shift: float = 0.0

    def __post_init__(self) -> None:
        if not self.slope > 0:
            raise ValueError(f"a rescaling that keeps the order of scores has a slope above 0, got {self.slope}")

    def curve_score(self, score: float) -> float:
        """What a raw score of this search counts on the curve."""
        return min(1.0, max(-1.0, self.slope * score + self.shift))

    def raw_score(self, curve_score: float) -> float:
        """A raw score, at most a hair too low, that everything reaches which counts `curve_score` or more."""
        if curve_score <= -1.0:
            return -1.0
        return (curve_score - self.shift) / self.slope - _HAIR


@dataclass(frozen=True, slots=True)
class FaceMatch:
    """A candidate: an enrolled face and its score on the similarity curve (-1..1)."""

    face: EnrolledFace
    score: float


@dataclass(frozen=True, slots=True)
class UserMatch:
    """A candidate: a user and the score of its vector on the similarity curve (-1..1)."""

    user: User
    score: float


@dataclass(frozen=True, slots=True)
class FaceRefusal:
    """A face that an operation did not take, and why (reason names as in Rekognition's enum)."""

    face_id: str
    reasons: tuple[str, ...]
    user_id: str | None = None
    score: float | None = None


class Role(StrEnum):
    """What a key may do; `operations.registry` says which operation needs which."""

    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"
    REVIEWER = "reviewer"
    AUDITOR = "auditor"
    WORKER = "worker"
    """A process that works off video jobs: it searches for a job as whoever started it, and may do nothing else."""


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A key that signs requests. The secret is opened only to verify a signature or right after creation."""

    id: str
    role: Role
    label: str
    created_at: datetime
    revoked_at: datetime | None
    secret: str | None = field(default=None, repr=False)
    person: str | None = None
    """Who holds the key; two keys of one person count as one where two people are needed."""

    @property
    def holder(self) -> str:
        """The person to whom the key belongs, for comparison: the label, or the key alone, where none is named."""
        name = unicodedata.normalize("NFKC", self.person or self.label or self.id)
        return " ".join(name.casefold().split())
