"""Wording: figures of an audit in, sentences out that need no statistician. Terms are explained once, in `TERMS`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from recognizance.audit.marks import MARK_SIMILARITY, Outcome
from recognizance.audit.sizes import Verdict

TERMS = {
    "false match": "Two different people are taken for one. The false match rate counts how often, over all pairs.",
    "miss (false non-match)": "Two photographs of one person are not recognised as the same person.",
    "search": "One face is compared with everybody enrolled. With many enrolled, a rare false match becomes likely: "
    "1 in a million for each pair is 1 in 40 for a search among 25,000.",
    "similarity": "A number from 0 to 100 that stands for a false match rate: 50 for 1 in 10,000, 80 for 1 in a "
    "million, 99 for 1 in a thousand million. It is not a probability that two faces are the same person.",
    "interval": "Where the true rate lies, with 95 % confidence, given how many people were measured. “Under x” means "
    "that nothing went wrong, and that x is still possible.",
    "not enough data": "The group is too small for a statement. It does not mean that the group is treated alike.",
}

METRICS = {"fmr": "false matches", "fnmr": "misses", "fte": "pictures without a usable face"}

HOW_FAR = (
    "All groups are held to one threshold. “Worst over best” is 1 if all are treated alike; “by chance up to” is what "
    "equal groups of these sizes would show anyway. Groups without enough data are not in these figures."
)

SIMILARITY = (
    "On the diagonal the measured false match rate is the promised one. Above it there are more false matches than "
    "promised; below it fewer. People are compared inside their own group."
)

METHOD = (
    "Two exports of one photograph never make a pair. A picture without a usable face stays in the figures as a "
    "failure. Thresholds were fixed before they were tested: by the similarity curve, or on one half of the people "
    "and tested on the other; a hash of the identity makes the halves. Intervals know that pairs share people; "
    "p-values are corrected for the number of groups (Holm)."
)


def verdict(marks: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """The outcome of all marks together, and a sentence that says it."""
    counts = {outcome: sum(mark["outcome"] == outcome.value for mark in marks) for outcome in Outcome}
    parts = f"{counts[Outcome.MET]} of {len(marks)} pass marks are met, {counts[Outcome.FAILED]} failed"
    undecided = counts[Outcome.UNDECIDED]
    rest = f", and {undecided} cannot be decided with this much data." if undecided else "."
    if counts[Outcome.FAILED]:
        return Outcome.FAILED.value, f"Failed: {parts}{rest}"
    if undecided:
        return Outcome.UNDECIDED.value, f"No verdict: {parts}{rest}"
    return Outcome.MET.value, f"Met: {parts}{rest}"


def because(mark: Mapping[str, Any]) -> str:
    """Which groups decided a mark, or left it open."""
    if mark["failed_by"]:
        return ", ".join(mark["failed_by"])
    if not mark["undecided_for"]:
        return "all groups"
    first, others = mark["undecided_for"][:2], len(mark["undecided_for"]) - 2
    return "too little data on " + ", ".join(first) + (f" and {others} more" if others > 0 else "")


def findings(document: Mapping[str, Any]) -> list[str]:
    """What was measured at the similarity where an untouched client decides, and where groups differ."""
    levels = document["levels"]
    deciding = next(level for level in levels if level["similarity"] == MARK_SIMILARITY)
    everybody = deciding["groups"][0]
    found = [
        f"At similarity {MARK_SIMILARITY:g}, {rate(everybody['fmr'])} of pairs of different people were taken for one.",
        f"At similarity {MARK_SIMILARITY:g}, {rate(everybody['fnmr'])} of pairs of one person were missed.",
    ]
    if everybody.get("fpir"):
        strangers = rate(everybody["fpir"])
        found.append(f"Of searches for people who were not enrolled, {strangers} returned somebody at that similarity.")
    comparing = next(level for level in levels if level["similarity"] is None)
    for row in comparing["differentials"]:
        if row["metric"] == "fmr" and "max_geomean" in row:
            columns = " and ".join(row["columns"])
            found.append(f"False matches of the worst group by {columns}: {ratio(row['max_geomean'])} times the mean.")
    return found


def limits(document: Mapping[str, Any]) -> list[str]:
    """What the audit cannot say, the most important first."""
    data, levels = document["data"], document["levels"]
    deciding = next(level for level in levels if level["similarity"] == MARK_SIMILARITY)
    cells = [row["fmr"] for row in deciding["groups"] if row["fmr"]]
    few = sum(cell["verdict"] == Verdict.NOT_ENOUGH.value for cell in cells)
    smallest = one_in(3 / data["non_mated_pairs"])
    found = [
        f"{few} of {len(cells)} groups have not enough data for a false match rate at similarity {MARK_SIMILARITY:g}.",
        f"There are {data['non_mated_pairs']:,} pairs of different people: rates under {smallest} look like 0.",
        "Similarities beyond the measured range stand for rates that were extrapolated, not counted.",
        "If people of this audit were among those that the similarity curve was made from, their figures flatter it.",
        f"Group labels: {document['statement']['label_origin']}. A group that somebody guessed is a guess.",
        "Twins and close relatives, children, ageing, masks and attacks were not tested for themselves.",
        "Neither were the people who decide after a search.",
    ]
    if not data["columns"]:
        found.insert(0, "People were not grouped, so nothing is said about differences between groups.")
    return found


def rate(value: Mapping[str, Any]) -> str:
    """A rate with its interval; without an event its upper end alone, never a bare zero."""
    low, high = value["interval_95"]
    if not value["events"]:
        return f"under {percent(high)}"
    return f"{percent(value['value'])} ({percent(low)} to {percent(high)})"


def ratio(value: Mapping[str, Any]) -> str:
    """A ratio with its interval and what chance would show."""
    low, high = value["interval_95"]
    end = "no upper limit" if high is None else f"{high:.2g}"
    chance = "" if value["by_chance"] is None else f"; by chance up to {value['by_chance']:.2g}"
    return f"{value['value']:.2g} ({low:.2g} to {end}{chance})"


def percent(value: float) -> str:
    """A rate as people read it: in percent, or as one in so many where that has too many zeros."""
    return f"{100 * value:.2f} %" if value >= 1e-3 or value == 0 else one_in(value)


def one_in(value: float) -> str:
    """A rate as one in so many, two digits of it."""
    many = float(f"{1 / value:.2g}")
    return f"1 in {many:,.0f}"


def harm(fpir: Mapping[str, Any] | None) -> str:
    """How many of 1,000 searches for people who are not enrolled return somebody."""
    if fpir is None:
        return "no trials"
    low, high = (1000 * end for end in fpir["interval_95"])
    return f"up to {high:.0f}" if not fpir["events"] else f"{1000 * fpir['value']:.0f} ({low:.0f} to {high:.0f})"
