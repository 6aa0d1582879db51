"""How well and how fast people in videos are followed and recognised, on composed clips whose truth is known.

    python benchmarks/video.py PHOTOGRAPHS DATA [CASTS]

PHOTOGRAPHS is the folder of test photographs, DATA a data folder, where weights are kept. Each script of `scenes` is
played by as many CASTS (2) of members of the US Congress. Of the first cast everybody is enrolled, of the others every
second person, each with a photograph that is not on the clip, among others of the set. `plain` is what a program does
that detects and searches every frame that is looked at, and takes who is found for the track.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compose import Cast, Composed, Portrait, Script, compose
from judge import Answer, Shown, Verdict
from recognizance.bench.enrolled import open_gallery
from recognizance.evaluation.curve import load_curve
from recognizance.evaluation.dataset import load
from recognizance.models.catalog import DEFAULT_PACK
from recognizance.models.fetch import pull
from recognizance.ports import Gallery, Vision
from recognizance.settings import available_cores, load_settings
from recognizance.values import NewFace
from recognizance.video.analysis import FACES_RATE, PEOPLE_RATE, follow
from recognizance.video.clip import Clip
from recognizance.video.identify import Identifier, Search, crop
from recognizance.video.look import FindBodies, Looker
from recognizance.vision.decode import open_photo
from recognizance.vision.people import open_people
from recognizance.vision.pipeline import build_vision
from scenes import SCRIPTS, two

COLLECTION = "congress"
THRESHOLD = 80.0  # the default FaceMatchThreshold
MOST_PEOPLE = 200  # enrolled beside the cast


def main() -> int:
    """Compose, follow, judge, print."""
    if len(sys.argv) not in {3, 4}:
        print(__doc__)
        return 2
    photographs, data, casts = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if sys.argv[3:] else 2
    folder = load_settings({"data": data}).models_folder
    pull(DEFAULT_PACK, folder)
    vision, threads = build_vision(DEFAULT_PACK, folder), available_cores()
    people = read_people(photographs / "congress", vision)
    with tempfile.TemporaryDirectory() as scratch, open_gallery(Path(scratch) / "data", DEFAULT_PACK) as gallery:
        needed = max(script.people for script in SCRIPTS)
        players = people.with_several(needed * casts)
        enrolled = set(players[:needed]) | set(players[needed::2])
        enrol(gallery, vision, people, enrolled, set(players))
        search = searcher(gallery, vision)
        casts_of = [[people.shown(name) for name in players[place * needed :][:needed]] for place in range(casts)]
        portraits = [portrait for cast in casts_of for player in cast for portrait in player]
        stage = Stage(vision, open_people(folder), search, threads, on_stills(portraits, search, enrolled))
        stage.judge(casts_of)
        stage.time(casts_of[0])
    return 0


def on_stills(portraits: Sequence[Portrait], search: Search, enrolled: set[str]) -> set[str]:
    """The enrolled people of whom a search finds every portrait as it is; no video can do more than that."""
    found = [(one.person, {match["Face"]["FaceId"] for match in search(one.pixels)}) for one in portraits]
    missed = {person for person, names in found if person in enrolled and person not in names}
    wrong = sum(bool(names - {person}) for person, names in found)
    print(
        f"on the stills: {len(missed)} of {len(enrolled)} people are missed and not counted below, {wrong} pictures of"
    )
    print(f"{len(portraits)} are taken for somebody else", flush=True)
    return enrolled - missed


@dataclass(frozen=True, slots=True)
class Stage:
    """Plays clips to both sides."""

    vision: Vision
    find_bodies: FindBodies
    search: Search
    threads: int
    enrolled: set[str]

    def judge(self, casts: Sequence[Cast]) -> None:
        """Print how well each does on each script, and on all of them."""
        sides: dict[str, Callable[[Composed], Answer]] = {"recognizance": self.follow, "plain": self.plain}
        every = {side: Verdict() for side in sides}
        for script in SCRIPTS:
            own = {side: Verdict() for side in sides}
            for number, cast in enumerate(casts):
                clip = compose(script, cast)
                for side, answer in sides.items():
                    found = answer(clip)
                    for verdict in (own[side], every[side]):
                        verdict.add(f"{script.name} {number}", clip, found, self.enrolled)
            show(script.name, own)
        show("all", every)

    def follow(self, clip: Composed) -> Answer:
        """What Recognizance finds."""
        answer: dict[int, list[Shown]] = {ms: [] for ms in looked_at(clip)}
        with Clip(io.BytesIO(clip.video)) as opened:
            tracks = follow(
                opened,
                Looker(self.vision),
                rate=FACES_RATE,
                identifier=Identifier(self.search),
                threads=self.threads,
                progress=lambda _: None,
            )
        for track in tracks:
            names = frozenset(match.face["FaceId"] for match in track.matches)
            for sighting in track.sightings:
                if sighting.face is not None:
                    answer[sighting.time_ms].append(Shown(str(track.index), sighting.face.box, names))
        return answer

    def plain(self, clip: Composed) -> Answer:
        """What is found frame by frame: a name makes a track, and those without one are numbered in each frame."""
        answer = {}
        with Clip(io.BytesIO(clip.video)) as opened:
            for frame in opened.frames(FACES_RATE):
                answer[frame.time_ms] = [
                    Shown(min(names, default=f"unknown {place}"), face.box, names)
                    for place, face in enumerate(self.vision.detect(self.vision.frame(frame.pixels)))
                    for names in [frozenset(m["Face"]["FaceId"] for m in self.search(crop(frame.pixels, face.box)))]
                ]
        return answer

    def time(self, cast: Cast) -> None:
        """Print how fast it is with two people, beside the time that the clip takes."""
        clip = compose(Script("two for long", 20, two, 2), cast)
        for name, rate, identifier, bodies in (
            ("face search", FACES_RATE, Identifier(self.search), None),
            ("person tracking", PEOPLE_RATE, None, self.find_bodies),
        ):
            begun, worked = time.perf_counter(), time.process_time()
            with Clip(io.BytesIO(clip.video)) as opened:
                looker = Looker(self.vision, bodies)
                follow(opened, looker, rate=rate, identifier=identifier, threads=self.threads, progress=lambda _: None)
            took, worked = time.perf_counter() - begun, time.process_time() - worked
            print(
                f"{name}, 720p30, two people: {clip.script.seconds / took:.1f} x real time; "
                f"{worked / clip.script.seconds:.2f} s of one core for each second of video"
            )


def looked_at(clip: Composed) -> list[int]:
    """The ms at which a clip is looked at."""
    with Clip(io.BytesIO(clip.video)) as opened:
        return [frame.time_ms for frame in opened.frames(FACES_RATE)]


def show(title: str, verdicts: Mapping[str, Verdict]) -> None:
    """Print a line for each side."""
    for side, verdict in verdicts.items():
        print(f"{title:24}{side:16}", *(f"{name} {value:12}" for name, value in verdict.row().items()), flush=True)


@dataclass(frozen=True, slots=True)
class People:
    """Photographs by person, one for each capture; and their portraits."""

    captures: Mapping[str, list[Path]]
    vision: Vision

    def with_several(self, count: int) -> list[str]:
        """People with three photographs or more."""
        return [name for name, paths in self.captures.items() if len(paths) >= 3][:count]

    def enrolled(self, name: str) -> Path:
        """The photograph by which a person is enrolled."""
        return self.captures[name][0]

    def shown(self, name: str) -> list[Portrait]:
        """Portraits of a person that are not enrolled."""
        return [portrait for path in self.captures[name][1:] if (portrait := self._portrait(name, path))]

    def _portrait(self, name: str, path: Path) -> Portrait:
        pixels = open_photo(path.read_bytes(), max_pixels=10**7).sampled(1).pixels
        face = self.vision.detect(self.vision.frame(pixels))[0]
        return Portrait(name, pixels, face.box)


def read_people(folder: Path, vision: Vision) -> People:
    """The people of a set."""
    captures: dict[str, dict[int, Path]] = defaultdict(dict)
    for photograph in load([folder]).photographs:
        captures[photograph.person].setdefault(photograph.capture, photograph.path)
    return People({name: list(paths.values()) for name, paths in sorted(captures.items())}, vision)


def enrol(gallery: Gallery, vision: Vision, people: People, enrolled: set[str], players: set[str]) -> None:
    """Enrol some players, and others who are on no clip."""
    now = datetime.now(UTC)
    gallery.create_collection(COLLECTION, space=vision.space, model_version=vision.model_version, tags={}, now=now)
    others = [name for name in people.captures if name not in players][:MOST_PEOPLE]
    for name in [*sorted(enrolled), *others]:
        photo = vision.open(people.enrolled(name).read_bytes())
        [embedding] = vision.embed(photo, vision.detect(photo)[:1])
        face = NewFace(embedding, (0.1, 0.1, 0.5, 0.5), 1.0)
        gallery.enrol(COLLECTION, [face], image_id=name, external_image_id=name.replace("/", ":"), now=now)


def searcher(gallery: Gallery, vision: Vision) -> Search:
    """What the server does for a worker: the largest face of a picture, searched."""
    curve = load_curve(vision.space)

    def search(pixels: NDArray[np.uint8]) -> list[dict[str, Any]]:
        photo = vision.frame(pixels)
        faces = vision.detect(photo)[:1]
        if not faces:
            return []
        [probe] = vision.embed(photo, faces)
        found = gallery.search(COLLECTION, probe, limit=5, min_score=curve.score(THRESHOLD))
        return [
            {
                "Face": {"FaceId": (m.face.external_image_id or "").replace(":", "/")},
                "Similarity": curve.similarity(m.score),
            }
            for m in found
        ]

    return search


if __name__ == "__main__":
    sys.exit(main())
