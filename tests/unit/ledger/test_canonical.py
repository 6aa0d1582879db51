"""Canonical JSON beside an independent implementation of RFC 8785."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from recognizance.ledger.verifier import VerificationError, canonical, parse

TEXTS = st.text(st.characters(codec="utf-8"))
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_any_value_is_written_as_the_other_implementation_writes_it(value):
    assert canonical(value) == rfc8785.dumps(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_reads_back_as_itself(value):
    assert float(json.loads(canonical(value))) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [  # RFC 8785, appendix B, and the borders of each layout
        (0.0, "0"),
        (-0.0, "0"),
        (5e-324, "5e-324"),
        (-1.7976931348623157e308, "-1.7976931348623157e+308"),
        (9007199254740991, "9007199254740991"),
        (295147905179352830000.0, "295147905179352830000"),
        (1e21, "1e+21"),
        (9.999999999999997e22, "9.999999999999997e+22"),
        (999999999999999900000.0, "999999999999999900000"),
        (0.000001, "0.000001"),
        (1e-7, "1e-7"),
        (333333333.33333329, "333333333.3333333"),
        (0.002, "0.002"),
        (1.0, "1"),
        (np.float64(87.5), "87.5"),
    ],
)
def test_numbers_are_written_as_ecmascript_does(value, text):
    assert canonical(value) == text.encode()


def test_names_are_ordered_by_utf16():
    # U+FB33 sorts before U+1F600 by code point, and after its surrogates.
    assert canonical({"\ufb33": 1, "\U0001f600": 2}).decode() == '{"\U0001f600":2,"\ufb33":1}'


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (math.nan, "no number of JSON"),
        (-math.inf, "no number of JSON"),
        (2**53, "beyond 2\\^53"),
        ("\ud800", "surrogates not allowed"),
        ({"\udfff": 1}, "surrogates not allowed"),
        (b"bytes", "bytes is nothing that JSON can say"),
        ({1}, "set is nothing"),
    ],
)
def test_what_json_cannot_say_is_refused(value, message):
    with pytest.raises(ValueError, match=message):
        canonical(value)


@given(
    st.recursive(
        st.none() | st.floats(-(2**52), 2**52) | TEXTS, lambda inner: st.dictionaries(TEXTS, inner), max_leaves=20
    )
)
def test_what_was_written_is_read_back(value):
    written = canonical(value)
    assert parse(written) == value


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"a": 1}', "not written in canonical form"),
        (b' {"a":1}', "not written in canonical form"),
        (b'{"b":1,"a":1}', "not written in canonical form"),
        (b'{"a":1.0}', "not written in canonical form"),
        (b'{"a":"\\u0041"}', "not written in canonical form"),
        (b'{"a":1,"a":1}', "a name occurs twice"),
        (b'{"a":NaN}', "no number of JSON"),
        (b'{"a":12345678901234567890}', "beyond 2\\^53"),
        (b'{"a":"\\ud800"}', "surrogates not allowed"),
        (b'{"a":', "no JSON"),
        (b'{"a":"\xff"}', "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"", "no JSON"),
    ],
)
def test_other_ways_to_write_are_refused(data, message):
    with pytest.raises(VerificationError, match=message):
        parse(data)
