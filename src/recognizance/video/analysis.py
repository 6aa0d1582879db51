"""Analysis: a clip in, the people in it over time out. The main path of stored video:

    frames -> look (faces, bodies) -> track -> link -> identify, once for each person

Several threads look at frames while the next are decoded; what they show is put together in order. Faces are embedded
then, and only where the place alone does not tell whose they are. Of a frame nothing is kept but what was seen in it,
and of each stretch of a person the few best pictures of the face.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from recognizance.video.clip import Clip, Frame
from recognizance.video.identify import Identifier
from recognizance.video.linking import link
from recognizance.video.look import Looker
from recognizance.video.scene import CUT, STIR, ChangeMeter
from recognizance.video.track import Sighting, Track
from recognizance.video.tracking import Tracker

FACES_RATE = 5.0
"""Frames a second that are looked at for faces."""

PEOPLE_RATE = 10.0
"""Frames a second that are looked at for people: bodies cross faster than faces turn."""

AHEAD = 4
"""Frames for each thread that may be decoded and not yet put together."""

Item = TypeVar("Item")
Found = TypeVar("Found")

Progress = Callable[[int], None]
"""Told the ms of the clip that are done."""


Look = Callable[[Frame], list[Sighting]]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a frame shows, and how much the picture changed from the one before, 0..1."""

    frame: Frame
    change: float
    sightings: list[Sighting]

    @property
    def time_ms(self) -> int:
        """The frame's time."""
        return self.frame.time_ms

    @property
    def cut(self) -> bool:
        """Whether the frame begins a new scene."""
        return self.change >= CUT


def follow(  # noqa: PLR0913 - what is looked for, how, and whom to tell
    clip: Clip, looker: Looker, *, rate: float, identifier: Identifier | None, threads: int, progress: Progress
) -> list[Track]:
    """The people of a clip, each with all sightings and, with an `identifier`, who of a collection it is.

    Raises VideoError where the clip breaks off, and whatever the identifier raises.
    """
    tracker = Tracker()
    for seen in watch(clip, looker.glance, rate=rate, threads=threads):
        if seen.cut:
            tracker.cut()
        stretches = tracker.update(seen.time_ms, _recognise(looker, tracker, seen))
        if identifier is not None:
            identifier.keep(stretches, seen.frame.pixels)
        progress(seen.time_ms)
    tracks = link(tracker.finish())
    return tracks if identifier is None else list(_decided(tracks, identifier, progress))


def _decided(tracks: list[Track], identifier: Identifier, progress: Progress) -> Iterator[Track]:
    """Each track with who that is. It is told that the work goes on: searches may take long."""
    for track in tracks:
        yield identifier.decide(track)
        progress(track.sightings[-1].time_ms)


def _recognise(looker: Looker, tracker: Tracker, seen: Seen) -> list[Sighting]:
    """The sightings, with embeddings where the tracker needs them, and wherever somebody else may have come in."""
    everything = list(range(len(seen.sightings)))
    places = everything if seen.change >= STIR else tracker.doubts(seen.time_ms, seen.sightings)
    return looker.recognise(seen.frame, seen.sightings, places)


def watch(clip: Clip, look: Look, *, rate: float, threads: int) -> Iterator[Seen]:
    """What the frames of a clip show, in order of time; `look` is called from several threads."""
    meter = ChangeMeter()
    with ThreadPoolExecutor(threads, thread_name_prefix="look") as pool:
        for frame, sightings in side_by_side(pool, look, clip.frames(rate), ahead=AHEAD * threads):
            yield Seen(frame, meter.change(frame.pixels), sightings)


def side_by_side(
    pool: ThreadPoolExecutor, work: Callable[[Item], Found], items: Iterable[Item], *, ahead: int
) -> Iterator[tuple[Item, Found]]:
    """Each item with what `work` makes of it, in the items' order, with at most `ahead` of them begun and not given."""
    begun: deque[tuple[Item, Future[Found]]] = deque()
    for item in items:
        begun.append((item, pool.submit(work, item)))
        if len(begun) >= ahead:
            first, future = begun.popleft()
            yield first, future.result()
    for item, future in begun:
        yield item, future.result()
