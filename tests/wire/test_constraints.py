"""Constraints: every one in the model is enforced, in AWS's words, and no value makes checking slow."""

from __future__ import annotations

from typing import Any

import pytest
from wire_samples import fullest, service_model, smallest

from recognizance.wire.constraints import find_violations


def violations(model, operation, params):
    return list(find_violations(model.operations[operation].input, params))


def input_shapes():
    """Every shape that some operation takes, by name."""
    found: dict[str, Any] = {}

    def walk(shape):
        if shape.name in found:
            return
        found[shape.name] = shape
        parts = {"list": ["member"], "map": ["key", "value"]}.get(shape.type_name, [])
        for part in [*(getattr(shape, name) for name in parts), *getattr(shape, "members", {}).values()]:
            walk(part)

    for name in service_model().operation_names:
        walk(service_model().operation_model(name).input_shape)
    return found


def of_length(shape, length):
    match shape.type_name:
        case "string":
            return "a" * length
        case "blob":
            return bytes(length)
        case "list":
            return [fullest(shape.member)] * length
        case "map":
            return {f"k{number}": "v" for number in range(length)}
        case _:
            return length  # a number is its own


def breaches():
    """(shape name, constraint, a value that breaks it) for every constraint of every input shape."""
    for name, shape in input_shapes().items():
        meta = shape.metadata
        sized = shape.type_name in {"string", "blob", "list", "map"}
        word = "length" if sized else "value"
        if "max" in meta:
            yield (
                name,
                f"Member must have {word} less than or equal to {meta['max']}",
                of_length(shape, meta["max"] + 1),
            )
        if "min" in meta and not (sized and meta["min"] == 0):
            yield (
                name,
                f"Member must have {word} greater than or equal to {meta['min']}",
                of_length(shape, meta["min"] - 1),
            )
        if "enum" in meta:
            yield name, f"Member must satisfy enum value set: [{', '.join(meta['enum'])}]", "BOGUS"
        if "pattern" in meta and meta["pattern"] != ".{1,}":
            yield name, f"Member must satisfy regular expression pattern: {meta['pattern']}", "\x00 \n#"
        for member in meta.get("required", []):
            value = smallest(shape)
            del value[member]
            yield name, "Member must not be null", value


def find_shape(model, name):
    pending = [operation.input for operation in model.operations.values()]
    seen = set()
    while pending:
        shape = pending.pop()
        if shape.name == name:
            return shape
        if shape.name not in seen:
            seen.add(shape.name)
            pending.extend(shape.members.values())
    raise AssertionError(name)


@pytest.mark.parametrize(
    ("name", "constraint", "value"), [pytest.param(*case, id=f"{case[0]}: {case[1][:60]}") for case in breaches()]
)
def test_every_constraint_of_the_model(model, name, constraint, value):
    broken = list(find_violations(find_shape(model, name), value, "x"))
    assert any(text.endswith(f" failed to satisfy constraint: {constraint}") for text in broken), broken


@pytest.mark.parametrize("operation", service_model().operation_names)
def test_values_at_the_bounds_pass(model, operation):
    shape = service_model().operation_model(operation).input_shape
    assert violations(model, operation, smallest(shape)) == []
    assert violations(model, operation, fullest(shape)) == []


