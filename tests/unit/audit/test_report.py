from __future__ import annotations

import copy
import re
from datetime import date

import pytest

from recognizance.audit import wording
from recognizance.audit.report import render
from recognizance.audit.run import Question, Statement, run_audit
from recognizance.evaluation.embeddings import Embedder
from recognizance.testing.vision import FakeVision

from .conftest import CURVE_DATA, crowd, write_people


def audit(folder, pack, curve, cache):
    return run_audit(
        [folder],
        Embedder(FakeVision(), pack, cache, threads=1),
        curve,
        curve_data=CURVE_DATA,
        question=Question(["gender"], "gender male"),
        statement=Statement("<the council>", "self-reported", "recognizance audit run people"),
        today=date(2026, 11, 24),
    )


@pytest.fixture(scope="module")
def document(pack, curve, tmp_path_factory):
    rows = crowd(60, gender="female") + crowd(60, gender="male") + crowd(3, gender="other")
    folder = write_people(tmp_path_factory.mktemp("sets") / "people", rows)
    return audit(folder, pack, curve, tmp_path_factory.mktemp("cache"))


def test_the_report_is_one_file_with_everything_in_it(document):
    page = render(document)
    assert "<!doctype html>" in page
    assert not re.search(r"""(?:src|href)=["'](?!data:)""", page)
    assert page.count("data:image/svg+xml;base64,") >= 7
    for part in (
        "The words",
        "What was found",
        "What this audit cannot say",
        "How far groups are apart",
        "@media print",
    ):
        assert part in page
    for digest in document["pack"]["models"].values():
        assert digest in page


def test_the_report_is_the_same_each_time(document):
    assert render(document) == render(document)


def test_what_people_wrote_is_text_not_markup(document):
    page = render(document)
    assert "auditor: &lt;the council&gt;" in page
    assert "<the council>" not in page


def test_groups_of_too_few_people_are_named_apart(document):
    assert "groups of fewer than 20 people: gender other (3). They are not in these tables" in render(document)


def test_no_rate_is_a_bare_zero(document):
    cells = re.findall(r"<td>(.*?)</td>", render(document))
    assert not [cell for cell in cells if re.match(r"0(\.0+)? %$", cell)]
    assert any(cell.startswith("under ") for cell in cells)


def test_without_enough_data_sections_say_so(document):
    bare = copy.deepcopy(document)
    bare["open_set"] = {"not_enough_data": "nobody searches"}
    bare["calibration"] = {"not_enough_data": "no pairs"}
    bare["shifts"], bare["curves"]["equity"] = [], []
    for level in bare["levels"]:
        level["differentials"] = []
    page = render(bare)
    for sentence in ("Not enough data: nobody searches", "not enough data; no pairs", "There are not two groups"):
        assert sentence in page


@pytest.mark.parametrize(
    ("outcomes", "outcome", "sentence"),
    [
        (["met", "met"], "met", "Met: 2 of 2 pass marks are met, 0 failed."),
        (["met", "failed"], "failed", "Failed: 1 of 2 pass marks are met, 1 failed."),
        (
            ["met", "not enough data"],
            "not enough data",
            "No verdict: 1 of 2 pass marks are met, 0 failed, and 1 cannot be decided with this much data.",
        ),
    ],
)
def test_the_verdict(outcomes, outcome, sentence):
    assert wording.verdict([{"outcome": one} for one in outcomes]) == (outcome, sentence)


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        ({"failed_by": ["men"], "undecided_for": ["women"]}, "men"),
        ({"failed_by": [], "undecided_for": []}, "all groups"),
        ({"failed_by": [], "undecided_for": ["a", "b"]}, "too little data on a, b"),
        ({"failed_by": [], "undecided_for": ["a", "b", "c"]}, "too little data on a, b and 1 more"),
    ],
)
def test_why_a_mark_came_out_so(mark, words):
    assert wording.because(mark) == words


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        ({"events": 0, "value": 0.0, "interval_95": [0.0, 0.004]}, "under 0.4 %"),
        ({"events": 0, "value": 0.0, "interval_95": [0.0, 3e-6]}, "under 1 in 330,000"),
        ({"events": 2, "value": 5e-5, "interval_95": [2e-5, 0.004]}, "1 in 20,000 (50,000 to 250)"),
        ({"events": 9, "value": 1.0, "interval_95": [0.57, 1.0]}, "100 % (57 to 100)"),
        ({"events": 2, "value": 0.02, "interval_95": [0.01, 0.04]}, "2 % (1 to 4)"),
    ],
)
def test_rates_in_words(rate, words):
    assert wording.rate(rate) == words


