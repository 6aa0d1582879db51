from __future__ import annotations

import json
from datetime import date

import pytest

from recognizance.audit.errors import GroupingError
from recognizance.audit.run import FORMAT, Question, Statement, run_audit
from recognizance.evaluation.dataset import DatasetError
from recognizance.evaluation.embeddings import Embedder
from recognizance.testing.vision import FakeVision

from .conftest import CURVE_DATA, crowd, write_people

STATEMENT = Statement("the council", "self-reported", "recognizance audit run people")


def audit(folder, embedder, curve, columns=("gender",), *, reference=None, scores=None, progress=None):
    return run_audit(
        [folder],
        embedder,
        curve,
        curve_data=CURVE_DATA,
        question=Question(columns, reference),
        statement=STATEMENT,
        today=date(2026, 11, 24),
        scores=scores,
        progress=progress,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Forty women and thirty men; one picture of a woman shows nobody, one of another man a stranger."""
    women, men = crowd(40, gender="female"), crowd(30, gender="male")
    women[1]["shows"] = ""
    men[1]["shows"] = "a stranger"
    return write_people(tmp_path_factory.mktemp("sets") / "people", women + men)


@pytest.fixture(scope="module")
def document(folder, pack, curve, tmp_path_factory):
    return audit(folder, Embedder(FakeVision(), pack, tmp_path_factory.mktemp("cache"), threads=1), curve)


def rates(document, level):
    [found] = [found for found in document["levels"] if found["name"] == level]
    return {row["group"]: row for row in found["groups"]}


def test_an_audit_counts_every_rate_of_every_group(document):
    assert document["format"] == FORMAT
    assert document["statement"] == {
        "auditor": "the council",
        "label_origin": "self-reported",
        "command": STATEMENT.command,
        "consent": "not stated",
        "capture": "not stated",
        "mitigation": "none stated",
    }
    rows = rates(document, "similarity 80")
    assert list(rows) == ["everybody", "gender female", "gender male"]
    assert (rows["gender female"]["people"], rows["gender female"]["images"]) == (40, 80)
    # 79 pictures of women with a face: all pairs, less the 39 mated ones.
    assert rows["gender female"]["fmr"]["trials"] == 79 * 78 // 2 - 39
    assert rows["gender female"]["fte"]["events"] == 1
    assert (rows["gender male"]["fnmr"]["events"], rows["gender male"]["fnmr"]["trials"]) == (1, 30)
    assert rows["gender female"]["fnmr"]["events"] == 0
    # A failure is a miss: 1 / 80 + (1 - 1 / 80) * 0.
    assert rows["gender female"]["generalised_fnmr"] == 0.0125


def test_a_second_run_measures_nothing_again_and_gives_the_same_json(folder, embedder, curve, document):
    told = []
    first = audit(folder, embedder, curve, progress=lambda done, total: told.append((done, total)))
    assert (told[0], told[-1]) == ((1, 280), (280, 280))
    told.clear()
    second = audit(folder, embedder, curve, progress=lambda done, total: told.append((done, total)))
    assert told == []
    assert json.dumps(first, allow_nan=False) == json.dumps(second, allow_nan=False) == json.dumps(document)


def test_small_groups_have_too_little_data_for_a_claim(document):
    row = rates(document, "similarity 80")["gender male"]
    assert row["fmr"]["events"] == 0
    assert row["fmr"]["interval_95"][1] > 0
    assert row["fmr"]["verdict"] == "not enough data"
    [mark] = [mark for mark in document["marks"] if "one pair of different people in a million" in mark["mark"]]
    assert (mark["outcome"], mark["failed_by"]) == ("not enough data", [])
    assert "gender male" in mark["undecided_for"]


def test_thresholds_at_false_match_rates_come_from_people_who_are_not_measured(document):
    everybody = rates(document, "FMR 1e-03")["everybody"]
    assert everybody["people"] == document["data"]["test_half_people"] < 70


def test_searches_have_mated_and_non_mated_probes_in_galleries_of_three_sizes(document):
    found = document["open_set"]
    assert found["gallery_people"] + found["non_mated_searches"] == 70
    assert max(row["enrolled"] for row in found["sizes"]) == found["gallery_people"]
    assert len({row["enrolled"] for row in found["sizes"]}) == 3
    whole = [row for row in found["sizes"] if row["enrolled"] == found["gallery_people"]]
    assert [row["similarity"] for row in whole] == [50.0, 80.0, 90.0, 95.0, 99.0]
    assert found["cmc"][-1] <= 1


def test_the_worst_pairs_are_named_by_their_pictures(document):
    worst = document["worst"]
    assert worst["misses"][0]["images"] == ["people/80.json", "people/81.json"]
    scores = [pair["score"] for pair in worst["false_matches"]]
    assert scores == sorted(scores, reverse=True)


def test_quality_stands_beside_failures_and_misses(document):
    quality = document["quality"]
    [women] = [row for row in quality["groups"] if row["group"] == "gender female"]
    assert (women["images"], women["without_a_face"]) == (80, 1)
    assert women["mean"] == {"sharpness": 80.0, "brightness": 80.0, "face_height_px": 150.0, "confidence": 0.99}
    assert {row["measure"] for row in quality["discard"]} == set(women["mean"])


def test_why_pictures_failed_is_counted(document):
    assert document["quality"]["failures"] == [{"reason": "no face was found", "pictures": 1}]


def test_groups_are_compared_with_a_named_one(folder, embedder, curve):
    document = audit(folder, embedder, curve, reference="gender male")
    [level] = [level for level in document["levels"] if level["similarity"] == 50.0]
    rows = {row["group"]: row for row in level["groups"]}
    [failures] = [row for row in level["to_reference"] if row["metric"] == "fte"] or [None]
    assert document["data"]["reference"] == "gender male"
    if failures is not None:
        assert failures["group"] == "gender female"
        assert failures["ratio"]["value"] == rows["gender female"]["fte"]["value"] * 2 * 60


def test_an_unknown_reference_is_one_line(folder, embedder, curve):
    with pytest.raises(GroupingError, match="the reference 'men' is none of the groups: gender female, gender male"):
        audit(folder, embedder, curve, reference="men")


def test_without_groups_there_is_no_reference(folder, embedder, curve):
    with pytest.raises(GroupingError, match="the reference 'men' is none of the groups: people were not grouped"):
        audit(folder, embedder, curve, columns=(), reference="men")


def test_without_groups_everybody_is_audited(folder, embedder, curve):
    document = audit(folder, embedder, curve, columns=())
    assert list(rates(document, "similarity 50")) == ["everybody"]
    outcomes = {mark["mark"]: mark for mark in document["marks"]}
    assert outcomes["Misses: the worst group has at most 1.5 times the mean"]["undecided_for"] == [
        "no groups were given"
    ]


def test_an_unknown_column_is_one_line(folder, embedder, curve):
    with pytest.raises(GroupingError, match="no picture has a value in the column 'age'"):
        audit(folder, embedder, curve, columns=["age"])


def test_no_mated_pair_with_faces_is_one_line(tmp_path, embedder, curve):
    rows = crowd(3, gender="female")
    for row in rows[1::2]:
        row["shows"] = ""
    with pytest.raises(DatasetError, match="0 mated and 3 non-mated pairs are left where a face was found"):
        audit(write_people(tmp_path / "people", rows), embedder, curve)


def test_too_few_people_for_two_halves_are_one_line(tmp_path, embedder, curve):
    with pytest.raises(DatasetError, match="2 people are too few to set thresholds on one half of them"):
        audit(write_people(tmp_path / "people", crowd(2, gender="female")), embedder, curve)
