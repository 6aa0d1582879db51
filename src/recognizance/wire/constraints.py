"""What the service model demands of values beyond their type, told in AWS's words.

In: a shape and the decoded value. Out: one sentence for each constraint broken. boto3 and the JS SDK check next to
nothing before they send, so the server checks all of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recognizance.wire.model import Shape

_SIZED = frozenset({"string", "blob", "list", "map"})
_SHOWN_CHARACTERS = 100
_SHOWN_ITEMS = 8
_LONGEST_MATCHED = 4096
"""Longest string that is matched where the model gives no length; everything it leaves unbounded is an id or an ARN.

Expressions such as `.*:\\w{12}:.+` take time quadratic in the length, so a longer string fails without being matched.
"""


def find_violations(shape: Shape, value: Any, path: str = "") -> Iterator[str]:
    """Every broken constraint of `value` and its members; a null value breaks the one that it must not be null."""
    if value is None:
        yield f"Value null at '{path}' failed to satisfy constraint: Member must not be null"
        return
    for rule in _broken_rules(shape, value):
        yield f"Value '{_show(value)}' at '{path}' failed to satisfy constraint: {rule}"
    for member, item, place in _parts(shape, value, path):
        yield from find_violations(member, item, place)


def member_path(path: str, name: str) -> str:
    """The path of a member as AWS writes it: `image.s3Object.bucket`."""
    name = name[:1].lower() + name[1:]
    return f"{path}.{name}" if path else name


def _parts(shape: Shape, value: Any, path: str) -> Iterator[tuple[Shape, Any, str]]:
    """What the value is made of: each part's shape, value and path."""
    match shape.kind:
        case "structure":
            for name, member in shape.members.items():
                if name in value or name in shape.required:
                    yield member, value.get(name), member_path(path, name)
        case "list":
            for number, item in enumerate(value, start=1):
                yield shape.members["member"], item, f"{path}.{number}.member"
        case "map":
            for key, item in value.items():
                yield shape.members["key"], key, f"{path}.key"
                yield shape.members["value"], item, f"{path}.{_show(key)}.member"


def _broken_rules(shape: Shape, value: Any) -> Iterator[str]:
    size, word = (len(value), "length") if shape.kind in _SIZED else (value, "value")
    if shape.maximum is not None and size > shape.maximum:
        yield f"Member must have {word} less than or equal to {shape.maximum}"
    if shape.minimum is not None and size < shape.minimum:
        yield f"Member must have {word} greater than or equal to {shape.minimum}"
    if shape.enum and value not in shape.enum:
        yield f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"
    if shape.regex is not None:
        matched = size <= (shape.maximum or _LONGEST_MATCHED) and shape.regex.fullmatch(value)
        if not matched:
            yield f"Member must satisfy regular expression pattern: {shape.pattern}"


def _show(value: Any) -> str:
    """The value for the message: cut, and of bytes only the number, since they are a picture."""
    match value:
        case bytes():
            text = f"{len(value)} bytes"
        case list():
            text = f"[{', '.join(map(_show, value[:_SHOWN_ITEMS]))}{', ...' if len(value) > _SHOWN_ITEMS else ''}]"
        case dict():
            text = f"{{{', '.join(map(_show, list(value)[:_SHOWN_ITEMS]))}}}"
        case _:
            text = str(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."
