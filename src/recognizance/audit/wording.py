"""Wording: figures of an audit in, sentences out that need no statistician. Terms are explained once, in `TERMS`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from recognizance.audit.marks import MARK_SIMILARITY, Outcome, deciding
from recognizance.audit.sizes import PEOPLE_NEEDED, Verdict

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

_RARE = 1e-3
_LEAST_BITS = 1e-4
_SIGNIFICANT = 0.05

METRICS = {"fmr": "false matches", "fnmr": "misses", "fte": "pictures without a usable face"}

HOW_FAR = (
    "All groups are held to one threshold. “Worst over best” is 1 if all are treated alike; “by chance up to” is what "
    "equal groups of these sizes would show anyway. Groups without enough data are not in these figures."
)

SIMILARITY = (
    "On the diagonal the measured false match rate is the promised one. Above it there are more false matches than "
    "promised; below it fewer. People are compared inside their own group."
)

JOINT = (
    "IR multiplies the ratios of worst to best, 1 is equal. FDR is 1 less the largest differences, 1 is equal, and low "
    "rates are always near it. GARBE is the Gini coefficient of both rates, 0 is equal. The weight says how much false "
    "matches count against misses: nobody but you can set it, so all three are shown."
)

EVIDENCE = (
    "A likelihood ratio says how many times likelier a score is if it is the same person. Its cost, Cllr, is 0 where "
    "it is never wrong and 1 where it says nothing. “Best possible” is what the scores themselves allow; what is lost "
    "on top would be mended by a better translation of scores, without another model."
)

PROBABILITY = (
    "The server states no probability. Whoever wants one needs to know how likely it was before the comparison, the "
    "prior, and this audit cannot know that. At two priors, this is how far such a probability is off, on average."
)

NOT_MEASURED = (
    "People who review candidates. In the end it counts how often a search returns a false one and they confirm it.",
    "Attacks with prints, screens or masks (presentation attack detection, ISO/IEC 30107-3): not part of this audit.",
    "Twins and close relatives, children, decades of ageing, masks and other cover, unless the data hold them.",
    "Whether photographs like yours are like these.",
)

SIGNATURE = (
    "Whoever signed answers for the document with this SHA-256, from which this page was made. The statement can be "
    "checked without a server: recognizance audit verify STATEMENT --key KEY --audit audit.json."
)

METHOD = (
    "Two exports of one photograph never make a pair. A picture without a usable face stays in the figures as a "
    "failure. Thresholds were fixed before they were tested: by the similarity curve, or on one half of the people "
    "and tested on the other; a hash of the identity makes the halves. Intervals know that pairs share people; "
    "p-values are corrected for the number of groups (Holm). The method follows ISO/IEC 19795-1 and 19795-10; sizes, "
    "thresholds and marks were fixed before the first measurement."
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
    everybody = deciding(levels)["groups"][0]
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
    cells = [row["fmr"] for row in deciding(levels)["groups"] if row["fmr"]]
    few = sum(cell["verdict"] == Verdict.NOT_ENOUGH.value for cell in cells)
    smallest = one_in(3 / data["non_mated_pairs"])
    found = [
        f"{few} of {len(cells)} groups have not enough data for a false match rate at similarity {MARK_SIMILARITY:g}.",
        f"There are {data['non_mated_pairs']:,} pairs of different people: rates under {smallest} look like 0.",
        "Similarities beyond the measured range stand for rates that were extrapolated, not counted.",
        overlap(document["curve"]["sets_in_both"]),
        f"Group labels: {document['statement']['label_origin']}. A group that somebody guessed is a guess.",
        "Twins, children, ageing, masks, attacks, and the people who decide after a search were not tested.",
    ]
    if not data["columns"]:
        found.insert(0, "People were not grouped, so nothing is said about differences between groups.")
    return found


def overlap(sets: Sequence[str]) -> str:
    """Whether the similarity curve was made from people of this audit."""
    if sets:
        return (
            f"The similarity curve was made from {', '.join(sets)}, too: figures at similarities flatter it. Those at "
            "false match rates do not rest on the curve."
        )
    return (
        "None of these sets is one that the similarity curve was made from; single people may still be in both, and "
        "would flatter it."
    )


def too_small(document: Mapping[str, Any]) -> str:
    """Which groups have too few people to speak of, and what is needed; nothing where all have enough."""
    small = [row for row in document["levels"][0]["groups"] if row["people"] < PEOPLE_NEEDED]
    names = "; ".join(f"{row['group']} ({row['people']})" for row in small)
    return f"Not enough data on groups of fewer than {PEOPLE_NEEDED} people: {names}." if small else ""


def level(found: Mapping[str, Any]) -> str:
    """A threshold by what it stands for."""
    similarity, fmr = found["similarity"], found["nominal_fmr"]
    return f"a false match rate of {one_in(fmr)}" if similarity is None else f"similarity {similarity:g}"


def rate(value: Mapping[str, Any]) -> str:
    """A rate with its interval in the same unit; without an event its upper end alone, never a bare zero."""
    low, high = value["interval_95"]
    if not value["events"]:
        return f"under {percent(high, digits=2)}"
    if value["value"] < _RARE:
        return f"{one_in(value['value'])} ({_many(low)} to {_many(high)})"
    return f"{percent(value['value'])} ({_digits(100 * low, 2)} to {_digits(100 * high, 2)})"


def span(low: float, high: float) -> str:
    """Where a rate lies, given both ends; without a lower one the upper end alone."""
    return f"{percent(low)} to {percent(high)}" if low else f"up to {percent(high)}"


def ratio(value: Mapping[str, Any]) -> str:
    """A ratio with its interval and what chance would show."""
    low, high = value["interval_95"]
    end = "no upper limit" if high is None else _digits(high, 2)
    chance = "" if value["by_chance"] is None else f"; by chance up to {_digits(value['by_chance'], 2)}"
    return f"{_digits(value['value'], 2)} ({_digits(low, 2)} to {end}{chance})"


def against_the_rest(row: Mapping[str, Any]) -> list[str]:
    """The groups of a differential that are clearly unlike the others, and by how much."""
    clear = [one for one in row["against_the_rest"] if one["p_holm"] < _SIGNIFICANT]
    return [f"{one['group']}, {_digits(one['ratio'], 2)} times" for one in clear]


def percent(value: float, *, digits: int = 3) -> str:
    """A rate as people read it: in percent, or as one in so many where that has too many zeros."""
    return one_in(value) if 0 < value < _RARE else f"{_digits(100 * value, digits)} %"


def one_in(value: float) -> str:
    """A rate as one in so many, two digits of it."""
    return f"1 in {_many(value)}"


def bits(value: float) -> str:
    """A cost of likelihood ratios, never a bare zero."""
    return f"{value:.4f}" if value >= _LEAST_BITS else f"under {_LEAST_BITS:g}"


def harm(fpir: Mapping[str, Any] | None) -> str:
    """How many of 1,000 searches for people who are not enrolled return somebody."""
    if fpir is None:
        return "no trials"
    low, high = (1000 * end for end in fpir["interval_95"])
    return f"up to {high:.0f}" if not fpir["events"] else f"{1000 * fpir['value']:.0f} ({low:.0f} to {high:.0f})"


def _digits(value: float, digits: int) -> str:
    """So many digits of a figure, and no power of ten."""
    return f"{float(f'{value:.{digits}g}'):,.10g}"


def _many(value: float) -> str:
    return _digits(1 / value, 2)
