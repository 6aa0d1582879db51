from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from recognizance.evaluation import calibrate as module
from recognizance.evaluation.calibrate import calibrate
from recognizance.evaluation.curve import ANCHORS, curve_of
from recognizance.evaluation.dataset import DatasetError
from recognizance.evaluation.embeddings import Embedder
from recognizance.evaluation.groups import Grouping
from recognizance.evaluation.plots import draw_curve, draw_reliability
from recognizance.evaluation.summary import summarise_curve
from recognizance.models.card import Pack
from recognizance.testing.vision import Person, sketch

from .conftest import MakeSet
from .sets import fake_embedder, people, write_set

TODAY = date(2026, 11, 30)


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """840 people of one set, 60 of whom have a second picture, and a village of 20, too few to set the curve."""
    folder = tmp_path_factory.mktemp("sets")
    rows = people(60) + people(840, pictures=1)[60:]
    town = write_set(folder, "town", rows, content={"100-0.json": b"no picture"})
    village = write_set(folder, "village", people(20, gender="female"))
    grouping = Grouping({"town": "Town"}, ("gender",))
    return calibrate([town, village], fake_embedder(folder / "cache"), today=TODAY, grouping=grouping)


def test_the_document_is_json_and_makes_a_curve(document: dict[str, Any]):
    curve = curve_of(json.loads(json.dumps(document)), name="town")
    assert curve.space == "fake/1"
    for anchor in document["anchors"]:
        assert curve.score(anchor["similarity"]) == pytest.approx(anchor["score"], abs=1e-6)


def test_it_says_what_was_measured_with_what(document: dict[str, Any], pack: Pack):
    assert document["pack"] == {
        "name": "fast",
        "space": "fake/1",
        "models": pack.digests,
    }
    assert document["date"] == "2026-11-30"
    data = document["data"]
    assert data["sets"] == {"town": 900, "village": 40}
    assert (data["images"], data["people"], data["failures_to_enrol"]) == (940, 860, 1)
    assert (data["mated_pairs"], data["left_out"]) == (80, {})
    # 859 people were found, 79 of them twice: all pairs but those of one person.
    assert data["non_mated_pairs"] == 939 * 938 // 2 - 80
    assert len(data["fingerprint"]) == 64


def test_anchors_state_rate_basis_and_cost(document: dict[str, Any]):
    assert [(a["similarity"], a["fmr"]) for a in document["anchors"]] == list(ANCHORS[1:])
    assert [a["basis"] for a in document["anchors"]] == ["measured"] + ["extrapolated"] * 5
    first, *_, last = document["anchors"]
    assert first["worst_group"] in {"all", "Town"}
    assert first["hit_rate"]["events"] == first["hit_rate"]["trials"] == 80
    assert first["hit_rate"]["interval_95"][0] < 1
    assert last["score"] > first["score"]


def test_only_groups_with_enough_pairs_set_the_curve(document: dict[str, Any]):
    assert document["rule"]["anchoring_groups"] == ["all", "Town"]
    assert list(document["tails"]) == ["all", "Town"]
    groups = {group["name"]: group for group in document["groups"]}
    assert list(groups) == ["all", "Town", "village", "village, female"]
    town, village = groups["Town"], groups["village"]
    assert (village["images"], village["people"], village["non_mated_pairs"]) == (40, 20, 760)
    assert [level["similarity"] for level in village["levels"]] == [25, 37.5, 50, 80]
    assert village["levels"][3]["verdict"] == "not enough data"
    assert town["levels"][2]["verdict"] == "as stated"
    assert town["levels"][2]["nominal_fmr"] == 1e-4


def test_a_group_past_its_number_is_told(make_set: MakeSet, embedder: Embedder):
    """Thirty people who all look like one another cannot hide behind a small group."""
    rows = people(30, pictures=1)
    alike = {row["path"]: sketch(Person("same", variant=number)) for number, row in enumerate(rows)}
    town = make_set("town", people(60) + people(900, pictures=1)[60:])
    document = calibrate([town, make_set("family", rows, content=alike)], embedder, today=TODAY, grouping=Grouping())
    family = next(group for group in document["groups"] if group["name"] == "family")
    assert [level["verdict"] for level in family["levels"]][:3] == ["higher"] * 3
    assert document["anchors"][-1]["score"] <= 1.0


