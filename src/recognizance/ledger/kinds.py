"""What an entry of each kind holds: its fields, all of them required, and the shape of each.

An entry with a missing or unknown field, or a value of another shape, is refused. The shapes keep out what must not
be recorded: a text here is an id or a code without spaces; whatever identifies a person is kept apart, and the entry
holds a reference to it. `maybe` a shape is that or null: the field still has to be there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from recognizance.ledger.errors import IncompleteEntryError

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
"""What JSON can say."""

ENVELOPE = frozenset({"v", "index", "kind", "at", "previous", "clock_back"})
"""Fields that every entry has from the ledger itself; no kind may have one of these names."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a value is to be, in words and as a test."""

    words: str
    accepts: Callable[[Json], bool]


def _matching(words: str, pattern: str) -> Shape:
    whole = re.compile(pattern, re.ASCII).fullmatch
    return Shape(words, lambda value: isinstance(value, str) and whole(value) is not None)


def _is_count(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 2**53


def _is_number(value: Json) -> bool:
    # Beyond 2^53 not every whole number is a double, and readers of JSON differ.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 2**53


ID = _matching("an id or code without spaces", r"[!-~]{1,256}")
DIGEST = _matching("a SHA-256 in hex", r"[0-9a-f]{64}")
MOMENT = _matching("a time like 2026-11-25T01:02:03.456Z", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
COUNT = Shape("a whole number from 0", _is_count)
NUMBER = Shape("a finite number", _is_number)
FLAG = Shape("true or false", lambda value: isinstance(value, bool))


def maybe(shape: Shape) -> Shape:
    """That shape, or null."""
    return Shape(f"{shape.words}, or null", lambda value: value is None or shape.accepts(value))


def one_of(*words: str) -> Shape:
    """One of these words."""
    return Shape(" or ".join(words), lambda value: value in words)


def any_of(*shapes: Shape) -> Shape:
    """One of these shapes."""
    return Shape(
        " or ".join(shape.words for shape in shapes), lambda value: any(shape.accepts(value) for shape in shapes)
    )


def list_of(shape: Shape) -> Shape:
    """A list of that shape, possibly empty."""
    return Shape(
        f"a list of ({shape.words})",
        lambda value: isinstance(value, list | tuple) and all(map(shape.accepts, value)),
    )


def record(**members: Shape) -> Shape:
    """An object with exactly these members."""

    def accepts(value: Json) -> bool:
        return (
            isinstance(value, dict)
            and value.keys() == members.keys()
            and all(shape.accepts(value[name]) for name, shape in members.items())
        )

    words = ", ".join(f"{name}: {shape.words}" for name, shape in members.items())
    return Shape(f"an object ({words})", accepts)


def table_of(shape: Shape) -> Shape:
    """An object whose names are ids and whose values have that shape."""

    def accepts(value: Json) -> bool:
        return isinstance(value, dict) and all(
            ID.accepts(name) and shape.accepts(member) for name, member in value.items()
        )

    return Shape(f"an object of ({shape.words})", accepts)


APART = record(ref=ID, commitment=DIGEST)
"""A reference to a text that is kept apart, as `Ledger.keep_apart` gives it."""

POLICY = record(name=ID, version=COUNT, digest=DIGEST)
"""A version of a policy."""

KINDS: Mapping[str, Mapping[str, Shape]] = MappingProxyType(
    {
        # EU AI Act, Art. 12(3): (a) period of use: started, ended; (b) reference database: collection, enrolled,
        # space; (c) input data that led to a match: probe, candidates; (d) persons who verified: `vote`, by case.
        "search": {
            "started": MOMENT,
            "ended": MOMENT,
            "operation": ID,
            "request_id": ID,
            "collection": ID,
            "enrolled": COUNT,
            "space": ID,
            "model_digests": table_of(DIGEST),
            "probe": any_of(record(image=DIGEST), record(face_id=ID), record(user=APART)),
            "operator": ID,
            "role": ID,
            "purpose": maybe(ID),
            "policy": maybe(POLICY),
            "case": maybe(ID),
            "case_reference": maybe(APART),
            "authorisation": maybe(APART),
            "asked": maybe(NUMBER),
            "threshold": maybe(NUMBER),
            "reason": maybe(ID),
            "fpir_target": maybe(NUMBER),
            "outcome": one_of("candidates", "none", "sealed", "refused"),
            "candidates": list_of(any_of(record(face_id=ID, similarity=NUMBER), record(user=APART, similarity=NUMBER))),
        },
        "refusal": {
            "operation": ID,
            "request_id": ID,
            "operator": ID,
            "collection": maybe(ID),
            "code": ID,
        },
        # Review of what a search found. `vote` and `decision` are Art. 12(3)(d), the persons who verified.
        "case": {
            "case": ID,
            "collection": ID,
            "operator": maybe(ID),
            "reviewers": COUNT,
            "candidates": list_of(
                any_of(
                    record(candidate=ID, face_id=ID, similarity=NUMBER),
                    record(candidate=ID, user=APART, similarity=NUMBER),
                )
            ),
            "seeded": FLAG,
        },
        "vote": {
            "case": ID,
            "round": COUNT,
            "operator": ID,
            "person": APART,
            "choice": one_of("candidate", "none_of_these", "cannot_tell"),
            "candidate": maybe(ID),
            "mark": maybe(one_of("named_mate", "turned_down", "false_accept", "miss", "cannot_tell")),
        },
        "decision": {
            "case": ID,
            "round": COUNT,
            "outcome": one_of("confirmed", "rejected", "unresolved"),
            "candidate": maybe(ID),
            "verified_by": list_of(ID),
            "closed_by": maybe(ID),
            "seeded": FLAG,
            # After a contest: the entries of the contest and of the decision before it, if there was one.
            "contest": maybe(COUNT),
            "corrects": maybe(COUNT),
            "overturns": FLAG,
        },
        "contest": {"case": ID, "round": COUNT, "operator": ID, "reason": APART, "decision": maybe(COUNT)},
        "seal": {"case": ID, "operator": maybe(ID), "code": ID},
        "destruction": {"case": ID, "operator": maybe(ID), "code": ID, "candidates": COUNT, "pictures": COUNT},
        "reviewer": {"operator": ID, "person": APART, "key": ID, "trained": MOMENT, "expires": MOMENT},
        "suspension": {"person": APART, "case": ID, "false_accepts": COUNT, "trials": COUNT, "limit": NUMBER},
        # Rules: which hold, who changed them and what that loosened, what was stopped, what was permitted by whom.
        "policy": {
            "action": one_of("accepted", "attached", "proposed", "approved", "withdrawn"),
            "policy": maybe(POLICY),
            "before": maybe(POLICY),
            "collection": maybe(ID),
            "loosened": list_of(ID),
            "threshold": maybe(record(floor=NUMBER, fpir_target=NUMBER)),
            "threshold_before": maybe(record(floor=NUMBER, fpir_target=NUMBER)),
            "proposal": maybe(ID),
            "reason": maybe(APART),
            "audit": maybe(ID),
            "operator": ID,
        },
        "stop": {
            "stop": ID,
            "scope": one_of("installation", "collection", "purpose", "operation"),
            "target": maybe(ID),
            "spared": list_of(ID),
            "until": maybe(MOMENT),
            "reason": APART,
            "operator": ID,
        },
        "lift": {
            "stop": ID,
            "action": one_of("proposed", "confirmed", "ended"),
            "reason": maybe(APART),
            "operator": maybe(ID),
        },
        "authorisation": {
            "authorisation": ID,
            "action": one_of("granted", "refused", "withdrawn"),
            "reference": maybe(APART),
            "case_reference": maybe(APART),
            "issuer": maybe(APART),
            "collection": maybe(ID),
            "expires": maybe(MOMENT),
            "operator": ID,
        },
        "alarm": {"code": ID, "operator": ID, "collection": ID, "probe": DIGEST, "collections": COUNT},
        # Collections, and those of their tags that rules read: others are the client's own, and may name people.
        "collection": {
            "action": one_of("created", "tagged", "untagged"),
            "collection": ID,
            "operator": ID,
            "rules": table_of(maybe(ID)),
        },
        # People's rights: consents, the days that faces are kept, what was erased, and what people asked for.
        "consent": {
            "consent": ID,
            "action": one_of("given", "withdrawn"),
            "notice": DIGEST,
            "purpose": ID,
            "source": ID,
            "given": MOMENT,
            "expires": MOMENT,
            "purpose_end": maybe(MOMENT),
            "subject": maybe(APART),
            "signature": maybe(APART),
            "faces": COUNT,
            "operator": ID,
        },
        "retention": {"collection": ID, "before": maybe(COUNT), "days": maybe(COUNT), "operator": ID},
        "deletion": {
            "collection": ID,
            "code": ID,
            "request": maybe(ID),
            "operator": maybe(ID),
            "faces": list_of(ID),
            "count": COUNT,
            "keys": list_of(DIGEST),
        },
        "subject_request": {
            "request": ID,
            "action": one_of("access", "freeze", "contest", "erase", "resolve"),
            "operator": ID,
            "subject": maybe(APART),
            "faces": list_of(ID),
            "collections": COUNT,
            "searches": COUNT,
            "withheld": COUNT,
            "cases": list_of(ID),
        },
        "enrolment": {
            "collection": ID,
            "operator": ID,
            "request_id": ID,
            "image": DIGEST,
            "faces": list_of(ID),
            "consent": maybe(ID),
            "policy": maybe(POLICY),
        },
        # A server that starts: which, and what it would search with.
        "start": {"version": ID, "model_digests": table_of(DIGEST)},
        # An audit that was signed: of which models, for how large a gallery, and how long it counts.
        "audit": {
            "document": DIGEST,
            "parts": table_of(DIGEST),
            "images": ID,
            "gallery_people": COUNT,
            "valid_from": MOMENT,
            "valid_until": MOMENT,
            "signed_by": ID,
            "operator": ID,
        },
        # Of the ledger itself: a text erased or shown, and a backup put in place of what was lost.
        "erasure": {"refs": list_of(ID), "operator": ID},
        "reveal": {"refs": list_of(ID), "operator": ID, "case": maybe(ID)},
        "restore": {
            "lost_from": COUNT,
            "lost_to": maybe(COUNT),
            "lost_root": maybe(DIGEST),
            "reason": APART,
            "operator": ID,
        },
    }
)
"""Every kind of entry."""


def check(kind: str, fields: Mapping[str, Json]) -> None:
    """Refuse an entry whose fields are not those of its kind. Raises IncompleteEntryError."""
    shapes = KINDS.get(kind)
    if shapes is None:
        raise IncompleteEntryError(f"there is no kind of entry {kind!r}")
    if missing := sorted(shapes.keys() - fields.keys()):
        raise IncompleteEntryError(f"a {kind} entry lacks {', '.join(missing)}")
    if unknown := sorted(fields.keys() - shapes.keys()):
        raise IncompleteEntryError(f"a {kind} entry does not know {', '.join(unknown)}")
    for name, shape in shapes.items():
        if not shape.accepts(fields[name]):
            # The value is not told: it may be just what must not be written down.
            raise IncompleteEntryError(f"{name} of a {kind} entry is to be {shape.words}")
