from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance.errors import InvalidRequestError
from recognizance.evaluation.curve import log10_fmr_at
from recognizance.operations.threshold import (
    TAG,
    Reason,
    Unit,
    check_tags,
    find_threshold,
    read_header,
    safe_similarity,
    target_of,
)

similarities = st.floats(0, 100)
targets = st.floats(1e-6, 0.5)


def find(asked, *, size, fpir_target=1e-3, floor=None, unit=Unit.FACES):
    return find_threshold(asked, size=size, unit=unit, fpir_target=fpir_target, floor=floor)


@pytest.mark.parametrize(
    ("size", "target", "similarity"),
    [
        pytest.param(0, 1e-3, 0.0, id="nobody"),
        pytest.param(1, 1e-3, 37.5, id="one face: the target itself"),
        pytest.param(1, 1e-4, 50.0, id="an anchor"),
        pytest.param(1000, 1e-3, 80.0, id="1e-6"),
        pytest.param(100_000, 1e-3, 95.0, id="1e-8"),
        pytest.param(1_000_000, 1e-3, 99.0, id="1e-9"),
        pytest.param(1_000_000, 1e-2, 94.99, id="a laxer target"),
        pytest.param(10**9, 1e-6, 100.0, id="past the end of the curve"),
    ],
)
def test_t_star(size, target, similarity):
    assert safe_similarity(size, target) == similarity


@given(st.integers(1, 10**7), targets)
def test_t_star_is_the_smallest_hundredth_that_keeps_the_target(size, target):
    found = safe_similarity(size, target)

    def fpir(similarity):
        return -math.expm1(size * math.log1p(-(10 ** log10_fmr_at(similarity))))

    if found < 100:
        assert fpir(found) <= target * (1 + 1e-9)
    if found > 0:
        assert fpir(found - 0.0101) > target


@pytest.mark.parametrize(
    ("asked", "floor", "size", "similarity", "reason"),
    [
        (80, None, 10, 80, Reason.ASKED),
        (80, None, 100_000, 95, Reason.GALLERY),
        (99, None, 100_000, 99, Reason.ASKED),
        (95, None, 100_000, 95, Reason.ASKED),
        (80, 99, 100_000, 99, Reason.POLICY),
        (80, 90, 100_000, 95, Reason.GALLERY),
        (99.5, 99, 100_000, 99.5, Reason.ASKED),
        (0, None, 0, 0, Reason.ASKED),
        (0, 50, 0, 50, Reason.POLICY),
    ],
)
def test_the_largest_holds(asked, floor, size, similarity, reason):
    found = find(asked, size=size, floor=floor)
    assert (found.similarity, found.reason) == (similarity, reason)


@given(similarities, st.none() | similarities, st.integers(0, 10**8), st.none() | targets)
def test_it_is_never_laxer_than_asked_nor_than_the_policy(asked, floor, size, target):
    found = find(asked, size=size, floor=floor, fpir_target=target)
    assert found.similarity >= max(asked, floor or 0)


@pytest.mark.parametrize(
    ("threshold", "header"),
    [
        (find(80, size=100_000), "95; reason=gallery; asked=80; faces=100000; fpir=0.001"),
        (find(80, size=3, unit=Unit.USERS), "80; reason=asked; asked=80; users=3; fpir=0.001"),
        (find(80, size=100_000, fpir_target=None), "80; reason=asked; asked=80; faces=100000; gallery-threshold=off"),
        (find(80, size=3, floor=99.0), "99; reason=policy; asked=80; policy=99; faces=3; fpir=0.001"),
        (find(87.25, size=0, fpir_target=1e-6), "87.25; reason=asked; asked=87.25; faces=0; fpir=0.000001"),
    ],
    ids=["gallery", "users", "opted out", "policy", "small numbers"],
)
def test_header(threshold, header):
    assert threshold.header == header


@given(similarities, st.none() | similarities, st.integers(0, 10**8), st.none() | targets)
def test_what_a_header_says_is_what_holds(asked, floor, size, target):
    found = find(asked, size=size, floor=floor, fpir_target=target)
    parts = read_header(found.header)
    assert float(parts["threshold"]) == found.similarity
    assert float(parts["asked"]) == asked
    assert (parts["reason"], parts["faces"]) == (found.reason, str(size))
    assert ("policy" in parts) == (floor is not None)
    assert parts.get("gallery-threshold") == ("off" if target is None else None)


@pytest.mark.parametrize(("tags", "target"), [({}, 0.01), ({TAG: "on"}, 0.01), ({TAG: "off", "a": "b"}, None)])
def test_the_tag_decides_whether_there_is_a_target(tags, target):
    check_tags(tags)
    assert target_of(tags, 0.01) == target


@pytest.mark.parametrize("value", ["", "Off", "false"])
def test_a_value_of_the_tag_that_means_nothing_is_refused(value):
    with pytest.raises(InvalidRequestError, match=f"recognizance:gallery-threshold is on or off; it came as '{value}'"):
        check_tags({TAG: value})
