"""ACLU test: labelled probes and a gallery of other people in, how many probes a server takes for somebody out.

In 2018 the ACLU searched all 535 members of Congress among 25,000 arrest photographs with the default settings of
Amazon Rekognition, and 28 of them matched somebody. Here the same is asked of a server through its API: every person
once, at the settings of a client that sets nothing, then at thresholds that hold as they are asked for, without the
gallery-aware one. Then the probes' own first photographs are enrolled too, and second photographs are searched: a
threshold that matches nobody must not look good.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from recognizance.audit.groups import Group, find_groups
from recognizance.audit.levels import FPIR_GOAL, MISS_GOAL, describe_cell, rate_cell
from recognizance.audit.open_set import fpir_by_formula
from recognizance.audit.protocol import EVERYBODY
from recognizance.audit.worst import image_id
from recognizance.evaluation.dataset import Dataset, DatasetError, Photograph
from recognizance.evaluation.embeddings import Progress
from recognizance.evaluation.intervals import wilson
from recognizance.ports import Result
from recognizance.wire.faults import Fault

FORMAT = "recognizance-aclu/2"

MATCHED_2018, PROBES_2018, GALLERY_2018 = 28, 535, 25_000

_NO_FACE = frozenset({"InvalidParameterException", "InvalidImageFormatException", "ImageTooLargeException"})
"""How the API says that a picture shows nobody, or cannot be read."""

_TAG, _HEADER = "recognizance:gallery-threshold", "x-recognizance-threshold"

Ask = Callable[[str, dict[str, Any]], Result]
"""Answers an API operation, given its members."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What the client asks for, None being nothing, and whether the gallery-aware threshold may raise it."""

    threshold: float | None
    gallery_threshold: bool


SETTINGS = (Setting(None, True), Setting(80.0, False), Setting(95.0, False), Setting(99.0, False))


@dataclass(frozen=True, slots=True)
class Roles:
    """Who does what: pictures to enrol, one probe for each person, and second photographs of the same people."""

    gallery: tuple[Photograph, ...]
    probes: tuple[Photograph, ...]
    second: tuple[Photograph, ...]
    in_gallery: int
    """People among the probes who are in the gallery, and so left out."""


@dataclass(frozen=True, slots=True)
class Search:
    """What came of a probe: the best candidates as (person, similarity), () if the picture failed.

    `threshold` is what the server says of the one that held, None if the picture failed.
    """

    probe: Photograph
    candidates: tuple[tuple[str, float], ...]
    threshold: str | None

    @property
    def found_mate(self) -> bool:
        """Whether the person himself is among the candidates."""
        return any(person == self.probe.person for person, _ in self.candidates)


def cast(dataset: Dataset, probe_set: str, *, where: Mapping[str, str]) -> Roles:
    """Give everybody a role. People of the set `probe_set` whose columns are as `where` says are probes.

    Raises DatasetError where nobody is left to search with or to enrol.
    """
    gallery = tuple(photo for photo in dataset.photographs if photo.set_name != probe_set)
    people = {photo.person for photo in gallery}
    chosen = [photo for photo in dataset.photographs if photo.set_name == probe_set and _fits(photo, where)]
    by_person: dict[str, list[Photograph]] = {}
    for photo in chosen:
        by_person.setdefault(photo.person, []).append(photo)
    others = {person: photos for person, photos in by_person.items() if person not in people}
    if not gallery or not others:
        asked = "".join(f" with {column} {value}" for column, value in where.items())
        raise DatasetError(
            f"{len(others)} people{asked} to search with and {len(gallery)} pictures to enrol; need both"
        )
    probes = [photos[0] for photos in others.values()]
    second = [p for photos in others.values() for p in _others(photos)[:1]]
    return Roles(gallery, tuple(probes), tuple(second), len(by_person) - len(others))


@dataclass(frozen=True, slots=True)
class Trial:
    """A collection on a server that the test has for itself, and how many requests are made at once."""

    ask: Ask
    collection: str
    workers: int

    def enrol(self, photographs: Sequence[Photograph], *, after: int, progress: Callable[[], None]) -> int:
        """Enrol the largest face of each picture; how many pictures gave one. Faces are named from `after` on."""
        numbered = enumerate(photographs, start=after)
        return sum(1 for enrolled in self._side_by_side(self._enrol_one, numbered, progress) if enrolled)

    def search(
        self, probes: Sequence[Photograph], people: Sequence[str], *, progress: Callable[[], None]
    ) -> dict[Setting, list[Search]]:
        """Search every probe at each setting.

        `people` names whose the pictures are, by the number that they were enrolled under.
        """
        found = {}
        for setting in SETTINGS:
            self._set(setting)
            search = partial(self._search_one, threshold=setting.threshold, people=people)
            found[setting] = list(self._side_by_side(search, probes, progress))
        return found

    def _set(self, setting: Setting) -> None:
        """Have the collection take part in the gallery-aware threshold, or opt out of it."""
        arn = self.ask("DescribeCollection", {"CollectionId": self.collection}).body["CollectionARN"]
        if setting.gallery_threshold:
            self.ask("UntagResource", {"ResourceArn": arn, "TagKeys": [_TAG]})
        else:
            self.ask("TagResource", {"ResourceArn": arn, "Tags": {_TAG: "off"}})

    def _side_by_side(
        self, work: Callable[[Any], Any], items: Iterable[Any], progress: Callable[[], None]
    ) -> Iterator[Any]:
        with ThreadPoolExecutor(self.workers) as pool:
            for result in pool.map(work, items):
                progress()
                yield result

    def _enrol_one(self, numbered: tuple[int, Photograph]) -> bool:
        number, photo = numbered
        members = {"CollectionId": self.collection, "ExternalImageId": str(number), "MaxFaces": 1}
        result = self._with_picture("IndexFaces", photo, members)
        return result is not None and bool(result.body["FaceRecords"])

    def _search_one(self, photo: Photograph, *, threshold: float | None, people: Sequence[str]) -> Search:
        members = {"CollectionId": self.collection, "FaceMatchThreshold": threshold}
        result = self._with_picture("SearchFacesByImage", photo, members)
        if result is None:
            return Search(photo, (), None)
        matches = result.body["FaceMatches"]
        found = ((people[int(match["Face"]["ExternalImageId"])], match["Similarity"]) for match in matches)
        return Search(photo, tuple(found), result.headers[_HEADER])

    def _with_picture(self, operation: str, photo: Photograph, members: dict[str, Any]) -> Result | None:
        """The answer, or None where the picture shows nobody or cannot be read: a failure, which is counted."""
        try:
            return self.ask(operation, members | {"Image": {"Bytes": photo.path.read_bytes()}})
        except Fault as fault:
            if fault.code not in _NO_FACE:
                raise
            return None


