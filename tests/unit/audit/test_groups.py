from __future__ import annotations

import pytest

from recognizance.audit.errors import GroupingError, SplitError
from recognizance.audit.groups import check_split, find_groups

RECORDS = [
    {"gender": "female", "ethnicity": "black", "age": "30"},
    {"gender": "male", "ethnicity": "white", "age": ""},
    {"gender": "female", "ethnicity": "white"},
    {"gender": "", "ethnicity": "black"},
    {"gender": "female", "ethnicity": "black", "age": "40"},
]


def members(groups) -> dict[str, list[int]]:
    return {group.name: group.members.tolist() for group in groups}


def test_groups_by_column_and_by_intersection():
    groups = find_groups(RECORDS, ["gender", "ethnicity"])
    assert list(groups) == [("gender",), ("ethnicity",), ("gender", "ethnicity")]
    assert members(groups["gender",]) == {"gender female": [0, 2, 4], "gender male": [1]}
    assert members(groups["gender", "ethnicity"]) == {
        "gender female, ethnicity black": [0, 4],
        "gender female, ethnicity white": [2],
        "gender male, ethnicity white": [1],
    }


@pytest.mark.parametrize(
    ("depth", "combinations"), [(1, 3), (2, 6), (3, 7), (9, 7)], ids=["one", "two", "all", "more than there are"]
)
def test_depth_limits_how_many_columns_meet(depth: int, combinations: int):
    groups = find_groups(RECORDS, ["gender", "ethnicity", "age"], depth=depth)
    assert len(groups) == combinations
    assert all(group.columns == key for key, found in groups.items() for group in found)


def test_a_picture_without_a_value_is_in_no_group_of_the_column():
    assert members(find_groups(RECORDS, ["age"])["age",]) == {"age 30": [0], "age 40": [4]}


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        pytest.param(["country"], "no picture has a value in the column 'country'", id="unknown"),
        pytest.param(["gender", "gender"], "the column 'gender' is named twice", id="twice"),
    ],
)
def test_columns_that_make_no_groups_are_refused(columns: list[str], message: str):
    with pytest.raises(GroupingError, match=message):
        find_groups(RECORDS, columns)


def test_one_picture_is_one_group():
    groups = find_groups([{"gender": "female"}], ["gender"])
    assert members(groups["gender",]) == {"gender female": [0]}


def test_a_split_that_shares_nobody_passes():
    check_split(["a", "b", "a"], ["c"])


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (["a", "b"], r"1 identities stand on both sides of the split \(b\)"),
        (list("bcdef"), r"5 identities .* \(b, c, d, \.\.\.\)"),
    ],
)
def test_identities_on_both_sides_of_a_split_are_named(one: list[str], message: str):
    with pytest.raises(SplitError, match=message):
        check_split(one, list("bcdefg"))
