"""The one table that turns a domain error into the answer Rekognition would give."""

from __future__ import annotations

from recognizance import errors
from recognizance.wire.faults import Fault

_TABLE: tuple[tuple[type[errors.RecognizanceError], str], ...] = (
    # The first row whose class fits wins, so leaves stand before their parents.
    (errors.ImageFormatError, "InvalidImageFormatException"),
    (errors.ImageTooLargeError, "ImageTooLargeException"),
    (errors.ImageError, "InvalidParameterException"),
    (errors.ObjectNotFoundError, "InvalidS3ObjectException"),
    (errors.FaceNotFoundError, "InvalidParameterException"),
    (errors.NotFoundError, "ResourceNotFoundException"),
    (errors.VideoTooLargeError, "VideoTooLargeException"),
    (errors.TooManyJobsError, "LimitExceededException"),
    (errors.StreamBusyError, "ResourceInUseException"),
    (errors.CollectionExistsError, "ResourceAlreadyExistsException"),
    (errors.UserExistsError, "ConflictException"),
    (errors.QuotaExceededError, "ServiceQuotaExceededException"),
    (errors.TokenReusedError, "IdempotentParameterMismatchException"),
    (errors.PaginationTokenError, "InvalidPaginationTokenException"),
    (errors.InvalidRequestError, "InvalidParameterException"),
    (errors.SpaceMismatchError, "InvalidParameterException"),
    (errors.AccessDeniedError, "AccessDeniedException"),
    (errors.StorageError, "InternalServerError"),
)


def fault_of(error: errors.RecognizanceError) -> Fault:
    """The fault that tells the client of a domain error; the error's own text explains it."""
    for kind, code in _TABLE:
        if isinstance(error, kind):
            return Fault(code, str(error))
    raise error  # a start-up error inside a request is a programming error, and the server answers it as one
