"""Values made from the service model's shapes as botocore reads them, to send through our codec and back.

`smallest` has the required members alone, each as short as allowed; `fullest` has every member, each as long as allowed.
"""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

UUID = "11111111-2222-3333-4444-555555555555"
ARN = "arn:aws:rekognition:eu-west-1:123456789012"

# For each Java pattern of the model: a short string that fits, and what may be repeated after it.
TEXTS = {
    "^[a-zA-Z0-9-_]+$": ("a", "-"),
    r"[a-zA-Z0-9_.\-]+": ("a", "."),
    r"[a-zA-Z0-9_.\-:]+": ("a", ":"),
    r"[a-zA-Z0-9_.\-:+=\/]+": ("a", "/"),
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}": (UUID, ""),
    r"(^arn:[a-z\d-]+:rekognition:[a-z\d-]+:\d{12}:project\/[a-zA-Z0-9_.\-]{1,255}\/dataset\/(train|test)\/[0-9]+$)": (
        f"{ARN}:project/p/dataset/train/1",
        "0",
    ),
    r"(^arn:[a-z\d-]+:rekognition:[a-z\d-]+:\d{12}:project\/[a-zA-Z0-9_.\-]{1,255}\/[0-9]+$)": (
        f"{ARN}:project/p/1",
        "0",
    ),
    r"(^arn:[a-z\d-]+:rekognition:[a-z\d-]+:\d{12}:project\/[a-zA-Z0-9_.\-]{1,255}\/version\/[a-zA-Z0-9_.\-]{1,255}\/[0-9]+$)": (
        f"{ARN}:project/p/version/v/1",
        "0",
    ),
    r"(^arn:[a-z\d-]+:rekognition:[a-z\d-]+:\d{12}:streamprocessor\/.+$)": (f"{ARN}:streamprocessor/s", "s"),
    r"(^arn:([a-z\d-]+):kinesis:([a-z\d-]+):\d{12}:.+$)": ("arn:aws:kinesis:eu-west-1:123456789012:s", "s"),
    r"(^arn:([a-z\d-]+):kinesisvideo:([a-z\d-]+):\d{12}:.+$)": ("arn:aws:kinesisvideo:eu-west-1:123456789012:s", "s"),
    r"(^arn:aws:sns:.*:\w{12}:.+$)": ("arn:aws:sns:eu-west-1:123456789012:t", "t"),
    r"arn:aws:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+": ("arn:aws:iam::123456789012:role/r", "r"),
    r"^\{.*\}$": ("{}", ""),
    ".{1,}": ("a", "é"),
    "[A-Za-z0-9àâèçñó'-_(). ]*": ("", "à"),
    "^[a-z0-9](-*[a-z0-9])*": ("a", "-a"),
    r"[0-9\.]+": ("1.0", "1"),
    "^[0-9]+$": ("1", "1"),
    "^[A-Za-z0-9][A-Za-z0-9:_/+=,@.-]{0,2048}$": ("k", ":"),
    r"\S*": ("", "/"),
    r"[\u0009\u000A\u000D\u0020-\u00FF]+": ("{", "\n"),
    "[0-9A-Fa-f]+": ("F", "f"),
    r".*\S.*": ("q", " "),
    "[0-9A-Za-z]*": ("", "Z"),
    r"[0-9A-Za-z\.\-_]*": ("abc", "."),
    r"^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]*$": ("k", "é"),
    r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$": ("", "ü٣ "),
    r"^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$": ("1.0.0", ""),
    "[a-zA-Z0-9-_. ()':,;?]+": ("v", "?"),
}
TIME = datetime(2026, 1, 31, 23, 59, 59, 123000, tzinfo=UTC)
LONGEST_TEXT = 200


@functools.cache
def service_model() -> ServiceModel:
    return ServiceModel(Loader().load_data("rekognition/2016-06-27/service-2"), "rekognition")


def smallest(shape: Any) -> Any:  # noqa: PLR0911 - one case for each kind of shape
    match shape.type_name:
        case "structure":
            return {name: smallest(shape.members[name]) for name in shape.required_members}
        case "list":
            return [smallest(shape.member)] * shape.metadata.get("min", 0)
        case "map":
            return {smallest(shape.key): smallest(shape.value)} if shape.metadata.get("min") else {}
        case "string":
            return _text(shape, shape.metadata.get("min", 0))
        case "blob":
            return b"\xff" * shape.metadata.get("min", 0)
        case "boolean":
            return False
        case "integer" | "long":
            return shape.metadata.get("min", -1)
        case "float":
            return float(shape.metadata.get("min", -1.5))
        case "timestamp":
            return datetime(1970, 1, 1, tzinfo=UTC)
    raise AssertionError(shape.type_name)


def fullest(shape: Any) -> Any:  # noqa: PLR0911
    match shape.type_name:
        case "structure":
            return {name: fullest(member) for name, member in shape.members.items()}
        case "list":
            return [fullest(shape.member)] * min(2, shape.metadata.get("max", 2))
        case "map":
            return {fullest(shape.key): fullest(shape.value), smallest(shape.key): smallest(shape.value)}
        case "string":
            return _text(shape, shape.metadata.get("max", LONGEST_TEXT))
        case "blob":
            return bytes(range(256))
        case "boolean":
            return True
        case "integer" | "long":
            return shape.metadata.get("max", 2**31 - 1)
        case "float":
            return float(shape.metadata.get("max", 0.44951915740966797))
        case "timestamp":
            return TIME
    raise AssertionError(shape.type_name)


def _text(shape: Any, length: int) -> str:
    if shape.enum:
        return str(shape.enum[-1 if length else 0])
    first, more = TEXTS[shape.metadata["pattern"]] if "pattern" in shape.metadata else ("", "é")
    count = max(0, min(length, LONGEST_TEXT) - len(first)) // len(more) if more else 0
    return first + more * count
