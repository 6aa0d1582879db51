"""Tallies: one entry of the ledger in, what it adds to each table of a report out.

An entry is a mapping as the ledger exports it. Seeded cases, which only measure reviewers, are in no table but theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from recognizance.review.choice import Mark

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tally:
    """A table: what it answers, in words for everybody; the label under which an entry counts; and how often it does.

    `labels` are rows that are there even if they are zero. `label` is None for an entry that does not belong here.
    """

    id: str
    title: str
    about: str
    label: Callable[[Entry], str | None]
    labels: tuple[str, ...] = ()
    weight: Callable[[Entry], int] = lambda _: 1


def _of(kind: str, label: Callable[[Entry], str]) -> Callable[[Entry], str | None]:
    return lambda entry: label(entry) if entry["kind"] == kind else None


def _decided(entry: Entry) -> str | None:
    """The outcome of a first decision."""
    first = entry["kind"] == "decision" and not entry["seeded"] and entry["corrects"] is None
    return OUTCOMES[entry["outcome"]] if first else None


def _corrected(entry: Entry) -> str | None:
    again = entry["kind"] == "decision" and not entry["seeded"] and entry["corrects"] is not None
    return ("overturned" if entry["overturns"] else "not overturned") if again else None


def _marked(entry: Entry) -> str | None:
    return MARKS[Mark(entry["mark"])] if entry["kind"] == "vote" and entry["mark"] else None


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
        _decided,
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
        _corrected,
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
        _marked,
        tuple(MARKS.values()),
    ),
    Tally(
        "reviewers",
        "Who may review?",
        "Trainings written down, and reviewers suspended because they erred too often.",
        lambda entry: {"reviewer": "trained", "suspension": "suspended"}.get(entry["kind"]),
        ("trained", "suspended"),
    ),
)
"""The tables of a report, in its order."""