def test_harm_in_words():
    assert wording.harm(None) == "no trials"
    assert wording.harm({"events": 0, "value": 0.0, "interval_95": [0.0, 0.005]}) == "up to 5"
    assert wording.harm({"events": 3, "value": 0.03, "interval_95": [0.01, 0.05]}) == "30 (10 to 50)"


def test_who_signed_stands_in_the_report(document):
    assert "Nobody signed this copy" in render(document)
    page = render(document | {"signature": {"signed by": "<here>"}})
    assert "<td>signed by</td><td>&lt;here&gt;</td>" in page
    assert "Nobody signed" not in page


def test_evidence_and_comparisons_have_their_chapters(document):
    full = copy.deepcopy(document)
    full["shifts"] = [{"group": "gender female", "fmr": 1e-6, "points": 11.9, "score": 0.6, "extrapolated": True}]
    cost = {"cllr": 0.0165, "cllr_min": 0.0, "cllr_cal": 0.0165}
    bins = [{"stated": 0.01, "observed": 0.02, "weight": 0.9, "pairs": 900}]
    full["calibration"] = {
        "goal_cllr_cal": 0.02,
        "everybody": cost,
        "groups": {"gender female": cost, "gender other": cost},
        "reliability": [{"prior": prior, "ece": 0.01, "bins": bins} for prior in (0.5, 1e-3)],
        "log10_lr": {"scores": [0.0, 0.5], "stated": [-2.0, 4.0], "observed": [None, 3.0]},
    }
    full["quality"]["failures"] = [{"reason": "no face <was> found", "pictures": 3}]
    estimate = {"value": 2.34, "interval_95": [0.0, None], "by_chance": None}
    comparing = next(level for level in full["levels"] if level["name"] == "FMR 1e-03")
    comparing["to_reference"] = [{"metric": "fmr", "group": "gender female", "ratio": estimate}]
    comparing["joint"] = [
        {"columns": ["gender"], "weight_of_false_matches": 0.5, "inequity_rate": 8.66, "fdr": 0.9926, "garbe": 0.5276}
    ]
    page = render(full)
    for row in (
        "<td>gender female</td><td>+11.9</td><td>extrapolated</td>",
        "<td>gender female</td><td>0.0165</td><td>under 0.0001</td><td>0.0165</td>",
        "<td>1 in 1,000</td><td>0.01</td>",
        "<td>3</td><td>no face &lt;was&gt; found</td>",
        "<td>false matches</td><td>a false match rate of 1 in 1,000</td><td>2.3 (0 to no upper limit)</td>",
        "<td>gender</td><td>0.5</td><td>8.66</td><td>0.9926</td><td>0.528</td>",
    ):
        assert row in page, row
    assert "<td>gender other</td>" not in page


def test_failed_marks_come_first(document):
    mixed = copy.deepcopy(document)
    for mark, outcome in zip(mixed["marks"], ("met", "not enough data", "failed"), strict=False):
        mark["outcome"] = outcome
    outcomes = re.findall(r'class="outcome [a-z]+">([a-z ]+)<', render(mixed))
    assert outcomes == sorted(outcomes, key=["failed", "not enough data", "met"].index)
    assert (outcomes[0], outcomes[-1]) == ("failed", "met")
