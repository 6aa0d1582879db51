"""Faults: what a client is told when a request is refused.

A fault whose code is in the service model ("modelled") comes from an operation; all others come from the front layer,
which every AWS service shares and no model lists. `serialize` gives the two kinds their two bodies. `docs/errors.md`
has each of them with its cause and remedy.
"""

from __future__ import annotations

from collections.abc import Sequence

_SHOWN_VIOLATIONS = 20


class Fault(Exception):  # noqa: N818 - AWS's word for an error that is an answer
    """An error that is an answer: its code and the text for the caller.

    `status` is the HTTP status of a front-layer fault; that of a modelled one stands in the model.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def unknown_operation(message: str) -> Fault:
    """No such operation in the service model, or none named."""
    return Fault("UnknownOperationException", message)


def serialization(message: str) -> Fault:
    """The body is no JSON, or has a value of the wrong JSON type."""
    return Fault("SerializationException", message)


def validation(violations: Sequence[str]) -> Fault:
    """Constraints of the model are broken; of many, the first are told and all are counted."""
    count = len(violations)
    shown = "; ".join(violations[:_SHOWN_VIOLATIONS]) + ("; ..." if count > _SHOWN_VIOLATIONS else "")
    return Fault("ValidationException", f"{count} validation error{'s' if count > 1 else ''} detected: {shown}")


def missing_token() -> Fault:
    """The request carries no signature."""
    return Fault("MissingAuthenticationTokenException", "Missing Authentication Token")


def incomplete_signature(message: str) -> Fault:
    """There is a signature, and what belongs to it is malformed or missing."""
    return Fault("IncompleteSignatureException", message)


def unrecognized_client() -> Fault:
    """The access key does not exist or was revoked; the caller is not told which."""
    return Fault("UnrecognizedClientException", "The security token included in the request is invalid.")


def invalid_signature(message: str) -> Fault:
    """The signature is well-formed and does not hold: other secret, changed request, wrong time or scope."""
    return Fault("InvalidSignatureException", message)


def too_large(limit_bytes: int) -> Fault:
    """The body is longer than the server takes."""
    message = f"The request body is longer than {limit_bytes} bytes. Send a smaller image, or pass it as an S3Object."
    return Fault("RequestEntityTooLargeException", message, 413)


def too_slow(limit_s: float) -> Fault:
    """The body did not arrive in time."""
    return Fault("RequestTimeoutException", f"The request body did not arrive within {limit_s:g} seconds.", 408)


def internal() -> Fault:
    """Something failed here; the log has the reason under the request id."""
    return Fault("InternalServerError", "Internal server error")
