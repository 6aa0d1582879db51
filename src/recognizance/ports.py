"""The seams: what the operations need from vision, gallery, buckets and curve, and nothing of how it is done.

Each Protocol has one real implementation, made in `app`, and one fake in `testing`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from recognizance.job import Job, JobRequest
from recognizance.values import (
    AccessKey,
    Collection,
    Embedding,
    EnrolledFace,
    Face,
    FaceMatch,
    FaceRefusal,
    FaceTerms,
    FloatArray,
    NewFace,
    Rescaling,
    User,
    UserMatch,
    UserStatus,
)

Clock = Callable[[], datetime]
"""Returns the present time, timezone-aware, UTC."""


@dataclass(frozen=True, slots=True)
class Call:
    """A verified, validated call: what the server hands to the operations."""

    operation: str
    params: dict[str, Any]
    key: AccessKey
    region: str
    """Region of the caller's signature."""
    request_id: str
    now: datetime
    said: Mapping[str, str] = field(default_factory=dict)
    """What the client says of the reason, by the names of `wire.session`."""


@dataclass(frozen=True, slots=True)
class Result:
    """An operation's answer: members of the output shape, and response headers (`x-recognizance-*`)."""

    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


Dispatch = Callable[[Call], Result]
"""Answers a call, or raises `wire.faults.Fault`."""


class Photo(Protocol):
    """A picture that passed the door: format and size checked, decoded when and as far as needed."""

    @property
    def width(self) -> int:
        """Width of the upright image in pixels."""

    @property
    def height(self) -> int:
        """Height of the upright image in pixels."""


class Vision(Protocol):
    """Image bytes in, faces and embeddings out. Safe to call from several threads."""

    @property
    def space(self) -> str:
        """Id of the embedding space that `embed` writes into."""

    @property
    def model_version(self) -> str:
        """Number of the model pack, matching `[0-9.]+`."""

    def open(self, data: bytes) -> Photo:
        """Check format and limits before decoding. Raises ImageError's leaves."""

    def frame(self, pixels: NDArray[np.uint8]) -> Photo:
        """A frame of a video as a photo, from upright pixels RGB uint8 (h, w, 3). Raises ImageTooSmallError."""

    def detect(self, photo: Photo) -> list[Face]:
        """Find at most 100 faces, largest box first, each with five points, pose and quality; [] if none."""

    def describe(self, photo: Photo, face: Face) -> Face:
        """The same face with `detail` filled as far as models measure it."""

    def portrait(self, photo: Photo, face: Face) -> bytes:
        """A JPEG of the face with some of what is around it, for people who compare faces."""

    def embed(self, photo: Photo, faces: Sequence[Face]) -> list[Embedding]:
        """One embedding a face, in the order given."""


class Curve(Protocol):
    """The published, monotone map between a score (inner product) and a similarity (0..100)."""

    def similarity(self, score: float) -> float:
        """Similarity of a score."""

    def score(self, similarity: float) -> float:
        """The smallest score whose similarity reaches the given one; -1.0 for 0."""


class Cohort(Protocol):
    """Puts the scores of a search on the scale of the curve, by what the gallery says of the probe's kind of face."""

    def places(self, size: int) -> int:
        """How many of the best scores among `size` templates `rescaling` wants to see."""

    def rescaling(self, scores: FloatArray, size: int) -> Rescaling:
        """The line of a search among `size` templates that are not known to be of the probe's own person.

        `scores`: its `places(size)` best, best first, float32 (m,).
        """


class Objects(Protocol):
    """Buckets: where `S3Object` inputs come from."""

    def read(self, bucket: str, key: str, version: str | None, *, max_bytes: int) -> bytes:
        """The object's bytes. Raises ObjectNotFoundError, or ImageTooLargeError past `max_bytes`."""

    def check_video(self, bucket: str, key: str, version: str | None) -> None:
        """Raise ObjectNotFoundError or VideoTooLargeError for a video that `open_video` would not open."""

    def open_video(self, bucket: str, key: str, version: str | None) -> AbstractContextManager[BinaryIO]:
        """A seekable file of the object, closed at the end. Raises ObjectNotFoundError, VideoTooLargeError."""


class Jobs(Protocol):
    """Where jobs are written down, and read when they are done (`jobs.board`)."""

    def create(self, request: JobRequest, *, now: datetime) -> str:
        """Write a job down; its id. Raises TooManyJobsError."""

    def find(self, job_id: str, operation: str, *, now: datetime) -> Job:
        """A job of a Start operation. Raises JobNotFoundError."""

    def results(self, job: Job, *, by_person: bool, start: int, limit: int) -> list[dict[str, Any]]:
        """Results from the place `start` on, by time or by person; none before the job has succeeded."""


