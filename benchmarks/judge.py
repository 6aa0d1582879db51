"""What was found on composed clips, beside what is on them. The judge of tracks is a published one, trackeval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from trackeval.metrics import HOTA, Identity

from compose import Composed, Truth
from recognizance.values import Box
from recognizance.video.track import corners, overlaps

QUIET = {"PRINT_CONFIG": False}
LEAST_FACE_PX, LEAST_MS = 60, 1_000  # from where and how long an enrolled person has to be found


@dataclass(frozen=True, slots=True)
class Shown:
    """A face in an answer: whose track it is on, and who that is taken for."""

    track: str
    box: Box
    names: frozenset[str]


Answer = Mapping[int, Sequence[Shown]]
"""By ms, also those at which nobody was found."""


@dataclass(slots=True)
class Verdict:
    """What came of one or more clips."""

    tracks: dict[str, tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=dict)
    due: int = 0
    """Enrolled people who have to be found."""
    found: int = 0
    false: int = 0
    """Names given to tracks of somebody else."""
    late_ms: list[int] = field(default_factory=list)
    """Between the first appearance of those who were found, and what the answer says of it."""

    def add(self, name: str, clip: Composed, answer: Answer, enrolled: set[str]) -> None:
        """Judge the answer to a clip."""
        data = _sequence(clip, answer)
        self.tracks[name] = HOTA().eval_sequence(data), Identity(QUIET).eval_sequence(data)
        for person in enrolled & _due(clip):
            self.due += 1
            times = [ms for ms, shown in answer.items() if any(person in face.names for face in shown)]
            if times:
                self.found += 1
                self.late_ms.append(_away(min(times), _first(clip, person)))
        self.false += len(_false(clip, answer))

    def row(self) -> dict[str, str]:
        """The figures in words."""
        hota = HOTA().combine_sequences({name: one for name, (one, _) in self.tracks.items()})
        identity = Identity(QUIET).combine_sequences({name: other for name, (_, other) in self.tracks.items()})
        return {
            "IDF1": f"{identity['IDF1']:.3f}",
            "HOTA": f"{np.mean(hota['HOTA']):.3f}",
            "found": f"{self.found} of {self.due}",
            "false": str(self.false),
            "late, ms": str(max(self.late_ms, default=0)),
        }


def _sequence(clip: Composed, answer: Answer) -> dict[str, Any]:
    """The clip as trackeval takes it. What was found of faces that are partly hidden does not count."""
    people, tracks = _Numbers(), _Numbers()
    there, found, alike = [], [], []
    for ms, shown in sorted(answer.items()):
        sure = [face for face in clip.truth[ms] if face.sure]
        hidden = [face for face in clip.truth[ms] if not face.sure]
        counted = [face for face in shown if not _near(face, hidden) or _near(face, sure)]
        there.append(np.array([people.of(face.person) for face in sure], int))
        found.append(np.array([tracks.of(face.track) for face in counted], int))
        alike.append(overlaps(corners([face.box for face in sure]), corners([face.box for face in counted])))
    return {
        "num_timesteps": len(there),
        "gt_ids": there,
        "tracker_ids": found,
        "similarity_scores": alike,
        "num_gt_ids": len(people),
        "num_tracker_ids": len(tracks),
        "num_gt_dets": sum(map(len, there)),
        "num_tracker_dets": sum(map(len, found)),
    }


class _Numbers(dict[str, int]):
    """Numbers from 0 for names as they come."""

    def of(self, name: str) -> int:
        return self.setdefault(name, len(self))


def _near(face: Shown, truth: Sequence[Truth], least: float = 0.2) -> list[Truth]:
    """Those whose place a found face has."""
    shares = overlaps(corners([face.box]), corners([one.box for one in truth]))[0]
    return [one for one, share in zip(truth, shares.tolist(), strict=True) if share >= least]


def _due(clip: Composed) -> set[str]:
    """People whose face is large enough for long enough."""
    large = Counter(face.person for faces in clip.truth.values() for face in faces if _is_large(face))
    step = max(clip.truth) / (len(clip.truth) - 1)
    return {person for person, frames in large.items() if frames * step >= LEAST_MS}


def _is_large(face: Truth) -> bool:
    return face.sure and face.box.width >= LEAST_FACE_PX


def _first(clip: Composed, person: str) -> tuple[int, int]:
    """When a person begins to be seen, and when the whole face is."""
    seen = [(ms, face.sure) for ms, faces in clip.truth.items() for face in faces if face.person == person]
    return min(ms for ms, _ in seen), min(ms for ms, sure in seen if sure)


def _away(ms: int, stretch: tuple[int, int]) -> int:
    return max(stretch[0] - ms, ms - stretch[1], 0)


def _false(clip: Composed, answer: Answer) -> set[tuple[str, str]]:
    """Tracks and names that were given to them, where the face is another person's or nobody's."""
    return {
        (face.track, name)
        for ms, shown in answer.items()
        for face in shown
        for name in face.names
        if name not in {truth.person for truth in _near(face, clip.truth[ms])}
    }
