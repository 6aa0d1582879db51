"""A report's numbers are those of the raw entries, fit for print, and the page says them in words."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from recognizance.governance.report_page import render
from recognizance.governance.reports import account, annual
from recognizance.governance.tallies import CHANGES, FOUND, MARKS, OUTCOMES, TALLIES
from recognizance.ledger import kinds
from recognizance.ledger.entry import write_moment
from recognizance.review.choice import Mark

START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2027, 1, 1, tzinfo=UTC)
DIGEST = "ab" * 32
APART = {"ref": "r", "commitment": DIGEST}
POLICY = {"name": "police", "version": 1, "digest": DIGEST}


AUTHORISATION = dict.fromkeys(("reference", "case_reference", "issuer", "collection", "expires")) | {
    "authorisation": "a",
    "operator": "RK1",
}


CONSENT = {
    "consent": "c",
    "notice": DIGEST,
    "purpose": "doorstep",
    "source": "in-person",
    "given": write_moment(START),
    "expires": write_moment(END),
    "purpose_end": None,
    "subject": None,
    "signature": None,
    "faces": 0,
    "operator": "RK1",
}
DELETION = {"collection": "people", "request": None, "operator": None, "faces": ["f"], "keys": [DIGEST]}
REQUEST = dict.fromkeys(("collections", "searches", "withheld"), 0) | {
    "request": "q",
    "operator": "RK1",
    "subject": None,
    "faces": [],
    "cases": [],
}


def policy_change(dice):
    action = dice.choice(["accepted", "attached", "proposed", "approved", "withdrawn"])
    loosened = (
        dice.sample(["floor", "retention", "reviewers"], dice.randint(0, 2))
        if action in ("proposed", "approved")
        else []
    )
    return "policy", {
        "action": action,
        "policy": POLICY,
        "before": POLICY,
        "collection": None,
        "loosened": loosened,
        "threshold": {"floor": dice.choice([95, 99]), "fpir_target": 0.001},
        "threshold_before": {"floor": dice.choice([95, 99]), "fpir_target": 0.001},
        "proposal": None,
        "reason": None,
        "audit": "audit-1",
        "operator": "RK1",
    }


def search(dice):
    purpose = dice.choices(["investigation", "missing-person", None, "access"], [50, 9, 30, 1])[0]
    return "search", {
        "started": write_moment(START),
        "ended": write_moment(START),
        "operation": "SearchFacesByImage",
        "request_id": "q",
        "collection": dice.choice(["people", "staff"]),
        "enrolled": 9,
        "space": "s/1",
        "model_digests": {},
        "probe": {"image": DIGEST},
        "operator": "RK1",
        "role": "operator",
        "purpose": purpose,
        "policy": dice.choice([None, POLICY]),
        "case": None,
        "case_reference": None,
        "authorisation": None,
        "asked": 80,
        "threshold": 99,
        "reason": "policy",
        "fpir_target": 0.001,
        "outcome": dice.choices(list(FOUND), [40, 40, 3, 9])[0],
        "candidates": [],
    }


def refusal(dice):
    code = dice.choices(["CASE_REQUIRED", "STOPPED", "TOO_MANY"], [9, 3, 1])[0]
    return "refusal", {"operation": "o", "request_id": "q", "operator": "RK1", "collection": None, "code": code}


def decision(dice):
    corrects = dice.choice([None, None, None, 3])
    return "decision", {
        "case": "c",
        "round": 1,
        "outcome": dice.choice(["confirmed", "rejected", "unresolved"]),
        "candidate": None,
        "verified_by": ["RK1", "RK2"],
        "closed_by": None,
        "seeded": dice.random() < 0.2,
        "contest": None if corrects is None else 4,
        "corrects": corrects,
        "overturns": corrects is not None and dice.random() < 0.5,
    }


def vote(dice):
    marks = [None, None, *(one.value for one in Mark)]
    fields = {"case": "c", "round": 1, "operator": "RK1", "person": APART, "choice": "cannot_tell", "candidate": None}
    return "vote", fields | {"mark": dice.choices(marks, [9, 9, 20, 20, 8, 5, 2])[0]}


def other(dice):
    return dice.choice(
        [
            ("contest", {"case": "c", "round": 2, "operator": "RK1", "reason": APART, "decision": dice.choice([None, 3])}),
            ("seal", {"case": "c", "operator": None, "code": "AUTHORISATION_LATE"}),
            ("destruction", {"case": "c", "operator": None, "code": "RETENTION", "candidates": 3, "pictures": 1}),
            ("suspension", {"person": APART, "case": "c", "false_accepts": 2, "trials": 2, "limit": 0.05}),
            ("reviewer", {"operator": "RK1", "person": APART, "key": "RK2", "trained": write_moment(START), "expires": write_moment(END)}),
            ("consent", CONSENT | {"action": dice.choice(["given", "given", "withdrawn"])}),
            ("deletion", DELETION | {"code": dice.choice(["TERM_OVER", "ASKED"]), "count": dice.randint(1, 3)}),
            ("subject_request", REQUEST | {"action": dice.choice(["access", "access", "erase"])}),
            ("retention", {"collection": "people", "before": None, "days": 30, "operator": "RK1"}),
            ("authorisation", AUTHORISATION | {"action": dice.choice(["granted", "refused", "withdrawn"])}),
            ("alarm", {"code": "MANY_COLLECTIONS", "operator": "RK1", "collection": "c", "probe": DIGEST, "collections": 9}),
            ("start", {"version": "0.1.0", "model_digests": {"face.onnx": DIGEST}}),
        ]
    )  # fmt: skip


def ledger(seed, length=700, make=(search, search, refusal, decision, vote, policy_change, other)):
    """Entries as the ledger would hold them, some before the year and some after."""
    dice = random.Random(seed)
    entries = []
    for index in range(length):
        kind, fields = dice.choice(make)(dice)
        kinds.check(kind, fields)
        at = START + (END - START) * ((index - length * 0.1) / (length * 0.8))
        entries.append({**fields, "kind": kind, "index": index, "at": write_moment(at)})
    return entries


def recount(entries):
    """All tables once more, by plain loops over the raw entries."""
    of_year = [entry for entry in entries if entry["at"].startswith("2026-")]

    def of(kind):
        return [entry for entry in of_year if entry["kind"] == kind]

    real = [entry for entry in of("decision") if entry["seeded"] is False]
    return {
        "searches_by_purpose": Counter(entry["purpose"] or "none stated" for entry in of("search")),
        "searches_by_outcome": Counter(FOUND[entry["outcome"]] for entry in of("search")),
        "searches_by_collection": Counter(entry["collection"] for entry in of("search")),
        "searches_by_policy": Counter("no policy" if entry["policy"] is None else "police" for entry in of("search")),
        "reviews": Counter(OUTCOMES[entry["outcome"]] for entry in real if entry["corrects"] is None),
        "corrections": Counter(
            "overturned" if entry["overturns"] else "not overturned" for entry in real if entry["corrects"] is not None
        ),
        "contests": Counter(
            "before a decision" if entry["decision"] is None else "after a decision" for entry in of("contest")
        ),
        "refusals": Counter(entry["code"] for entry in of("refusal")),
        "seals": Counter(entry["code"] for entry in of("seal")),
        "destructions": Counter(entry["code"] for entry in of("destruction")),
        "known_answers": Counter(MARKS[Mark(entry["mark"])] for entry in of("vote") if entry["mark"] is not None),
        "rule_changes": Counter(CHANGES[entry["action"]] for entry in of("policy")),
        "loosened": Counter(
            name for entry in of("policy") if entry["action"] == "approved" for name in entry["loosened"]
        ),
        "authorisations": Counter(entry["action"] for entry in of("authorisation")),
        "consents": Counter(entry["action"] for entry in of("consent")),
        "deletions": Counter(code for entry in of("deletion") for code in [entry["code"]] * entry["count"]),
        "subject_requests": Counter(entry["action"] for entry in of("subject_request")),
        "alarms": Counter(entry["code"] for entry in of("alarm")),
        "reviewers": Counter({"trained": len(of("reviewer")), "suspended": len(of("suspension"))}),
    }


@pytest.mark.parametrize("seed", range(8))
def test_every_printed_number_is_that_of_a_recount(seed):
    entries = ledger(seed, length=random.Random(seed).choice([40, 200, 900]))
    document = annual(entries, year=2026)
    counted = recount(entries)
    assert [table["id"] for table in document["tables"]] == [tally.id for tally in TALLIES]
    assert {table["id"] for table in document["tables"]} == set(counted)
    for table in document["tables"]:
        expected = counted[table["id"]]
        assert table["total"] == (None if 0 < expected.total() < 5 else expected.total())
        for label, count in table["rows"].items():
            assert count in (None, expected[label])
            assert count is not None or expected[label] > 0
            assert count is None or not 0 < count < 5
        if table["told_apart"]:
            assert set(expected) <= set(table["rows"])


def test_the_period_begins_and_ends_to_the_millisecond():
    dice = random.Random(1)
    moments = [START - timedelta(milliseconds=1), *[START] * 6, END - timedelta(milliseconds=1), END]
    entries = [
        {**search(dice)[1], "kind": "search", "index": index, "at": write_moment(at)}
        for index, at in enumerate(moments)
    ]
    document = account(entries, start=START, end=END)
    assert document["tables"][0]["total"] == 7
    assert document["entries"] == {"first": 1, "last": 7}


def test_reviewers_error_rate_comes_from_printed_counts_alone():
    def votes(**counts):
        marks = [Mark(name) for name, count in counts.items() for _ in range(count)]
        return [
            {"kind": "vote", "mark": mark.value, "index": index, "at": write_moment(START)}
            for index, mark in enumerate(marks)
        ]

    errors = annual(votes(named_mate=50, turned_down=90, false_accept=10), year=2026)["reviewer_errors"]
    assert (errors["events"], errors["trials"]) == (10, 100)
    assert 0.05 < errors["low"] < 0.1 < errors["high"] < 0.18
    for few in ({"named_mate": 50, "turned_down": 90, "false_accept": 4}, {"named_mate": 50}, {}):
        assert annual(votes(**few), year=2026)["reviewer_errors"] is None


def at(day, kind, **fields):
    return {"kind": kind, "index": day, "at": write_moment(START + timedelta(days=day)), **fields}


def test_thresholds_that_moved_are_told_one_by_one():
    low, high = {"floor": 95, "fpir_target": 0.003}, {"floor": 99, "fpir_target": 0.001}
    changes = [
        ("accepted", None, low),  # the first version moves nothing
        ("accepted", low, high),
        ("proposed", high, low),  # not yet
        ("attached", high, high),
        ("approved", high, low),
        ("withdrawn", None, None),
    ]
    base = {"policy": POLICY, "loosened": [], "collection": "people", "audit": "audit-7"}
    entries = [
        at(day, "policy", action=action, threshold_before=before, threshold=after, **base)
        for day, (action, before, after) in enumerate(changes)
    ]
    document = annual(entries, year=2026)
    assert [(change["before"], change["after"]) for change in document["threshold_changes"]] == [
        (low, high),
        (high, low),
    ]
    page = render(document)
    assert "policy police, for the collection people, after audit audit-7" in page
    assert "99 (0.001) &rarr; 95 (0.003)" in page
    assert annual(entries, year=2027)["threshold_changes"] == []


def test_times_of_keeping_are_told_one_by_one():
    entries = [
        at(1, "retention", collection="people", before=None, days=1_000),
        at(2, "retention", collection="people", before=1_000, days=30),
    ]
    document = account(entries, start=START + timedelta(days=2), end=END)
    assert [change["days"] for change in document["retention_changes"]] == [30]
    assert "the collection people</td><td>1,000 days &rarr; 30 days" in render(document)
    assert "no limit &rarr; 1,000 days" in render(annual(entries, year=2026))


def test_stops_are_told_that_had_not_ended_before():
    def stop(day, name, *, until=None, spared=()):
        end = None if until is None else write_moment(START + timedelta(days=until))
        return at(day, "stop", stop=name, scope="purpose", target=name, spared=list(spared), until=end)

    entries = [
        stop(1, "lifted-early"),
        stop(2, "runs-out", until=4),
        stop(3, "lifted-late"),
        at(4, "lift", stop="lifted-early", action="confirmed"),
        at(5, "lift", stop="lifted-late", action="proposed"),
        stop(6, "stands", spared=["missing-person"]),
        at(20, "lift", stop="lifted-late", action="confirmed"),
    ]
    document = account(entries, start=START + timedelta(days=10), end=START + timedelta(days=30))
    assert [stop["target"] for stop in document["stops"]] == ["lifted-late", "stands"]
    page = render(document)
    assert "purpose stands, but not missing-person</td><td>stopped still" in page
    assert "purpose lifted-late</td><td>until 2026-01-21" in page


def test_the_page_says_it_in_words_and_needs_nothing_else():
    entries = ledger(3, length=2_000)
    document = annual(entries, year=2026)
    page = render(json.loads(json.dumps(document)))
    assert page.startswith("<!doctype html>")
    for expected in (
        "<h1>Annual report 2026</h1>",
        "From 2026-01-01 until before 2027-01-01 (UTC).",
        "For what were faces searched?",
        "withheld",
        "Recognizance 0.1.0",
        "percent (95 % interval)",
    ):
        assert expected in page
    assert "http" not in page
    assert "<script" not in page
    for table in document["tables"]:
        assert table["total"] is None or f"<td>{table['total']:,}</td>" in page


def test_an_empty_report_says_so():
    document = annual([], year=2026)
    page = render(document)
    assert page.count("None in this time.") == len(TALLIES) + 3
    assert "The ledger holds no entry of this time." in page
    assert document["system"] is None


def test_what_cannot_be_told_apart_is_told_together():
    dice = random.Random(1)
    entries = [
        {**refusal(dice)[1], "code": f"CODE_{index}", "kind": "refusal", "index": index, "at": write_moment(START)}
        for index in range(5)
    ]
    page = render(annual(entries, year=2026))
    assert "too few of each kind" in page
    assert "CODE_1" not in page


def test_names_from_outside_are_escaped():
    entry = {**search(random.Random(1))[1], "purpose": "<b>", "kind": "search", "index": 0, "at": write_moment(START)}
    page = render(annual([entry] * 9, year=2026))
    assert "&lt;b&gt;" in page
    assert "<b>" not in page