class Gallery(Protocol):
    """Collections, faces, users and tags; rows are the truth and the indexes follow them.

    The scores of a search are rescaled by the gallery's cohort, which keeps their order; those of `associate` are not.
    Every change is durable before the call returns, and the next search sees it. Calls name a collection by id
    and raise CollectionNotFoundError for an unknown one. Safe to call from several threads.
    """

    def create_collection(
        self, collection_id: str, *, space: str, model_version: str, tags: Mapping[str, str], now: datetime
    ) -> Collection:
        """Raises CollectionExistsError, QuotaExceededError past 200 tags."""

    def delete_collection(self, collection_id: str) -> None:
        """Remove the collection, its faces, users and tags, and shred its keys."""

    def collection(self, collection_id: str) -> Collection:
        """One collection with its counts."""

    def collections(self, *, after: str | None, limit: int) -> list[Collection]:
        """Collections ordered by id, those greater than `after`."""

    def enrol(  # noqa: PLR0913 - what is said of the picture, one argument each
        self,
        collection_id: str,
        faces: Sequence[NewFace],
        *,
        image_id: str,
        external_image_id: str | None,
        now: datetime,
        terms: FaceTerms | None = None,
    ) -> list[EnrolledFace]:
        """Store faces of one image in one transaction, all or none. Raises SpaceMismatchError, QuotaExceededError.

        The same image_id, external_image_id and box again stores nothing new and returns the existing record, which
        gets the `terms`, if there are any. From its `limit_at` on, no call returns a face any more.
        """

    def faces(
        self,
        collection_id: str,
        *,
        after: int | None,
        limit: int,
        user_id: str | None = None,
        face_ids: Sequence[str] | None = None,
    ) -> list[EnrolledFace]:
        """Faces by number, those greater than `after`, narrowed by the filters. Raises UserNotFoundError."""

    def faces_of_image(self, collection_id: str, *, image_id: str, external_image_id: str | None) -> list[EnrolledFace]:
        """Faces enrolled earlier from the same picture under the same external id, in enrolment order."""

    def delete_faces(self, collection_id: str, face_ids: Sequence[str]) -> tuple[list[str], list[FaceRefusal]]:
        """Delete what can be deleted. Reasons: FACE_NOT_FOUND, ASSOCIATED_TO_AN_EXISTING_USER."""

    def search(self, collection_id: str, probe: Embedding, *, limit: int, min_score: float) -> list[FaceMatch]:
        """Exact search: best first, score >= min_score, both on the scale of the curve. Raises SpaceMismatchError."""

    def search_by_face(self, collection_id: str, face_id: str, *, limit: int, min_score: float) -> list[FaceMatch]:
        """As `search`, with an enrolled face as probe, itself left out. Raises FaceNotFoundError."""

    def create_user(self, collection_id: str, user_id: str, *, now: datetime) -> None:
        """Raises UserExistsError."""

    def delete_user(self, collection_id: str, user_id: str) -> None:
        """Free the user's faces (they stay) and remove the user. Raises UserNotFoundError."""

    def users(self, collection_id: str, *, after: int | None, limit: int) -> list[User]:
        """Users by number, those greater than `after`."""

    def associate(
        self, collection_id: str, user_id: str, face_ids: Sequence[str], *, min_score: float
    ) -> tuple[list[str], list[FaceRefusal], UserStatus]:
        """Tie faces to a user. Reasons: FACE_NOT_FOUND, ASSOCIATED_TO_A_DIFFERENT_USER, LOW_MATCH_CONFIDENCE.

        `min_score` (against the user's vector before the call) counts only if the user has a face already. A face
        already tied to this user is in neither list. Raises UserNotFoundError; QuotaExceededError past 100 faces,
        before anything changes.
        """

    def disassociate(
        self, collection_id: str, user_id: str, face_ids: Sequence[str]
    ) -> tuple[list[str], list[FaceRefusal], UserStatus]:
        """Untie faces. Reasons: FACE_NOT_FOUND, ASSOCIATED_TO_A_DIFFERENT_USER; a face tied to nobody is ignored."""

    def search_users(self, collection_id: str, probe: Embedding, *, limit: int, min_score: float) -> list[UserMatch]:
        """Active users whose vector (mean direction and mean length of their faces) scores >= min_score, best first."""

    def search_users_by_face(
        self, collection_id: str, face_id: str, *, limit: int, min_score: float
    ) -> list[UserMatch]:
        """With an enrolled face as probe. Raises FaceNotFoundError."""

    def search_users_by_user(
        self, collection_id: str, user_id: str, *, limit: int, min_score: float
    ) -> list[UserMatch]:
        """With a user's vector as probe, that user left out; [] for a user without faces. Raises UserNotFoundError."""

    def tags(self, collection_id: str) -> dict[str, str]:
        """The collection's tags."""

    def tag(self, collection_id: str, tags: Mapping[str, str]) -> None:
        """Add or overwrite tags. Raises QuotaExceededError past 200."""

    def untag(self, collection_id: str, keys: Sequence[str]) -> None:
        """Remove tags; unknown keys are ignored."""

    def once(
        self, operation: str, token: str, digest: str, change: Callable[[], dict[str, object]], *, now: datetime
    ) -> dict[str, object]:
        """Run `change` and keep its answer under the idempotency token, in one transaction.

        The same token with the same input digest returns the kept answer and changes nothing; with another digest
        it raises TokenReusedError. Tokens live seven days. `change` calls this gallery and joins the transaction.
        """
