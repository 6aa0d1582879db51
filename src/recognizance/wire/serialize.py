"""Responses: an operation's result, or a fault, in; body bytes out.

A result is checked against the output shape as it is written: an unknown member or a value of the wrong type is our
mistake, and raises at once instead of reaching a client.
"""

from __future__ import annotations

import math
from datetime import datetime
from numbers import Real
from typing import Any

import orjson
import pybase64

from recognizance.wire.faults import Fault
from recognizance.wire.model import Shape


def serialize(shape: Shape, result: dict[str, Any]) -> bytes:
    """The body of a success. None members are left out. Raises TypeError or ValueError for what is not in the shape."""
    return orjson.dumps(_encode(shape, result, shape.name))


def serialize_fault(fault: Fault, request_id: str, *, modelled: bool) -> bytes:
    """The body of a fault. Botocore takes the code from `__type` and the text from either spelling of "message"."""
    if modelled:
        body = {"__type": fault.code, "Code": fault.code, "Logref": request_id, "Message": fault.message}
    else:
        body = {"__type": fault.code, "message": fault.message}
    return orjson.dumps(body)


def _encode(shape: Shape, value: Any, path: str) -> Any:  # noqa: C901, PLR0911 - one case for each kind of shape
    match shape.kind, value:
        case "structure", dict():
            return _encode_structure(shape, value, path)
        case "map", dict():
            return {key: _encode(shape.members["value"], item, f"{path}.{key}") for key, item in value.items()}
        case "list", (list() | tuple()):
            return [_encode(shape.members["member"], item, path) for item in value]
        case "string", str():
            return str(value)  # a StrEnum too becomes its text
        case "blob", bytes():
            return pybase64.b64encode(value).decode("ascii")
        case "boolean", bool():
            return value
        case (_, bool()):  # which Python takes for an integer
            raise _mismatch(shape, value, path)
        case (("integer" | "long"), int()):
            return value
        case "float", Real() if math.isfinite(value):
            return float(value)  # numpy's too; every digit is kept, so that no number slips under a threshold
        case "timestamp", datetime() if value.tzinfo is not None:
            return round(value.timestamp(), 3)  # epoch seconds; AWS gives milliseconds after the point
    raise _mismatch(shape, value, path)


def _encode_structure(shape: Shape, value: dict[str, Any], path: str) -> dict[str, Any]:
    unknown = value.keys() - shape.members.keys()
    if unknown:
        raise TypeError(f"{path} has no member {', '.join(sorted(unknown))}")
    return {
        name: _encode(shape.members[name], item, f"{path}.{name}") for name, item in value.items() if item is not None
    }


def _mismatch(shape: Shape, value: Any, path: str) -> TypeError:
    came = type(value).__name__
    return TypeError(f"{path} must be a {shape.kind}, got {came} (numbers must be finite, times timezone-aware)")
