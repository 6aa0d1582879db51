"""Tallies: one entry of the ledger in, what it adds to each table of a report out.

An entry is a mapping as the ledger exports it. Seeded cases, which only measure reviewers, are in no table but theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from recognizance.review.choice import Mark

Entry = Mapping[str, Any]

Counts = Mapping[str, int]

NOTHING: Counts = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Tally:
    """A table: what it answers, in words for everybody, and what an entry adds to its rows.

    `rows` are those that are there even if they are zero.
    """

    id: str
    title: str
    about: str
    count: Callable[[Entry], Counts]
    rows: tuple[str, ...] = ()


def _of(kind: str, row: Callable[[Entry], str | None]) -> Callable[[Entry], Counts]:
    """Counts entries of a kind, each in the row that is named for it, if one is."""

    def count(entry: Entry) -> Counts:
        found = row(entry) if entry["kind"] == kind else None
        return NOTHING if found is None else {found: 1}

    return count


def _decided(entry: Entry) -> str | None:
    return None if entry["seeded"] or entry["corrects"] is not None else OUTCOMES[entry["outcome"]]


def _corrected(entry: Entry) -> str | None:
    if entry["seeded"] or entry["corrects"] is None:
        return None
    return "overturned" if entry["overturns"] else "not overturned"


def _changed(entry: Entry) -> str | None:
    return CHANGES.get(entry["action"])


def _loosened(entry: Entry) -> Counts:
    took_effect = entry["kind"] == "policy" and entry["action"] in EFFECTIVE
    return dict.fromkeys(entry["loosened"], 1) if took_effect else NOTHING


def _erased(entry: Entry) -> Counts:
    """A deletion counts each of its faces."""
    return {entry["code"]: entry["count"]} if entry["kind"] == "deletion" else NOTHING


def _register(entry: Entry) -> Counts:
    row = {"reviewer": "trained", "suspension": "suspended"}.get(entry["kind"])
    return NOTHING if row is None else {row: 1}


EFFECTIVE = ("accepted", "attached", "approved")
"""Actions on policies that change what holds from then on."""

CHANGES = {
    "accepted": "a version that loosened nothing took effect",
    "attached": "a collection was given rules that loosened nothing",
    "proposed": "a loosening was proposed",
    "approved": "a loosening was approved by a second person, and took effect",
    "withdrawn": "a proposal was withdrawn",
}

OUTCOMES = {
    "confirmed": "verified: enough people named the same candidate",
    "rejected": "rejected: they found nobody",
    "unresolved": "unresolved: they could not tell, did not agree, or were not asked further",
}

MARKS = {
    Mark.NAMED_MATE: "named the right person",
    Mark.TURNED_DOWN: "rightly said that it was nobody",
    Mark.FALSE_ACCEPT: "named a wrong person",
    Mark.MISS: "overlooked the right person",
    Mark.CANNOT_TELL: "could not tell",
}

FOUND = {
    "candidates": "returned candidates",
    "none": "returned nobody",
    "sealed": "candidates sealed until people reviewed them",
    "refused": "refused",
}

TALLIES = (
    Tally(
        "searches_by_purpose",
        "For what were faces searched?",
        "Every search for a person among many, by the purpose that was stated with it.",
        _of("search", lambda entry: entry["purpose"] or "none stated"),
    ),
    Tally(
        "searches_by_outcome",
        "What did the searches return?",
        "A candidate is somebody who looks alike: a lead for people to check, not an identification.",
        _of("search", lambda entry: FOUND[entry["outcome"]]),
        tuple(FOUND.values()),
    ),
    Tally(
        "searches_by_collection",
        "Among whom?",
        "The same searches, by the collection of faces in which they were made.",
        _of("search", lambda entry: entry["collection"]),
    ),
    Tally(
        "searches_by_policy",
        "Under which rules?",
        "The same searches, by the policy that they had to keep.",
        _of("search", lambda entry: entry["policy"]["name"] if entry["policy"] else "no policy"),
    ),
    Tally(
        "reviews",
        "What did people make of the candidates?",
        "Reviewers vote apart, without seeing scores or each other's votes. These are first decisions.",
        _of("decision", _decided),
        tuple(OUTCOMES.values()),
    ),
    Tally(
        "contests",
        "How many cases were disputed?",
        "A disputed case is frozen at once, and people decide who had not voted on it before.",
        _of("contest", lambda entry: "before a decision" if entry["decision"] is None else "after a decision"),
        ("before a decision", "after a decision"),
    ),
    Tally(
        "corrections",
        "What became of the disputed decisions?",
        "A decision is overturned if the person whom it had named is not named by the second.",
        _of("decision", _corrected),
        ("overturned", "not overturned"),
    ),
    Tally(
        "refusals",
        "What was refused, and by which rule?",
        "Requests that a rule turned down before anything was searched, by the rule's code.",
        _of("refusal", lambda entry: entry["code"]),
    ),
    Tally(
        "seals",
        "Which cases were shut?",
        "A case that is not authorised in time is sealed: nobody sees its candidates any more.",
        _of("seal", lambda entry: entry["code"]),
    ),
    Tally(
        "destructions",
        "Which cases were destroyed?",
        "The picture and the candidates of a case, erased; by reason.",
        _of("destruction", lambda entry: entry["code"]),
    ),
    Tally(
        "known_answers",
        "How reliable were the reviewers?",
        "Cases with a known answer are mixed in, and look like any other. These are all votes on them.",
        _of("vote", lambda entry: entry["mark"] and MARKS[Mark(entry["mark"])]),
        tuple(MARKS.values()),
    ),
    Tally(
        "reviewers",
        "Who may review?",
        "Trainings written down, and reviewers suspended because they erred too often.",
        _register,
        ("trained", "suspended"),
    ),
    Tally(
        "rule_changes",
        "How did the rules change?",
        "Rules are versions of policies. What loosens them takes a second administrator.",
        _of("policy", _changed),
        tuple(CHANGES.values()),
    ),
    Tally(
        "loosened",
        "What was loosened?",
        "Each rule that a change loosened which took effect, after a second person approved it.",
        _loosened,
    ),
    Tally(
        "authorisations",
        "What did courts and offices permit?",
        "Permissions for cases that were put on record, refused or withdrawn.",
        _of("authorisation", lambda entry: entry["action"]),
        ("granted", "refused", "withdrawn"),
    ),
    Tally(
        "consents",
        "Who agreed to be enrolled?",
        "Consents that were put on record, and those that were withdrawn.",
        _of("consent", lambda entry: entry["action"]),
        ("given", "withdrawn"),
    ),
    Tally(
        "deletions",
        "Whose faces were erased?",
        "Enrolled faces that were erased with their keys, by reason.",
        _erased,
    ),
    Tally(
        "subject_requests",
        "What did people ask about themselves?",
        "Requests of people who are or may be enrolled, by what was done.",
        _of("subject_request", lambda entry: entry["action"]),
        ("access", "freeze", "contest", "erase", "resolve"),
    ),
    Tally(
        "alarms",
        "What looked unusual?",
        "Patterns of searching that raised an alarm, by its code.",
        _of("alarm", lambda entry: entry["code"]),
    ),
)
"""The tables of a report, in its order."""