@pytest.mark.parametrize(
    ("operation", "params", "expected"),
    [
        pytest.param(
            "DetectFaces",
            {"Image": {"Bytes": b""}},
            [
                "Value '0 bytes' at 'image.bytes' failed to satisfy constraint: Member must have length greater than or equal to 1"
            ],
            id="bytes are counted, not shown",
        ),
        pytest.param(
            "DetectFaces",
            {"Image": {"Bytes": bytes(5242881)}},
            [
                "Value '5242881 bytes' at 'image.bytes' failed to satisfy constraint: Member must have length less than or equal to 5242880"
            ],
            id="inline image over 5 MiB",
        ),
        pytest.param("DetectFaces", {"Image": {"Bytes": bytes(5242880)}}, [], id="inline image of 5 MiB"),
        pytest.param(
            "DetectFaces",
            {},
            ["Value null at 'image' failed to satisfy constraint: Member must not be null"],
            id="required member",
        ),
        pytest.param(
            "IndexFaces",
            {"CollectionId": "no spaces", "Image": {}, "MaxFaces": 0, "QualityFilter": "BEST"},
            [
                r"Value 'no spaces' at 'collectionId' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.\-]+",
                "Value '0' at 'maxFaces' failed to satisfy constraint: Member must have value greater than or equal to 1",
                "Value 'BEST' at 'qualityFilter' failed to satisfy constraint: Member must satisfy enum value set: [NONE, AUTO, LOW, MEDIUM, HIGH]",
            ],
            id="several at once",
        ),
        pytest.param(
            "CompareFaces",
            {"SourceImage": {}, "TargetImage": {}, "SimilarityThreshold": 100.5},
            [
                "Value '100.5' at 'similarityThreshold' failed to satisfy constraint: Member must have value less than or equal to 100"
            ],
            id="number",
        ),
        pytest.param(
            "DetectFaces",
            {"Image": {"S3Object": {"Bucket": "ab"}}},
            [
                "Value 'ab' at 'image.s3Object.bucket' failed to satisfy constraint: Member must have length greater than or equal to 3"
            ],
            id="nested member",
        ),
        pytest.param(
            "DeleteFaces",
            {"CollectionId": "c", "FaceIds": []},
            [
                "Value '[]' at 'faceIds' failed to satisfy constraint: Member must have length greater than or equal to 1"
            ],
            id="list",
        ),
        pytest.param(
            "UntagResource",
            {"ResourceArn": "a" * 20, "TagKeys": ["good", "", None]},
            [
                "Value '' at 'tagKeys.2.member' failed to satisfy constraint: Member must have length greater than or equal to 1",
                "Value null at 'tagKeys.3.member' failed to satisfy constraint: Member must not be null",
            ],
            id="elements of a list",
        ),
        pytest.param(
            "TagResource",
            {"ResourceArn": "a" * 20, "Tags": {"aws:x": "#", "k": None}},
            [
                r"Value 'aws:x' at 'tags.key' failed to satisfy constraint: Member must satisfy regular expression pattern: ^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]*$",
                r"Value '#' at 'tags.aws:x.member' failed to satisfy constraint: Member must satisfy regular expression pattern: ^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$",
                "Value null at 'tags.k.member' failed to satisfy constraint: Member must not be null",
            ],
            id="keys and values of a map",
        ),
    ],
)
def test_wording(model, operation, params, expected):
    assert violations(model, operation, params) == expected


@pytest.mark.parametrize(
    ("operation", "params", "shown"),
    [
        pytest.param(
            "DescribeCollection", {"CollectionId": "x" * 1000}, f"Value '{'x' * 100}...' at", id="long string"
        ),
        pytest.param(
            "DeleteFaces",
            {"CollectionId": "c", "FaceIds": ["f"] * 4097},
            "Value '[f, f, f, f, f, f, f, f, ...]' at 'faceIds'",
            id="long list",
        ),
        pytest.param(
            "TagResource",
            {"ResourceArn": "a" * 20, "Tags": {f"k{n}": "v" for n in range(201)}},
            "Value '{k0, k1, k2, k3, k4, k5, k6, k7}' at 'tags'",
            id="large map",
        ),
    ],
)
def test_long_values_are_cut(model, operation, params, shown):
    assert shown in violations(model, operation, params)[0]


HARD = ["a" * 9, "-" * 9, ":", ".", " ", "\n", "{", "arn:aws:sns:", ":123456789012:", "1", "/", "role", "aws:"]


@pytest.mark.parametrize("tail", ["", "\n", "!", "-"])
@pytest.mark.parametrize("piece", HARD)
def test_no_string_makes_a_pattern_slow(model, piece, tail):
    """Exponential time would hang here; a string of megabytes must not even be quadratic."""
    text = piece * (3_000_000 // len(piece)) + tail
    for name, shape in input_shapes().items():
        if "pattern" in shape.metadata:
            ours = find_shape(model, name)
            list(find_violations(ours, text, "x"))
            list(find_violations(ours, "arn:aws:sns:" + text[: int(ours.maximum or 4096) - 20] + tail, "x"))
