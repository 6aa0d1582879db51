"""Identification: one 1:N search under all of its rules, on record before its answer leaves.

permit -> audit gate -> threshold -> search -> record -> candidates, or none while they are sealed
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from recognizance.governance.rulebook import Filed, Probe
from recognizance.governance.rulebook import Search as Made
from recognizance.operations.context import LEDGER_HEADER, Context
from recognizance.operations.threshold import HEADER, Threshold, Unit, find_threshold, target_of
from recognizance.policy.document import PLAIN
from recognizance.values import FaceMatch, UserMatch

DEFAULT_THRESHOLD = 80.0

CASE_HEADER = "x-recognizance-case"
"""The case that the search opened, which people decide."""

STATUS_HEADER = "x-recognizance-status"
"""`UNVERIFIED; investigative lead, not identification`, and `sealed` where candidates wait for reviewers."""

LEAD = "UNVERIFIED; investigative lead, not identification"

Match = TypeVar("Match", FaceMatch, UserMatch)


@dataclass(frozen=True, slots=True)
class Search(Generic[Match]):
    """A search as an operation wants it. `find` gets the most candidates and the least score."""

    unit: Unit
    probe: Probe
    asked: float | None
    limit: int
    find: Callable[[int, float], Sequence[Match]]
    picture: Callable[[], bytes] | None = None
    """Makes the picture (JPEG) of the face that reviewers see; None where the probe is an enrolled face."""


def identify(context: Context, search: Search[Match]) -> list[tuple[Match, float]]:
    """The candidates that may be told, with their similarity, best first. Raises RuleError."""
    started = context.services.clock()
    threshold = _threshold(context, search)
    policy = context.permit.policy
    limit = min(search.limit, policy.most_candidates)
    matches = search.find(limit, context.curve.score(threshold.similarity))
    found = [(match, context.curve.similarity(match.score)) for match in matches]
    filed = context.rulebook.file(
        Made(
            asker=context.asker,
            permit=context.permit,
            collection=context.searched.collection,
            probe=search.probe,
            enrolled=threshold.size,
            model_digests=context.services.gate.digests(),
            asked=threshold.asked,
            threshold=threshold.similarity,
            reason=threshold.reason.value,
            fpir_target=threshold.fpir_target,
            found=found,
            started=started,
            ended=context.services.clock(),
            picture=search.picture,
        )
    )
    _tell(context, threshold, filed)
    return [] if filed.sealed else found


def _threshold(context: Context, search: Search[Match]) -> Threshold:
    tags, collection = context.searched.tags, context.searched.collection
    size = collection.face_count if search.unit is Unit.FACES else collection.user_count
    context.services.gate.check(tags, size, context.now)
    policy = context.permit.policy
    return find_threshold(
        DEFAULT_THRESHOLD if search.asked is None else search.asked,
        size=size,
        unit=search.unit,
        # Only a collection without a policy opts out by a tag; a policy says itself what holds, and who may loosen it.
        fpir_target=target_of(tags, policy.fpir_target) if policy.name == PLAIN else policy.fpir_target,
        floor=policy.floor or None,
    )


def _tell(context: Context, threshold: Threshold, filed: Filed) -> None:
    context.headers[HEADER] = threshold.header
    context.headers[LEDGER_HEADER] = str(filed.index)
    context.headers[STATUS_HEADER] = LEAD + ("; sealed" if filed.sealed else "")
    if filed.case_id is not None:
        context.headers[CASE_HEADER] = filed.case_id
