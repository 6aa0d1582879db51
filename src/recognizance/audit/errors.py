"""The errors of an audit: one line each, that says what is wrong with the evidence and what is needed."""

from __future__ import annotations

from recognizance.errors import RecognizanceError


class AuditError(RecognizanceError):
    """An audit figure that cannot be computed from what was given."""


class GroupingError(AuditError):
    """Groups that cannot be formed or compared: an unknown column, too few of them, pictures in two of them."""


class NoTrialsError(AuditError):
    """A rate without a single trial: no mated pairs, no non-mated searches."""


class SplitError(AuditError):
    """People who stand on both sides of a split that must share nobody."""
