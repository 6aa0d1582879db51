"""Requests: headers and body bytes in, the operation and its validated members out.

Two steps. `_decode` makes Python values of the JSON after the operation's input shape (blobs become bytes, timestamps
datetimes); what has the wrong JSON type is a SerializationException. Then `constraints` looks at the values; what they
break together is one ValidationException. Members that the model does not know are ignored, so that newer SDKs work.
"""

from __future__ import annotations

import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
import pybase64

from recognizance.wire import faults
from recognizance.wire.constraints import find_violations, member_path
from recognizance.wire.model import Model, Operation, Shape

_SHOWN = 100
"""Characters of a header that an error repeats."""

_EXPECTED = {
    "structure": "an object",
    "map": "an object",
    "list": "a list",
    "string": "a string",
    "blob": "a base64 string",
    "boolean": "true or false",
    "integer": "an integer",
    "long": "an integer",
    "float": "a number",
    "timestamp": "a number of seconds since 1970",
}
_CAME = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}


def parse(model: Model, headers: Mapping[str, str], body: bytes) -> tuple[Operation, dict[str, Any]]:
    """Read a request. `headers` have lower-case names. Raises Fault."""
    operation = _read_operation(model, headers)
    members = _decode(operation.input, _read_json(body), "")
    violations = list(find_violations(operation.input, members))
    if violations:
        raise faults.validation(violations)
    return operation, members


def _read_operation(model: Model, headers: Mapping[str, str]) -> Operation:
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != model.content_type:
        raise faults.serialization(f"Content-Type must be {model.content_type}, but '{media_type[:_SHOWN]}' came.")
    target = headers.get("x-amz-target", "")
    operation = model.operations.get(target.removeprefix(model.target_prefix))
    if operation is None or not target.startswith(model.target_prefix):
        raise faults.unknown_operation(
            f"X-Amz-Target must be {model.target_prefix}<Operation>, but '{target[:_SHOWN]}' came."
        )
    return operation


def _read_json(body: bytes) -> Any:
    try:
        return orjson.loads(body) if body else {}
    except orjson.JSONDecodeError as error:
        # The text of the error is about position and kind; it never quotes the body, which is a picture.
        raise faults.serialization(f"The request body is not JSON: {error}") from None


def _decode(shape: Shape, value: Any, path: str) -> Any:  # noqa: C901, PLR0911 - one case for each kind of shape
    match shape.kind, value:
        case "structure", dict():
            return {
                name: _decode(member, value[name], member_path(path, name))
                for name, member in shape.members.items()
                if value.get(name) is not None
            }
        case "map", dict():
            return {key: _decode_item(shape.members["value"], item, f"{path}.{key}") for key, item in value.items()}
        case "list", list():
            member = shape.members["member"]
            return [_decode_item(member, item, f"{path}.{number}") for number, item in enumerate(value, start=1)]
        case "string", str():
            return value
        case "blob", str():
            return _decode_base64(value, path)
        case "boolean", bool():
            return value
        case (_, bool()):  # which Python takes for an integer
            raise _mismatch(shape, value, path)
        case (("integer" | "long"), int()):
            return value
        case "float", (int() | float()):
            return float(value)
        case "timestamp", (int() | float()):
            return _decode_time(value, path)
    raise _mismatch(shape, value, path)


def _decode_item(shape: Shape, value: Any, path: str) -> Any:
    """An element of a list or map; unlike a structure's member, a null one stays, and breaks a constraint later."""
    return None if value is None else _decode(shape, value, f"{path}.member")


def _decode_base64(text: str, path: str) -> bytes:
    try:
        return pybase64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):  # ValueError: characters beyond ASCII
        raise faults.serialization(f"'{path}' is not base64.") from None


def _decode_time(seconds: float, path: str) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise faults.serialization(f"'{path}' is no time: {seconds} seconds since 1970 is out of range.") from None


def _mismatch(shape: Shape, value: Any, path: str) -> faults.Fault:
    place = f"'{path}'" if path else "The request body"
    came = _CAME.get(type(value)) or f"the number {value}"
    return faults.serialization(f"{place} must be {_EXPECTED[shape.kind]}, but {came} came.")
