"""Collection: the faces of a collection and a similarity curve in, its probable mistakes out, the likeliest first.

A face is enrolled under an identity: its user, else its external image id. Faces of one identity should hang together,
each alike to some other; where they fall apart, the smaller part is probably somebody else. Faces of two identities
should not be alike. Nothing here is proof: a person looks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from recognizance.audit.enrolled import Enrolled
from recognizance.evaluation.trials import REPEAT_SCORE
from recognizance.ports import Curve
from recognizance.values import EnrolledFace, FloatArray
from recognizance.vision.gate import DEMANDS

APART_UNDER = 97.0
"""Faces of an identity whose best link is under this similarity are listed: of wrong people, and of paintings."""

ALIKE_FROM = 80.0
"""Faces of two identities this similar are listed."""

_BLOCK = 2048


class Kind(StrEnum):
    """What is probably wrong."""

    APART = "faces of one identity that do not match"
    ALIKE = "two identities that match"
    SAME_PHOTOGRAPH = "one photograph under two identities"
    LOW_QUALITY = "a face of low quality"
    DUPLICATE = "one photograph enrolled twice"


@dataclass(frozen=True, slots=True)
class Finding:
    """A probable mistake: who is concerned, which faces to look at first, and with which they do not fit, or fit.

    `similarity` is that of the best link between both; None where nothing was compared.
    """

    kind: Kind
    identities: tuple[str, ...]
    suspects: tuple[EnrolledFace, ...]
    others: tuple[EnrolledFace, ...]
    similarity: float | None


def examine(enrolled: Enrolled, curve: Curve) -> list[Finding]:
    """All findings: identities that fall apart, the least alike first; identities that match, the most alike first;
    then faces of low quality, and duplicates.
    """
    by_identity: dict[str, list[int]] = {}
    for position, face in enumerate(enrolled.faces):
        if identity := identity_of(face):
            by_identity.setdefault(identity, []).append(position)
    apart = [
        finding
        for identity, members in by_identity.items()
        if len(members) > 1 and (finding := _split(identity, members, enrolled, curve))
    ]
    pairs = list(_alike(enrolled, curve))
    alike = [pair for pair in pairs if pair.kind is not Kind.DUPLICATE]
    duplicates = [pair for pair in pairs if pair.kind is Kind.DUPLICATE]
    low = [_low(face) for face in enrolled.faces if face.confidence < _least_confidence()]
    return [
        *sorted(apart, key=lambda finding: finding.similarity or 0.0),
        *sorted(alike, key=lambda finding: -(finding.similarity or 0.0)),
        *low,
        *duplicates,
    ]


def identity_of(face: EnrolledFace) -> str | None:
    """As whom a face is enrolled; None for a face that nobody named."""
    return face.user_id or face.external_image_id


def _split(identity: str, members: Sequence[int], enrolled: Enrolled, curve: Curve) -> Finding | None:
    """The two parts of an identity with the weakest link between them, if that is weak."""
    vectors = enrolled.vectors[members]
    distances = np.clip(1.0 - vectors @ vectors.T, 0.0, 2.0).astype(np.float64)
    np.fill_diagonal(distances, 0.0)
    tree = linkage(squareform(distances, checks=False), "single")
    similarity = curve.similarity(1.0 - float(tree[-1, 2]))
    if similarity >= APART_UNDER:
        return None
    part = fcluster(tree, 2, "maxclust")
    sides = [tuple(enrolled.faces[members[i]] for i in np.flatnonzero(part == side).tolist()) for side in (1, 2)]
    small, large = sorted(sides, key=len)
    return Finding(Kind.APART, (identity,), small, large, similarity)


def _alike(enrolled: Enrolled, curve: Curve) -> Iterator[Finding]:
    """The best pair of each two identities that are alike, and every pair of duplicates in one."""
    best: dict[tuple[str, str], tuple[float, int, int]] = {}
    lengths = np.linalg.norm(enrolled.vectors, axis=1).tolist()
    for one, other, score in _pairs_above(enrolled.vectors, min(curve.score(ALIKE_FROM), REPEAT_SCORE)):
        first, second = (_name(enrolled.faces[position]) for position in (one, other))
        if first != second:
            key = (min(first, second), max(first, second))
            best[key] = max(best.get(key, (score, one, other)), (score, one, other))
        elif score >= REPEAT_SCORE * lengths[one] * lengths[other]:
            yield _pair(Kind.DUPLICATE, (first,), enrolled, (one, other), curve.similarity(score))
    for identities, (score, one, other) in best.items():
        same = score >= REPEAT_SCORE * lengths[one] * lengths[other]
        kind = Kind.SAME_PHOTOGRAPH if same else Kind.ALIKE
        yield _pair(kind, identities, enrolled, (one, other), curve.similarity(score))


def _name(face: EnrolledFace) -> str:
    """As whom a face is compared with others: one that nobody named is somebody of its own."""
    return identity_of(face) or face.face_id


def _pair(
    kind: Kind, identities: tuple[str, ...], enrolled: Enrolled, pair: tuple[int, int], similarity: float
) -> Finding:
    one, other = (enrolled.faces[position] for position in pair)
    return Finding(kind, identities, (one,), (other,), similarity)


def _pairs_above(vectors: FloatArray, score: float) -> Iterator[tuple[int, int, float]]:
    """Pairs of rows that score at least so much, block by block: no matrix of all scores is held."""
    for top in range(0, len(vectors), _BLOCK):
        for left in range(top, len(vectors), _BLOCK):
            scores = vectors[top : top + _BLOCK] @ vectors[left : left + _BLOCK].T
            rows, columns = np.nonzero(np.triu(scores, 1) >= score if top == left else scores >= score)
            found = zip((rows + top).tolist(), (columns + left).tolist(), scores[rows, columns].tolist(), strict=True)
            yield from found


def _least_confidence() -> float:
    demands = DEMANDS["AUTO"]
    return demands.confidence if demands else 0.0


def _low(face: EnrolledFace) -> Finding:
    return Finding(Kind.LOW_QUALITY, (_name(face),), (face,), (), None)


def describe(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Findings as JSON: faces by their ids."""
    return [
        {
            "finding": finding.kind.value,
            "identities": list(finding.identities),
            "suspects": [face.face_id for face in finding.suspects],
            "others": [face.face_id for face in finding.others],
            "similarity": None if finding.similarity is None else round(finding.similarity, 2),
        }
        for finding in findings
    ]
