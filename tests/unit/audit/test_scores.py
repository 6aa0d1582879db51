"""The exported scores suffice to compute an audit's rates again, here by plain code that shares nothing with it."""

from __future__ import annotations

import csv
import itertools
import math
from datetime import date

import pytest

from recognizance.audit.run import Question, Statement, run_audit
from recognizance.evaluation.embeddings import Embedder
from recognizance.testing.vision import FakeVision

from .conftest import CURVE_DATA, crowd, write_people


@pytest.fixture(scope="module")
def audited(pack, curve, tmp_path_factory):
    """Three groups, of whom some pictures show nobody and some another person; and the folder of their scores."""
    rows = crowd(70, gender="female") + crowd(70, gender="male") + crowd(30, gender="other")
    for number in range(0, 60, 10):
        rows[number + 1]["shows"] = "somebody else"
    rows[141]["shows"] = rows[321]["shows"] = "another one"
    rows[5]["shows"] = rows[200]["shows"] = ""
    # Their likeness: the fake's strangers never match, so some people show up in the pictures of others.
    for number in range(0, 8, 2):
        rows[number]["shows"] = rows[number + 100]["identity"]
    folder = write_people(tmp_path_factory.mktemp("sets") / "people", rows)
    out = tmp_path_factory.mktemp("scores")
    document = run_audit(
        [folder],
        Embedder(FakeVision(), pack, tmp_path_factory.mktemp("cache"), threads=1),
        curve,
        curve_data=CURVE_DATA,
        question=Question(["gender"]),
        statement=Statement("us", "self-reported", "audit"),
        today=date(2026, 11, 25),
        scores=out,
    )
    return document, {path.stem: read(path) for path in out.iterdir()}


def read(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def pairs(rows, pictures):
    return [(pictures[row["picture"]], pictures[row["other"]], float(row["score"])) for row in rows]


def within(name, one):
    return name == "everybody" or name == f"gender {one['gender']}"


def compared(one, other):
    """The rule which pairs are non-mated, as the documentation has it."""
    return (
        one["person"] != other["person"]
        and one["photograph"] != other["photograph"]
        and (one["set"] != other["set"] or one["batch"] == other["batch"])
    )


def recount(level, row, tables):
    """FMR, FNMR and FTE of one group at one level, by counting."""
    name, threshold = row["group"], level["threshold"]
    pictures = {one["picture"]: one for one in tables["pictures"]}
    if level["similarity"] is None:
        pictures = {number: one for number, one in pictures.items() if one["half"] == "test"}
    own = [one for one in pictures.values() if within(name, one)]
    faces = [one for one in own if one["face"] == "1"]
    trials = sum(compared(*pair) for pair in itertools.combinations(faces, 2))

    def inside(table):
        known = [one for one in table if one["picture"] in pictures and one["other"] in pictures]
        return [score for one, other, score in pairs(known, pictures) if within(name, one) and within(name, other)]

    mated, others = inside(tables["mated"]), inside(tables["non_mated"])
    return {
        "fmr": sum(score >= threshold for score in others) / trials,
        "fnmr": sum(score < threshold for score in mated) / len(mated) if mated else None,
        "fte": 1 - len(faces) / len(own),
    }


def test_rates_of_all_groups_at_all_levels(audited):
    document, tables = audited
    events = 0
    for level in document["levels"]:
        for row in level["groups"]:
            for metric, value in recount(level, row, tables).items():
                if value is None:
                    assert row[metric] is None
                else:
                    assert row[metric]["value"] == pytest.approx(value, abs=1e-9), (level["name"], row["group"], metric)
                    events += row[metric]["events"]
    assert events > 100


def test_searches(audited):
    document, tables = audited
    pictures = {one["picture"]: one for one in tables["pictures"]}
    for level in document["levels"]:
        people = "everybody" if level["similarity"] is not None else "test half"
        own = [one for one in tables["searches"] if one["people"] == people]
        for row in level["groups"]:
            some = [one for one in own if within(row["group"], pictures[one["picture"]])]
            strangers = [float(one["stranger_score"] or "-inf") for one in some if one["mated"] == "0"]
            mates = [float(one["mate_score"] or "-inf") for one in some if one["mated"] == "1"]
            threshold = level["threshold"]
            returned = sum(score >= threshold for score in strangers) / len(strangers)
            missed = sum(score < threshold for score in mates) / len(mates)
            assert (row["fpir"]["value"], row["fnir"]["value"]) == pytest.approx((returned, missed), abs=1e-9)


def test_differentials_and_joint_figures(audited):
    document, tables = audited
    compared_somewhere = 0
    for level in document["levels"]:
        rates = {row["group"]: recount(level, row, tables) for row in level["groups"]}
        cells = {row["group"]: row for row in level["groups"]}

        def floored(group, metric, rates=rates, cells=cells):
            return max(rates[group][metric], 1 / (2 * cells[group][metric]["trials"]))

        for row in level["differentials"]:
            if "max_min" not in row:
                continue
            compared_somewhere += 1
            values = [floored(group, row["metric"]) for group in row["compared"]]
            mean = math.exp(sum(map(math.log, values)) / len(values))
            found = (row["max_min"]["value"], row["max_geomean"]["value"], row["gini"])
            assert found == pytest.approx((max(values) / min(values), max(values) / mean, gini(values)), abs=1e-9)
        for row in level["joint"]:
            a = row["weight_of_false_matches"]
            fmr, fnmr = ([floored(group, metric) for group in row["groups"]] for metric in ("fmr", "fnmr"))
            garbe = a * gini(fmr) + (1 - a) * gini(fnmr)
            fdr = 1 - (a * (max(fmr) - min(fmr)) + (1 - a) * (max(fnmr) - min(fnmr)))
            ir = (max(fmr) / min(fmr)) ** a * (max(fnmr) / min(fnmr)) ** (1 - a)
            found = (row["inequity_rate"], row["fdr"], row["garbe"])
            assert found == pytest.approx((ir, fdr, garbe), abs=1e-9)
    assert compared_somewhere


def gini(values):
    n, mean = len(values), sum(values) / len(values)
    apart = sum(abs(x - y) for x in values for y in values)
    return n / (n - 1) * apart / (2 * n * n * mean)


def test_the_histogram_holds_every_non_mated_pair(audited):
    document, tables = audited
    assert sum(int(row["pairs"]) for row in tables["non_mated_histogram"]) == document["data"]["non_mated_pairs"]
