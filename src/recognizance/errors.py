"""The domain errors: one root, and leaves that say what was expected and what came.

No AWS name appears here; `operations.faults` holds the one table that turns a domain error into an
answer on the wire. A message is written for the person who reads it and says the next step.
"""

from __future__ import annotations


class RecognizanceError(Exception):
    """The root of everything that Recognizance raises on purpose."""


# --- images -----------------------------------------------------------------------------------


class ImageError(RecognizanceError):
    """An image that cannot be used."""


class ImageFormatError(ImageError):
    """The bytes are not a JPEG or PNG that can be decoded (empty, text, GIF, truncated, ...)."""


class ImageTooLargeError(ImageError):
    """More bytes or more pixels than the limits allow; raised before any decoder runs."""


class ImageTooSmallError(ImageError):
    """A side is shorter than the smallest that the API accepts (80 px)."""


class NoFaceError(ImageError):
    """The operation needs a face and the image shows none (or the quality filter left none)."""


class SearchFailedError(RecognizanceError):
    """A face of a video could not be searched: refused by a rule, or the server does not answer."""


class VideoError(RecognizanceError):
    """A video that cannot be used, or not to its end. The text is what a failed job says."""


# --- stored things ----------------------------------------------------------------------------


class NotFoundError(RecognizanceError):
    """Something named by the caller does not exist."""


class CollectionNotFoundError(NotFoundError):
    """No collection has this id."""

    def __init__(self, collection_id: str) -> None:
        super().__init__(f"The collection id: {collection_id} does not exist")
        self.collection_id = collection_id


class FaceNotFoundError(NotFoundError):
    """The collection holds no face with this id."""

    def __init__(self, face_id: str) -> None:
        super().__init__("faceId was not found in the collection.")
        self.face_id = face_id


class UserNotFoundError(NotFoundError):
    """The collection holds no user with this id."""

    def __init__(self, user_id: str) -> None:
        super().__init__(f"The user id: {user_id} does not exist")
        self.user_id = user_id


class PolicyNotFoundError(NotFoundError):
    """No policy has this name, or none this version of it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The policy: {name} does not exist")
        self.name = name


class ProposalNotFoundError(NotFoundError):
    """No change with this id waits for a second person."""

    def __init__(self, proposal_id: str) -> None:
        super().__init__(f"The proposal id: {proposal_id} does not exist")
        self.proposal_id = proposal_id


class StopNotFoundError(NotFoundError):
    """No stop has this id."""

    def __init__(self, stop_id: str) -> None:
        super().__init__(f"The stop id: {stop_id} does not exist")
        self.stop_id = stop_id


class AuthorisationNotFoundError(NotFoundError):
    """No authorisation has this id."""

    def __init__(self, authorisation_id: str) -> None:
        super().__init__(f"The authorisation id: {authorisation_id} does not exist")
        self.authorisation_id = authorisation_id


class CaseNotFoundError(NotFoundError):
    """No review case has this id."""

    def __init__(self, case_id: str) -> None:
        super().__init__(f"The case id: {case_id} does not exist")
        self.case_id = case_id


class ResourceNotFoundError(NotFoundError):
    """No taggable resource has this name."""


class JobNotFoundError(NotFoundError):
    """No job of this kind has this id, or its results are no longer kept."""

    def __init__(self, job_id: str) -> None:
        super().__init__(f"The job id: {job_id} does not exist")
        self.job_id = job_id


class StreamNotFoundError(NotFoundError):
    """No stream processor has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The stream processor: {name} does not exist")
        self.name = name


class ObjectNotFoundError(NotFoundError):
    """The bucket, the key or the version of an S3 object cannot be read."""


class CollectionExistsError(RecognizanceError):
    """A collection with this id exists."""

    def __init__(self, collection_id: str) -> None:
        super().__init__(f"The collection id: {collection_id} already exists.")
        self.collection_id = collection_id


class UserExistsError(RecognizanceError):
    """A user with this id exists in the collection."""

    def __init__(self, user_id: str) -> None:
        super().__init__(f"The user id: {user_id} already exists.")
        self.user_id = user_id


class StreamBusyError(RecognizanceError):
    """The stream processor, or its name, is in use: or it is not, where it is to be stopped."""


class QuotaExceededError(RecognizanceError):
    """A documented maximum would be passed (faces of a user, tags, faces of a collection)."""


class TooManyJobsError(RecognizanceError):
    """As many jobs wait or run as are allowed at once."""


class VideoTooLargeError(RecognizanceError):
    """The video has more bytes than are taken."""


class TokenReusedError(RecognizanceError):
    """A ClientRequestToken came again with different input."""

    def __init__(self, token: str) -> None:
        super().__init__(f"The ClientRequestToken: {token} you have supplied is already in use.")


class PaginationTokenError(RecognizanceError):
    """A NextToken that is garbled, expired, or belongs to another request."""


class InvalidRequestError(RecognizanceError):
    """A rule between members of the request is broken (both or neither of two, for example)."""


class PolicyDocumentError(InvalidRequestError):
    """A policy that is not what the schema says. The text starts with the reason code."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"POLICY_INVALID: {problem}")


class AccessDeniedError(RecognizanceError):
    """The caller is known and its role does not permit the operation."""


class RuleError(AccessDeniedError):
    """A rule says no. `code` is the stable reason, an UPPER_SNAKE word, with which the text starts."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


# --- start-up and storage ---------------------------------------------------------------------


class StartError(RecognizanceError):
    """The server cannot start. The message is one line that says what to do."""


class WeightsError(StartError):
    """Weights are missing or do not have the pinned digest."""


class FolderLockedError(StartError):
    """Another process holds the data folder."""


class NewerDataError(StartError):
    """The data folder was written by a newer version."""


class SettingsError(StartError):
    """A setting has a value that cannot be used."""


class StorageError(RecognizanceError):
    """The store cannot write or read (disk full, I/O error). Nothing was half-done."""


class SealError(StorageError):
    """A sealed template does not open: wrong key, or altered bytes."""


class DestroyedKeyError(SealError):
    """The key of a face was destroyed when the face was deleted; its row is from an older copy of the database."""

    def __init__(self) -> None:
        super().__init__("the key of this face was destroyed when the face was deleted")


class SpaceMismatchError(RecognizanceError):
    """Vectors of two embedding spaces were about to meet."""

    def __init__(self, expected: str, came: str) -> None:
        super().__init__(f"embedding space {came!r} cannot be compared with {expected!r}")
