"""Problem: what the native API says when it refuses: a stable code, a text for the person, and an HTTP status."""

from __future__ import annotations

from recognizance import errors
from recognizance.api.endpoint import Record
from recognizance.wire.faults import Fault


class Problem(Record):
    """The body of every answer that is a refusal."""

    code: str
    """Stable; for a rule that was broken, its reason code."""
    message: str
    request_id: str


_TABLE: tuple[tuple[type[errors.RecognizanceError], str, int], ...] = (
    # The first row whose class fits wins, so leaves stand before their parents.
    (errors.AccessDeniedError, "AccessDenied", 403),
    (errors.NotFoundError, "NotFound", 404),
    (errors.CollectionExistsError, "Exists", 409),
    (errors.UserExistsError, "Exists", 409),
    (errors.QuotaExceededError, "QuotaExceeded", 409),
    (errors.StorageError, "InternalServerError", 500),
)

_FRONT_STATUS = {
    "MissingAuthenticationTokenException": 401,
    "IncompleteSignatureException": 401,
    "UnrecognizedClientException": 401,
    "InvalidSignatureException": 401,
    "InternalServerError": 500,
}


def problem_of(error: errors.RecognizanceError) -> Fault:
    """The fault that tells the client of a domain error. What is in no row is a mistake in the request."""
    for kind, code, status in _TABLE:
        if isinstance(error, kind):
            return Fault(getattr(error, "code", code), str(error), status)
    return Fault(getattr(error, "code", "InvalidRequest"), str(error), 400)


def status_of(fault: Fault) -> int:
    """The HTTP status of a fault: here a missing signature is 401, where AWS says 400 for all."""
    return _FRONT_STATUS.get(fault.code, fault.status)
