from __future__ import annotations

import pytest

from recognizance.evaluation.dataset import Dataset, DatasetError, load
from recognizance.evaluation.groups import Grouping

from .conftest import MakeSet
from .sets import people


@pytest.fixture
def dataset(make_set: MakeSet) -> Dataset:
    north = people(2, gender="male") + [
        dict(row, path=f"f{row['path']}", identity=f"f{row['identity']}") for row in people(2, gender="female")
    ]
    return load(
        [make_set("north", north), make_set("south", people(2)), make_set("east", people(3, country="EE", gender=""))]
    )


def test_sets_and_countries_are_groups_and_everybody_is_one(dataset: Dataset):
    groups = Grouping().find(dataset.photographs)
    assert {name: len(index) for name, index in groups.items()} == {"all": 18, "EE": 6, "north": 8, "south": 4}
    assert next(iter(groups)) == "all"
    assert groups["south"].tolist() == [8, 9, 10, 11]


def test_pools_join_sets_and_a_country_goes_before_a_pool(dataset: Dataset):
    groups = Grouping(pools={"north": "UP", "south": "UP", "east": "UP"}).find(dataset.photographs)
    assert {name: len(index) for name, index in groups.items()} == {"all": 18, "EE": 6, "UP": 12}


def test_columns_divide_an_origin_where_they_are_filled(dataset: Dataset):
    groups = Grouping(columns=("gender",)).find(dataset.photographs)
    assert list(groups) == ["all", "EE", "north", "north, female", "north, male", "south"]
    assert groups["north, male"].tolist() == [0, 1, 2, 3]


def test_a_group_of_one_person_is_left_out(make_set: MakeSet):
    rows = people(3)
    rows[0]["gender"] = rows[1]["gender"] = "female"
    assert list(Grouping(columns=("gender",)).find(load([make_set("town", rows)]).photographs)) == ["all", "town"]


@pytest.mark.parametrize(
    ("grouping", "message"),
    [
        pytest.param(Grouping(pools={"west": "UP"}), "a pool names the set 'west'", id="unknown set"),
        pytest.param(Grouping(columns=("age",)), "no labels.csv has the column 'age'", id="unknown column"),
    ],
)
def test_a_grouping_that_fits_nothing(dataset: Dataset, grouping: Grouping, message: str):
    with pytest.raises(DatasetError, match=message):
        grouping.find(dataset.photographs)