def test_each_half_checks_the_curve_of_the_other(document: dict[str, Any]):
    assert [check["fitted_on"] for check in document["held_out"]] == ["calibration", "test"]
    assert sum(check["people"] for check in document["held_out"]) == 859
    for check in document["held_out"]:
        town = next(group for group in check["groups"] if group["name"] == "Town")
        *_, fifty, eighty = town["levels"]
        assert fifty["verdict"] == "as stated"
        assert eighty["verdict"] == "not enough data"


def test_a_curve_that_holds_on_unseen_people_has_no_failures(document: dict[str, Any]):
    assert document["failures"] == []


def test_likelihood_ratios_need_scores_that_overlap(document: dict[str, Any]):
    for check in document["held_out"]:
        assert "no slope can be fitted" in check["likelihood_ratios"]["not_enough_data"]


def level(verdict: str, nominal: float, pairs: int = 1_000_000) -> dict[str, Any]:
    return {"nominal_fmr": nominal, "verdict": verdict, "fmr": {"value": 2 * nominal, "trials": pairs}}


@pytest.mark.parametrize(
    ("verdicts", "pairs", "cllr_cal", "expected"),
    [
        (("lower", "as stated"), 1_000_000, 0.02, []),
        (
            ("lower", "higher"),
            1_000_000,
            0.0,
            ["similarity 50: the false match rate of B is 2.0e-04, above its number"],
        ),
        (("lower", "higher"), 20_000, 0.0, []),
        (
            ("lower", "lower"),
            1_000_000,
            0.0,
            ["similarity 50: the false match rate of every group is below its number"],
        ),
        (("lower", "as stated"), 1_000_000, 0.021, ["Cllr_cal is 0.021, above 0.02"]),
    ],
    ids=["holds", "above", "above by few pairs", "all below", "badly calibrated"],
)
def test_failures_are_told(verdicts: tuple[str, str], pairs: int, cllr_cal: float, expected: list[str]):
    groups = [
        {"name": name, "levels": [level(verdict, nominal, pairs) for nominal in (1e-2, 1e-3, 1e-4, 1e-9)]}
        for name, verdict in zip("AB", verdicts, strict=True)
    ]
    check = {"fitted_on": "test", "groups": groups, "likelihood_ratios": {"cllr_cal": cllr_cal}}
    found = module._failures(check)
    assert len(found) == len(expected)
    for line, part in zip(found, expected, strict=True):
        assert line.startswith("fitted on the half 'test'")
        assert part in line


def test_no_vector_name_or_path_is_in_the_document(document: dict[str, Any]):
    text = json.dumps(document)
    assert "person1" not in text
    assert "0-0.json" not in text


def test_too_few_people_for_a_curve(make_set: MakeSet, embedder: Embedder):
    folder = make_set("town", people(50))
    with pytest.raises(DatasetError, match=r"4900 non-mated pairs are too few .* one picture each of 776 people"):
        calibrate([folder], embedder, today=TODAY, grouping=Grouping())


def test_summary_prints_numbers_and_says_where_data_is_missing(document: dict[str, Any]):
    costs, groups, held_out, evidence = summarise_curve(document)
    assert costs.rows[0][:3] == ("50", "1e-04", "measured")
    assert costs.rows[1][:3] == ("80", "1e-06", "extrapolated")
    assert all(len(row) == len(table.head) for table in (costs, groups, held_out, evidence) for row in table.rows)
    village = next(row for row in groups.rows if row[0] == "village")
    assert village[1:3] == ("20", "760")
    assert village[-1] == "not enough data"
    assert held_out.rows[0][0] == "calibration"


def test_reliability_is_drawn_for_each_half(document: dict[str, Any], tmp_path):
    draw_reliability(document, tmp_path / "one.svg")
    drawn = (tmp_path / "one.svg").read_text()
    assert len(drawn) < 300_000
    for text in ("Town, fitted on calibration", "all, fitted on test", "as stated", "as measured (95 %)"):
        assert text in drawn


def test_the_plot_is_small_and_the_same_each_time(document: dict[str, Any], tmp_path):
    draw_curve(document, tmp_path / "images" / "one.svg")
    draw_curve(document, tmp_path / "two.svg")
    drawn = (tmp_path / "images" / "one.svg").read_bytes()
    assert drawn == (tmp_path / "two.svg").read_bytes()
    assert len(drawn) < 300_000
    assert b"<dc:date>" not in drawn
    for text in (b"measured", b"extrapolated", b"FMR 1e-06", b"pack fast"):
        assert text in drawn
