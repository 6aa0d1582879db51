from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from recognizance.evaluation.curve import SimilarityCurve, Table, load_curve
from recognizance.evaluation.dataset import DatasetError
from recognizance.evaluation.embeddings import Embedder
from recognizance.evaluation.measure import measure
from recognizance.evaluation.plots import draw_det
from recognizance.evaluation.summary import summarise_measurement
from recognizance.models.catalog import DEFAULT_PACK
from recognizance.testing.vision import Person, sketch

from .conftest import MakeSet
from .sets import people

TODAY = date(2026, 11, 30)
CURVE = SimilarityCurve(Table((-1.0, 0.0, 0.95), (0.0, -1.0, -12.0), extrapolated_from=0.4), space="fake/1")


@pytest.fixture
def town(make_set: MakeSet) -> Path:
    """40 people, two pictures each; one picture shows nobody, and one shows somebody else."""
    content = {"0-0.json": sketch(), "1-1.json": sketch(Person("a stranger"))}
    return make_set("town", people(40), content=content)


def test_sizes_failures_and_separation(town: Path, embedder: Embedder):
    found = measure([town], embedder, today=TODAY)
    assert json.loads(json.dumps(found)) == found
    assert (found["format"], found["date"]) == ("recognizance-measurement/1", "2026-11-30")
    data = found["data"]
    assert (data["images"], data["people"], data["mated_pairs"], data["non_mated_pairs"]) == (
        80,
        40,
        39,
        79 * 78 // 2 - 39,
    )
    assert found["failure_to_enrol"]["events"] == 1
    # The mislabelled pair scores like a non-mated one, the 38 others above every non-mated pair.
    assert 38 / 39 <= found["auc"] < 1
    assert (found["rank_one"]["events"], found["rank_one"]["trials"], found["rank_one"]["gallery"]) == (38, 39, 40)
    assert found["times_ms"]["embed"] > 0
    assert found["similarities"] == []


def test_levels_end_where_the_data_ends(town: Path, embedder: Embedder):
    levels = measure([town], embedder, today=TODAY)["levels"]
    assert [(level["fmr"], level["basis"]) for level in levels] == [
        (1e-2, "measured"),
        (1e-3, "few events"),
        (1e-4, "not enough data"),
        (1e-5, "not enough data"),
        (1e-6, "not enough data"),
    ]
    first = levels[0]
    assert first["fnmr"]["events"] == 1
    assert first["fnmr"]["interval_95"][0] < 1 / 39 < first["fnmr"]["interval_95"][1]
    assert first["generalised_fnmr"] == pytest.approx(1 / 80 + 79 / 80 / 39, rel=1e-3)
    assert levels[1]["threshold"] > first["threshold"]
    assert "threshold" not in levels[2]


def test_a_curve_is_put_to_the_test(town: Path, embedder: Embedder):
    rows = measure([town], embedder, today=TODAY, curve=CURVE)["similarities"]
    assert [row["similarity"] for row in rows] == [50, 80, 90, 95, 99, 100]
    assert rows[-1]["score"] == pytest.approx(0.95)
    assert rows[-1]["fmr"]["events"] == 0
    assert rows[-1]["fnmr"]["events"] == 39, "two pictures of a sketched person score near 0.9"


def test_a_second_run_has_no_times(town: Path, embedder: Embedder):
    measure([town], embedder, today=TODAY)
    found = measure([town], embedder, today=TODAY, curve=CURVE)
    assert found["times_ms"] == {"decode_and_detect": None, "embed": None}
    sizes, levels, similarities = summarise_measurement(found)
    assert ("decode and detect, embed", "known from an earlier run, known from an earlier run") in sizes.rows
    assert levels.rows[2] == ("1e-04", "not enough data", "-", "-", "-")
    assert similarities.rows[-1][2].startswith("under 1.")
    assert all(len(row) == len(table.head) for table in (sizes, levels, similarities) for row in table.rows)


def test_without_a_curve_there_is_no_table_for_it(town: Path, embedder: Embedder):
    sizes, _ = summarise_measurement(measure([town], embedder, today=TODAY))
    assert sizes.title == "Pack fast on town"
    assert ("images, people", "80, 40") in sizes.rows


def test_mates_whose_pictures_all_failed(make_set: MakeSet, embedder: Embedder):
    folder = make_set("town", people(1) + people(9, pictures=1)[1:], content={"0-0.json": sketch()})
    with pytest.raises(DatasetError, match="0 mated and 36 non-mated pairs are left where a face was found"):
        measure([folder], embedder, today=TODAY)


def test_the_det_plot_names_each_pack_and_is_the_same_each_time(town: Path, embedder: Embedder, tmp_path: Path):
    found = measure([town], embedder, today=TODAY)
    for name in ("one.svg", "two.svg"):
        draw_det({"fast pack": found, "other": found}, tmp_path / name)
    drawn = (tmp_path / "one.svg").read_bytes()
    assert drawn == (tmp_path / "two.svg").read_bytes()
    assert b"fast pack" in drawn
    assert b"false non-match rate" in drawn


def test_real_portraits_come_apart(photos: Path, weights_dir: Path, tmp_path: Path):
    """49 people who were photographed twice, with the networks of the default pack and its shipped curve."""
    from recognizance.vision.pipeline import build_vision

    vision = build_vision(DEFAULT_PACK, weights_dir, max_pixels=50_000_000)
    real = Embedder(vision, DEFAULT_PACK, tmp_path, threads=2)
    found = measure([photos / "london"], real, today=TODAY, curve=load_curve(DEFAULT_PACK.space))
    assert found["failure_to_enrol"]["events"] == 0
    assert found["auc"] > 0.999
    assert found["rank_one"]["events"] == found["rank_one"]["trials"]
    at_80 = found["similarities"][1]
    assert at_80["fnmr"]["events"] == 0


def test_det_of_scores_that_do_not_overlap_is_refused(tmp_path):
    document = {"det": {"fmr": [0.1, 0.0], "fnmr": [0.0, 0.1]}, "data": {"non_mated_pairs": 100}}
    with pytest.raises(DatasetError, match=r"^small: scores of mated and non-mated pairs do not overlap"):
        draw_det({"small": document}, tmp_path / "det.svg")
    assert not (tmp_path / "det.svg").exists()
