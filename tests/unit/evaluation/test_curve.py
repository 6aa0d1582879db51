from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recognizance.errors import SettingsError
from recognizance.evaluation.curve import (
    ANCHORS,
    FORMAT,
    SimilarityCurve,
    Table,
    curve_of,
    load_curve,
    log10_fmr_at,
    read_document,
    similarity_at,
)
from recognizance.models.catalog import DEFAULT_PACK, FAST_PACK

SCORES = (-1.0, -0.4, 0.0, 0.1, 0.3, 0.45, 0.5, 0.56, 0.7, 0.8)
RATES = (0.0, 0.0, -0.1, -0.4, -2.0, -4.0, -5.0, -6.0, -9.3, -12.0)
CURVE = SimilarityCurve(Table(SCORES, RATES, extrapolated_from=0.46), space="town/1")

scores = st.floats(-1, 1)
similarities = st.floats(0, 100)


@pytest.mark.parametrize(("similarity", "fmr"), ANCHORS)
def test_anchors_are_the_published_ones(similarity: float, fmr: float):
    assert similarity_at(math.log10(fmr)) == similarity
    assert log10_fmr_at(similarity) == pytest.approx(math.log10(fmr))


@pytest.mark.parametrize(
    ("score", "similarity"),
    [
        pytest.param(-1.0, 0.0, id="lowest"),
        pytest.param(-0.5, 0.0, id="every pair matches"),
        pytest.param(0.3, 25.0, id="1e-2"),
        pytest.param(0.45, 50.0, id="1e-4"),
        pytest.param(0.475, 57.5, id="between anchors"),
        pytest.param(0.56, 80.0, id="1e-6"),
        pytest.param(0.8, 100.0, id="1e-12"),
        pytest.param(1.0, 100.0, id="equal"),
        pytest.param(1.0000001, 100.0, id="rounded past one"),
        pytest.param(-1.0000001, 0.0, id="rounded past minus one"),
    ],
)
def test_similarity_of_a_score(score: float, similarity: float):
    assert CURVE.similarity(score) == pytest.approx(similarity)


@pytest.mark.parametrize(
    ("similarity", "score"), [(0, -1.0), (25, 0.3), (50, 0.45), (80, 0.56), (100, 0.8), (101, 0.8)]
)
def test_score_of_a_similarity(similarity: float, score: float):
    assert CURVE.score(similarity) == pytest.approx(score)


def test_score_of_zero_lets_everything_in():
    assert CURVE.score(0.0) == -1.0


@given(scores, scores)
def test_a_higher_score_is_never_less_similar(one: float, other: float):
    low, high = sorted((one, other))
    assert 0.0 <= CURVE.similarity(low) <= CURVE.similarity(high) <= 100.0


@given(scores)
@example(-0.4)
@example(0.8)
def test_the_way_back_is_never_above_the_score(score: float):
    assert CURVE.score(CURVE.similarity(score)) <= score + 1e-9


@given(similarities)
@example(99.99999999999999)
@example(5e-324)
def test_a_face_at_the_threshold_reaches_it_and_one_just_below_does_not(similarity: float):
    score = CURVE.score(similarity)
    assert CURVE.similarity(score) >= similarity
    assert score == -1.0 or CURVE.similarity(score - 1e-9) < similarity


@given(similarities, similarities)
def test_a_higher_similarity_never_takes_a_lower_score(one: float, other: float):
    low, high = sorted((one, other))
    assert CURVE.score(low) <= CURVE.score(high) + 1e-12


def test_not_a_number_has_no_similarity():
    with pytest.raises(ValueError, match="no value at NaN"):
        CURVE.similarity(math.nan)


def test_what_was_extrapolated_is_known():
    assert not CURVE.is_extrapolated(CURVE.score(50))
    assert CURVE.is_extrapolated(CURVE.score(80))


@pytest.mark.parametrize(
    ("table_scores", "rates"),
    [
        pytest.param((-1.0, 0.1, 0.1), (0.0, -1.0, -12.0), id="a score twice"),
        pytest.param((-1.0, 0.1, 0.2), (0.0, 1.0, -12.0), id="rate above one"),
        pytest.param((-1.0, 0.1, 0.2, 0.3), (0.0, -2.0, -2.0, -12.0), id="rate stands still"),
        pytest.param((-0.9, 0.1), (0.0, -12.0), id="does not start at -1"),
        pytest.param((-1.0, 0.1), (-1.0, -12.0), id="does not start at rate 1"),
        pytest.param((-1.0, 0.1), (0.0, -11.0), id="does not end at the last anchor"),
        pytest.param((-1.0, 0.1), (0.0, -1.0, -12.0), id="two lengths"),
    ],
)
def test_a_table_that_is_no_curve(table_scores: tuple[float, ...], rates: tuple[float, ...]):
    with pytest.raises(ValueError, match="scores rise from -1 while"):
        Table(table_scores, rates, extrapolated_from=0.5)


def document(space: str = "town/1") -> dict:
    table = {"scores": list(SCORES), "log10_fmr": list(RATES), "extrapolated_from": 0.46}
    return {"format": FORMAT, "pack": {"space": space}, "table": table}


@pytest.mark.parametrize("pack", [DEFAULT_PACK, FAST_PACK], ids=lambda pack: pack.name)
def test_the_shipped_packs_have_a_curve(pack):
    assert load_curve(pack.space).space == pack.space


def test_an_own_curve_is_found_and_goes_before_the_shipped_one(tmp_path: Path):
    for name, space in (("a.json", "town/1"), ("b.json", DEFAULT_PACK.space)):
        (tmp_path / name).write_text(json.dumps(document(space)), encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no curve", encoding="utf-8")
    assert load_curve("town/1", tmp_path).similarity(0.45) == pytest.approx(50)
    assert load_curve(DEFAULT_PACK.space, tmp_path).similarity(0.45) == pytest.approx(50)
    assert load_curve(FAST_PACK.space, tmp_path).space == FAST_PACK.space


@pytest.mark.parametrize("folder", [None, Path("absent")])
def test_a_space_without_a_curve_says_what_to_run(folder: Path | None):
    with pytest.raises(SettingsError, match=r"'town/9'; measure one .* with `recognizance calibrate FOLDER"):
        load_curve("town/9", folder)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("{", "the curve a.json cannot be read", id="not JSON"),
        pytest.param("[]", "expected format recognizance-curve/1, got list", id="not an object"),
        pytest.param('{"format": "recognizance-curve/2"}', "got recognizance-curve/2", id="newer format"),
        pytest.param(json.dumps(document() | {"table": {}}), "a.json cannot be used", id="no table"),
        pytest.param(json.dumps(document() | {"pack": {}}), "a.json cannot be used", id="no space"),
        pytest.param(json.dumps(document()).replace("-12.0", "-11.0"), "scores rise from -1", id="not a curve"),
    ],
)
def test_an_own_file_that_is_no_curve_is_named(tmp_path: Path, text: str, message: str):
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=message):
        load_curve("town/1", tmp_path)


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path):
    with pytest.raises(SettingsError, match=r"the curve none\.json cannot be read"):
        read_document(tmp_path / "none.json")


def test_a_document_makes_the_curve():
    assert curve_of(document(), name="town").score(80) == pytest.approx(0.56)
