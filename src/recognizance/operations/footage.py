"""Footage: a clip and what a job asks of it in, the entries of its answer out, as the Get operations show them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from recognizance.job import Job, JobResult
from recognizance.operations import present
from recognizance.ports import Vision
from recognizance.values import Box, Face
from recognizance.video.analysis import AHEAD, FACES_RATE, PEOPLE_RATE, Progress, follow, side_by_side
from recognizance.video.clip import Clip, Frame
from recognizance.video.identify import Identifier, Search
from recognizance.video.look import FindBodies, Looker
from recognizance.video.track import Sighting, Track

_UNSEEN_IN_VIDEO = frozenset({"FaceOccluded", "EyeDirection"})
"""Members that Rekognition leaves out of faces in video, also where ALL attributes are asked for."""


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in px of a clip's frames: all that presenting a face needs of its photo."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Footage:
    """Analyses clips; `search` gives the search that a job is due."""

    vision: Vision
    search: Callable[[Job], Search]
    open_bodies: Callable[[], FindBodies]
    """Gives a detector of people; called when people are to be tracked, which may bring its network first."""
    threads: int

    def analyse(self, clip: Clip, job: Job, progress: Progress) -> Iterable[JobResult]:
        """Entries in order of time. Raises VideoError, and what the search raises."""
        match job.request.operation:
            case "StartFaceDetection":
                return self._detect(clip, job.request.params.get("FaceAttributes", "DEFAULT"), progress)
            case "StartFaceSearch":
                identifier = Identifier(self.search(job))
                return self._search(clip, identifier, progress)
            case "StartPersonTracking":
                return self._track(clip, progress)
            case other:
                raise ValueError(f"no job is of the kind {other}")

    def _detect(self, clip: Clip, attributes: str, progress: Progress) -> Iterator[JobResult]:
        look = partial(_look_closely, self.vision, detailed=attributes == "ALL")
        size = Size(clip.info.width, clip.info.height)
        with ThreadPoolExecutor(self.threads, thread_name_prefix="look") as pool:
            frames = clip.frames(FACES_RATE)
            for frame, faces in side_by_side(pool, look, frames, ahead=AHEAD * self.threads):
                for face in faces:
                    yield JobResult({"Timestamp": frame.time_ms, "Face": _face(size, face, attributes)})
                progress(frame.time_ms)

    def _search(self, clip: Clip, identifier: Identifier, progress: Progress) -> Iterator[JobResult]:
        size = Size(clip.info.width, clip.info.height)
        tracks = follow(
            clip,
            Looker(self.vision),
            rate=FACES_RATE,
            identifier=identifier,
            threads=self.threads,
            progress=progress,
        )
        for track, sighting in in_order(tracks):
            matches = [{"Similarity": match.similarity, "Face": match.face} for match in track.matches]
            yield _result(size, track, sighting, {"FaceMatches": matches})

    def _track(self, clip: Clip, progress: Progress) -> Iterator[JobResult]:
        size = Size(clip.info.width, clip.info.height)
        tracks = follow(
            clip,
            Looker(self.vision, self.open_bodies()),
            rate=PEOPLE_RATE,
            identifier=None,
            threads=self.threads,
            progress=progress,
        )
        for track, sighting in in_order(tracks):
            yield _result(size, track, sighting, {})


def in_order(tracks: Iterable[Track]) -> list[tuple[Track, Sighting]]:
    """Every sighting with its track, by time, and by person within a frame."""
    every = [(track, sighting) for track in tracks for sighting in track.sightings]
    return sorted(every, key=lambda pair: (pair[1].time_ms, pair[0].index))


def _look_closely(vision: Vision, frame: Frame, *, detailed: bool) -> list[Face]:
    photo = vision.frame(frame.pixels)
    faces = vision.detect(photo)
    return [vision.describe(photo, face) for face in faces] if detailed else faces


def _result(size: Size, track: Track, sighting: Sighting, more: dict[str, Any]) -> JobResult:
    person: dict[str, Any] = {"Index": track.index}
    if sighting.body is not None:
        person["BoundingBox"] = _box(size, sighting.body)
    if sighting.face is not None:
        person["Face"] = _face(size, sighting.face, "DEFAULT")
    confidence = 100 * sighting.face.confidence if sighting.face is not None else 0.0
    return JobResult({"Timestamp": sighting.time_ms, "Person": person, **more}, track.index, confidence)


def _face(size: Size, face: Face, attributes: str) -> dict[str, Any]:
    shown = present.face_detail(size, face, {attributes})
    return _plain({name: value for name, value in shown.items() if name not in _UNSEEN_IN_VIDEO})


def _box(size: Size, box: Box) -> dict[str, float]:
    ratios = (box.left / size.width, box.top / size.height, box.width / size.width, box.height / size.height)
    return present.bounding_box(ratios)


def _plain(members: dict[str, Any]) -> dict[str, Any]:
    """Members as JSON keeps them: numbers of numpy become plain ones."""
    plain: dict[str, Any] = json.loads(json.dumps(members, default=float))
    return plain