def run_test(
    roles: Roles, trial: Trial, *, columns: Sequence[str], today: date, progress: Progress | None = None
) -> dict[str, Any]:
    """Enrol, search, enrol the probes too, and search again. Raises GroupingError for a column without values."""
    groups = _groups(roles.probes, columns), _groups(roles.second, columns)
    total = len(roles.gallery) + len(roles.probes) + len(SETTINGS) * (len(roles.probes) + len(roles.second))
    step = _Steps(total, progress)
    people = [photo.person for photo in (*roles.gallery, *roles.probes)]
    enrolled = trial.enrol(roles.gallery, after=0, progress=step)
    strangers = trial.search(roles.probes, people, progress=step)
    trial.enrol(roles.probes, after=len(roles.gallery), progress=step)
    mated = trial.search(roles.second, people, progress=step)
    gallery_people = len({photo.person for photo in roles.gallery})
    return {
        "format": FORMAT,
        "date": today.isoformat(),
        "gallery": {"pictures": len(roles.gallery), "people": gallery_people, "enrolled": enrolled},
        "probes": {"people": len(roles.probes), "second_photographs": len(roles.second), "left_out": roles.in_gallery},
        "year_2018": _describe_2018(len(roles.probes), enrolled),
        "settings": [
            {
                "threshold": at.threshold,
                "gallery_threshold": at.gallery_threshold,
                "held": next((search.threshold for search in strangers[at] if search.threshold), None),
                "false_matches": _describe(groups[0], [bool(s.candidates) for s in strangers[at]], goal=FPIR_GOAL),
                "misses": _describe(groups[1], [not s.found_mate for s in mated[at]], goal=MISS_GOAL),
                "matched": [_describe_match(search) for search in strangers[at] if search.candidates],
            }
            for at in SETTINGS
        ],
    }


@dataclass(slots=True)
class _Steps:
    """Counts what is done, and tells."""

    total: int
    report: Progress | None
    done: int = 0

    def __call__(self) -> None:
        self.done += 1
        if self.report:
            self.report(self.done, self.total)


def _fits(photo: Photograph, where: Mapping[str, str]) -> bool:
    return all(photo.columns.get(column) == value for column, value in where.items())


def _others(photos: Sequence[Photograph]) -> list[Photograph]:
    """Other photographs than the first, not the first exported again."""
    return [photo for photo in photos[1:] if photo.capture != photos[0].capture]


def _groups(photographs: Sequence[Photograph], columns: Sequence[str]) -> dict[str, list[int]]:
    everybody = {EVERYBODY: list(range(len(photographs)))}
    if not photographs:
        return everybody
    partitions = find_groups([photo.columns for photo in photographs], columns)
    groups: list[Group] = [group for some in partitions.values() for group in some]
    return everybody | {group.name: group.members.tolist() for group in groups}


def _describe(groups: Mapping[str, Sequence[int]], wrong: Sequence[bool], *, goal: float) -> list[dict[str, Any]]:
    """The rate of each group, one search a person; none where nobody of it was searched."""
    rows = []
    for name, members in groups.items():
        if members:
            rate = wilson(sum(wrong[position] for position in members), len(members))
            rows.append({"group": name, **describe_cell(rate_cell(name, rate, people=len(members), goal=goal))})
    return rows


def _describe_match(search: Search) -> dict[str, Any]:
    person, similarity = search.candidates[0]
    return {"probe": image_id(search.probe), "candidate": person, "similarity": round(similarity, 2)}


def _describe_2018(probes: int, enrolled: int) -> dict[str, Any]:
    """What the rate of 2018 would be here: the same false match rate for a pair, with this many enrolled."""
    rate = wilson(MATCHED_2018, PROBES_2018)
    here = [
        fpir_by_formula(-math.expm1(math.log1p(-fpir) / GALLERY_2018), enrolled)
        for fpir in (rate.value, rate.low, rate.high)
    ]
    expected, low, high = (round(probes * fpir, 2) for fpir in here)
    return {
        "matched": MATCHED_2018,
        "probes": PROBES_2018,
        "gallery": GALLERY_2018,
        "expected_here": expected,
        "interval_95": [low, high],
    }
