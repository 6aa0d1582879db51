"""Small counts are withheld, and cannot be worked out from what is printed."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance.governance.suppression import SMALLEST, Printed, suppress


@pytest.mark.parametrize(
    ("name", "counts", "printed"),
    [
        ("nothing", {}, Printed({}, 0)),
        ("zeros", {"a": 0, "b": 0}, Printed({"a": 0, "b": 0}, 0)),
        ("large", {"a": 5, "b": 900}, Printed({"a": 5, "b": 900}, 905)),
        ("a small total", {"a": 3, "b": 0}, Printed({"a": None, "b": 0}, None)),
        ("small counts with a small total", {"a": 2, "b": 2}, Printed({"a": None, "b": None}, None)),
        ("one small among large", {"a": 3, "b": 7, "c": 90}, Printed({"a": None, "b": None, "c": 90}, 100)),
        ("two small that hide each other", {"a": 3, "b": 4, "c": 90}, Printed({"a": None, "b": None, "c": 90}, 97)),
        ("two small that do not", {"a": 1, "b": 1, "c": 9}, Printed({"a": None, "b": None, "c": None}, 11)),
        ("five that are one each", dict.fromkeys("abcde", 1), Printed({}, 5, apart=False)),
    ],
)
def test_counts_are_printed(name, counts, printed):
    assert suppress(counts) == printed


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=2), st.integers(0, 14), max_size=4))
def test_a_withheld_count_could_be_several_numbers(counts):
    printed = suppress(counts)
    shown = {label: count for label, count in printed.rows.items() if count is not None}
    withheld = [label for label, count in printed.rows.items() if count is None]
    assert all(counts[label] == count and (count == 0 or count >= SMALLEST) for label, count in shown.items())
    assert printed.total in (None, sum(counts.values()))
    assert printed.total is None or printed.total == 0 or printed.total >= SMALLEST
    if printed.total is None or not withheld:
        return
    # Whoever reads the table tries every combination of counts that adds up.
    rest = printed.total - sum(shown.values())
    possible = [
        combination
        for combination in itertools.product(range(1, rest + 1), repeat=len(withheld))
        if sum(combination) == rest
    ]
    for place in range(len(withheld)):
        assert len({combination[place] for combination in possible}) > 1
