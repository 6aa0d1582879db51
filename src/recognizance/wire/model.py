"""Rekognition's service model: its operations, the shapes of their members, and the errors it knows.

The data is the file in botocore that boto3 and the AWS CLI work from, so an upgrade of botocore follows AWS. It is read
directly: botocore's loader would find the same file, and importing it costs the start more than all of this module.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import orjson

_FILE = "data/rekognition/2016-06-27/service-2.json.gz"

# Java's property classes, which Python's `re` does not know. In the model they always stand together with the
# underscore, and \w is exactly L, N and the underscore; Z is spelt out.
_JAVA_CLASSES = {
    r"\p{L}": r"\w",
    r"\p{N}": "",
    r"\p{Z}": "\u0020\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
}


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """The type of a value on the wire, and what the value must satisfy.

    `kind` is structure, list, map, string, blob, boolean, integer, long, float or timestamp. `members` has a
    structure's by name; a list's element is "member"; a map has "key" and "value". `minimum` and `maximum` bound a
    number's value, and the length of everything that has one.
    """

    name: str
    kind: str
    required: tuple[str, ...]
    enum: tuple[str, ...]
    pattern: str | None
    regex: re.Pattern[str] | None
    minimum: float | None
    maximum: float | None
    members: dict[str, Shape] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation's name and the structures that go in and come out."""

    name: str
    input: Shape
    output: Shape


class Model:
    """The service model: `operations` by name, and `errors`, the HTTP status of each modelled error by its code."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._raw: Mapping[str, Any] = data["shapes"]
        self._shapes: dict[str, Shape] = {}
        self.target_prefix = f"{data['metadata']['targetPrefix']}."
        self.content_type = f"application/x-amz-json-{data['metadata']['jsonVersion']}"
        self.operations: Mapping[str, Operation] = {
            name: Operation(name, self._shape(raw["input"]["shape"]), self._shape(raw["output"]["shape"]))
            for name, raw in data["operations"].items()
        }
        self.errors: Mapping[str, int] = {
            name: 500 if raw.get("fault") else 400 for name, raw in self._raw.items() if raw.get("exception")
        }

    def _shape(self, name: str) -> Shape:
        known = self._shapes.get(name)
        if known is not None:
            return known
        raw = self._raw[name]
        pattern = raw.get("pattern")
        shape = self._shapes[name] = Shape(
            name=name,
            kind=raw["type"],
            required=tuple(raw.get("required", ())),
            enum=tuple(raw.get("enum", ())),
            pattern=pattern,
            regex=compile_java(pattern) if pattern else None,
            minimum=raw.get("min"),
            maximum=raw.get("max"),
        )
        # Members come last: a shape that contains itself finds itself known.
        parts = raw.get("members") or {part: raw[part] for part in ("member", "key", "value") if part in raw}
        shape.members.update({part: self._shape(reference["shape"]) for part, reference in parts.items()})
        return shape


def load_model() -> Model:
    """Read the service model out of the installed botocore."""
    return Model(orjson.loads(gzip.decompress(files("botocore").joinpath(_FILE).read_bytes())))


def compile_java(pattern: str) -> re.Pattern[str]:
    r"""The Java expression as a Python one, for `fullmatch`.

    Java's \d, \s and \w are ASCII's. A Java construct that Python lacks raises `re.error`, so that an upgrade of the
    model cannot loosen a check unseen.
    """
    flags = re.NOFLAG if r"\p{" in pattern else re.ASCII
    for java, python in _JAVA_CLASSES.items():
        pattern = pattern.replace(java, python)
    return re.compile(pattern, flags)
