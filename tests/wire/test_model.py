"""The service model: all of botocore's is there, and Java's expressions mean in Python what they mean in Java."""

from __future__ import annotations

import re
import unicodedata

import pytest
from wire_samples import TEXTS, service_model

from recognizance.wire.model import Model, compile_java


def test_every_operation_has_botocore_shapes(model):
    assert set(model.operations) == set(service_model().operation_names)
    assert len(model.operations) == 75
    for name, operation in model.operations.items():
        theirs = service_model().operation_model(name)
        assert operation.name == name
        assert operation.input.name == theirs.input_shape.name
        assert operation.output.name == theirs.output_shape.name


def test_every_shape_carries_its_constraints(model):
    def check(ours, theirs):
        meta = theirs.metadata
        assert (ours.name, ours.kind) == (theirs.name, theirs.type_name)
        assert (ours.minimum, ours.maximum, ours.pattern) == (meta.get("min"), meta.get("max"), meta.get("pattern"))
        assert list(ours.required) == meta.get("required", [])
        assert list(ours.enum) == meta.get("enum", [])
        match ours.kind:
            case "structure":
                parts = dict(theirs.members)
            case "list":
                parts = {"member": theirs.member}
            case "map":
                parts = {"key": theirs.key, "value": theirs.value}
            case _:
                parts = {}
        assert ours.members.keys() == parts.keys()
        for name, part in parts.items():
            check(ours.members[name], part)

    for name, operation in model.operations.items():
        check(operation.input, service_model().operation_model(name).input_shape)
        check(operation.output, service_model().operation_model(name).output_shape)


def test_errors_have_their_status(model):
    assert len(model.errors) == 23
    assert {code for code, status in model.errors.items() if status == 500} == {
        "InternalServerError",
        "ThrottlingException",
    }
    assert set(model.errors) == {shape.name for shape in service_model().error_shapes}


def test_protocol_facts(model):
    assert model.target_prefix == "RekognitionService."
    assert model.content_type == "application/x-amz-json-1.1"


def test_shape_that_contains_itself_is_built_once():
    data = {
        "metadata": {"targetPrefix": "T", "jsonVersion": "1.1"},
        "operations": {"Grow": {"input": {"shape": "Tree"}, "output": {"shape": "Tree"}}},
        "shapes": {
            "Tree": {"type": "structure", "members": {"Branches": {"shape": "Trees"}}},
            "Trees": {"type": "list", "member": {"shape": "Tree"}},
        },
    }
    tree = Model(data).operations["Grow"].input
    assert tree.members["Branches"].members["member"] is tree


def test_samples_cover_every_pattern():
    shapes = service_model()._shape_resolver._shape_map.values()
    assert {shape["pattern"] for shape in shapes if "pattern" in shape} == set(TEXTS)


@pytest.mark.parametrize("pattern", TEXTS)
def test_pattern_takes_its_samples(pattern):
    first, more = TEXTS[pattern]
    for text in (first, first + more, first + 20 * more):
        assert compile_java(pattern).fullmatch(text), text


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        pytest.param(r"\d+", "٣", id="digits are ASCII's"),
        pytest.param(r"\w+", "é", id="word characters are ASCII's"),
        pytest.param(r"\S*", "a b", id="no blank"),
        pytest.param(r"[a-z]+$", "a\n", id="nothing after the end, a line end neither"),
        pytest.param("[a-zA-Z0-9-_]+", "a.b", id="a hyphen after a range is itself"),
        pytest.param(r"^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]*$", "aws:x", id="a reserved prefix"),
        pytest.param(r"^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]*$", "a#b", id="a sign that is no letter"),
        pytest.param(r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$", "a\tb", id="a tab is no separator in Unicode"),
    ],
)
def test_pattern_refuses(pattern, text):
    assert compile_java(pattern).fullmatch(text) is None


def test_java_property_classes_are_exact_in_all_of_unicode():
    translated = compile_java(r"[\p{L}\p{Z}\p{N}_]")
    wrong = [
        character
        for character in map(chr, range(0x110000))
        if bool(translated.match(character)) != (unicodedata.category(character)[0] in "LZN" or character == "_")
    ]
    assert wrong == []


def test_unknown_java_construct_is_refused():
    with pytest.raises(re.error, match="bad escape"):
        compile_java(r"\p{Punct}")
