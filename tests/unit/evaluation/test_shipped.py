"""The curves that ship: made with the networks that ship, from the sets that may be used, and told truly in the docs."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from recognizance.evaluation.account import describe_pack
from recognizance.evaluation.curve import ANCHORS, curve_of, read_document
from recognizance.evaluation.summary import summarise_curve
from recognizance.models.card import Pack
from recognizance.models.catalog import DEFAULT_PACK, FAST_PACK

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGE = DOCS / "similarity.md"
# Smaller groups are in the files; the page lists those that can say something.
PAIRS_SHOWN = 1_000

packs = pytest.mark.parametrize("pack", [DEFAULT_PACK, FAST_PACK], ids=lambda pack: pack.name)


def shipped(pack: Pack) -> dict[str, Any]:
    return read_document(resources.files("recognizance.models").joinpath("curves", f"{pack.name}.json"))


@packs
def test_a_curve_is_of_the_networks_that_run(pack: Pack):
    assert shipped(pack)["pack"] == describe_pack(pack)


@packs
def test_anchors_are_complete_and_in_order(pack: Pack):
    anchors = shipped(pack)["anchors"]
    assert [(a["similarity"], a["fmr"]) for a in anchors] == list(ANCHORS[1:])
    assert [a["basis"] for a in anchors] == ["measured"] + ["extrapolated"] * 5
    scores, hits = [a["score"] for a in anchors], [a["hit_rate"]["value"] for a in anchors]
    assert scores == sorted(scores)
    assert hits == sorted(hits, reverse=True)


@packs
def test_stated_scores_are_those_of_the_table(pack: Pack):
    document = shipped(pack)
    curve = curve_of(document, name=pack.name)
    assert [curve.score(a["similarity"]) for a in document["anchors"]] == pytest.approx(
        [a["score"] for a in document["anchors"]], abs=1e-6
    )


@packs
def test_no_anchoring_group_is_past_its_number_at_50(pack: Pack):
    document = shipped(pack)
    anchoring = document["rule"]["anchoring_groups"]
    for group in document["groups"]:
        if group["name"] in anchoring:
            assert group["non_mated_pairs"] >= 300_000
            assert all(level["verdict"] != "higher" for level in group["levels"])


@packs
def test_what_ships_passed_its_own_check(pack: Pack):
    assert shipped(pack)["failures"] == []


@packs
def test_what_may_only_be_measured_was_not_fitted(pack: Pack):
    assert "utk_eval" not in shipped(pack)["data"]["sets"]


@packs
def test_the_page_prints_the_cost_of_each_number(pack: Pack):
    costs, *_ = summarise_curve(shipped(pack))
    page = PAGE.read_text(encoding="utf-8")
    for row in costs.rows:
        assert f"| {' | '.join(row)} |" in page


def test_the_page_prints_every_group_that_can_say_something():
    document = shipped(DEFAULT_PACK)
    _, groups, held_out, evidence = summarise_curve(document)
    page = PAGE.read_text(encoding="utf-8")
    pairs = {group["name"]: group["non_mated_pairs"] for group in document["groups"]}
    shown = [row for row in groups.rows if pairs[row[0]] >= PAIRS_SHOWN]
    for row in [*shown, *held_out.rows, *evidence.rows]:
        assert f"| {' | '.join(row)} |" in page


@pytest.mark.parametrize("pack", ["default", "fast"])
@pytest.mark.parametrize("kind", ["", "-det", "-reliability"])
def test_plots_are_there_and_small(pack: str, kind: str):
    name = f"similarity-{pack}{kind}.svg"
    assert f"](images/{name})" in PAGE.read_text(encoding="utf-8")
    assert (DOCS / "images" / name).stat().st_size < 300_000
