"""Threshold: what a 1:N search asked for in, the similarity that holds for it out, with the reason.

A search makes as many comparisons as the collection has faces, so a similarity that is safe for one comparison is not
safe for a million. t* is the smallest similarity whose false match rate f keeps 1 - (1 - f)^N, the share of searches
for strangers that return anybody, at or under a target. What holds is the largest of what was asked, what the policy
demands, and t*: never less than asked. `docs/search.md` explains it to users.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from recognizance.errors import InvalidRequestError
from recognizance.evaluation.curve import similarity_at

HEADER = "x-recognizance-threshold"
"""Carries the threshold of a 1:N search in its answer."""

TAG = "recognizance:gallery-threshold"
"""Tag of a collection; `off` leaves t* out of its searches."""

_ON, _OFF = "on", "off"
_HUNDREDTHS = 100


class Reason(StrEnum):
    """Whose similarity holds."""

    ASKED = "asked"
    POLICY = "policy"
    GALLERY = "gallery"


class Unit(StrEnum):
    """What a search runs through."""

    FACES = "faces"
    USERS = "users"


@dataclass(frozen=True, slots=True)
class Threshold:
    """The similarity that a candidate must reach, and how it came about."""

    similarity: float
    reason: Reason
    asked: float
    floor: float | None
    """What the policy demands at least."""
    size: int
    """How many there are of `unit` in the collection."""
    unit: Unit
    fpir_target: float | None
    """None where t* was left out."""

    @property
    def header(self) -> str:
        """The value of the header: the similarity, then `; name=value` pairs."""
        pairs = [("reason", self.reason.value), ("asked", _decimal(self.asked))]
        if self.floor is not None:
            pairs.append(("policy", _decimal(self.floor)))
        pairs.append((self.unit.value, str(self.size)))
        if self.fpir_target is None:
            pairs.append(("gallery-threshold", _OFF))
        else:
            pairs.append(("fpir", _decimal(self.fpir_target)))
        return "; ".join([_decimal(self.similarity), *(f"{name}={value}" for name, value in pairs)])


def find_threshold(
    asked: float, *, size: int, unit: Unit, fpir_target: float | None, floor: float | None = None
) -> Threshold:
    """The threshold of a search for `asked` (0..100) among `size` faces or users.

    `floor`: a policy's least similarity. `fpir_target`: None leaves t* out. Where two are equal the client's counts.
    """
    wanted = [(asked, Reason.ASKED)]
    if floor is not None:
        wanted.append((floor, Reason.POLICY))
    if fpir_target is not None:
        wanted.append((safe_similarity(size, fpir_target), Reason.GALLERY))
    similarity, reason = max(wanted, key=lambda pair: pair[0])
    return Threshold(similarity, reason, asked, floor, size, unit, fpir_target)


def safe_similarity(size: int, fpir_target: float) -> float:
    """t*, rounded up to hundredths: at most `fpir_target` (0..1, exclusive) of searches for strangers return anybody.

    0 where there is nobody to be mistaken for. Past the end of the curve, at a rate under 1e-12, it is 100.
    """
    if size == 0:
        return 0.0
    fmr = -math.expm1(math.log1p(-fpir_target) / size)
    return min(100.0, math.ceil(_HUNDREDTHS * similarity_at(math.log10(fmr))) / _HUNDREDTHS)


def target_of(tags: Mapping[str, str], fpir_target: float) -> float | None:
    """The FPIR target of a collection with these tags: the installation's, or None where it opted out."""
    return None if tags.get(TAG) == _OFF else fpir_target


def check_tags(tags: Mapping[str, str]) -> None:
    """Raise InvalidRequestError for a value of the tag that means nothing."""
    value = tags.get(TAG, _ON)
    if value not in {_ON, _OFF}:
        raise InvalidRequestError(
            f"Request has invalid parameters. The tag {TAG} is {_ON} or {_OFF}; it came as {value!r}."
        )


def read_header(text: str) -> dict[str, str]:
    """The parts of a header by name, the similarity as `threshold`."""
    similarity, *pairs = text.split("; ")
    return {"threshold": similarity, **dict(pair.split("=", 1) for pair in pairs)}


def _decimal(value: float) -> str:
    """The shortest decimal that means this number, never with an exponent."""
    return f"{Decimal(str(value)).normalize():f}"
