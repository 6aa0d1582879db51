"""Names of collections on the wire: `arn:aws:rekognition:<region>:<account>:collection/<id>`."""

from __future__ import annotations

import re

from recognizance.errors import ResourceNotFoundError
from recognizance.operations.context import Context

# Recorded CreateCollection answers of Rekognition lack the `arn:` prefix, so clients hold both forms.
_COLLECTION = re.compile(r"(?:arn:)?aws:rekognition:[a-z0-9-]*:(\d{12}):collection/([A-Za-z0-9_.\-]{1,255})")


def collection_arn(context: Context, collection_id: str) -> str:
    """The ARN of a collection in the caller's region."""
    return f"arn:aws:rekognition:{context.region}:{context.services.account}:collection/{collection_id}"


def collection_of(context: Context, arn: str) -> str:
    """The collection id in an ARN of this account. Raises ResourceNotFoundError."""
    match = _COLLECTION.fullmatch(arn)
    if match is None or match[1] != context.services.account:
        raise ResourceNotFoundError(f"The resource {arn} does not exist")
    return match[2]
