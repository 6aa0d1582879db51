"""Analysis: a clip in, the people in it over time out. The main path of stored video:

    frames -> look (faces, bodies, embeddings) -> track -> link -> identify, once for each person

Frames are decoded in a thread of their own and looked at by several; what they show is put together in order. Of a
frame nothing is kept but what was seen in it, and of each person the few best pictures of the face.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from recognizance.video.clip import Clip, Frame
from recognizance.video.identify import Identifier
from recognizance.video.linking import link
from recognizance.video.look import Looker
from recognizance.video.scene import CutFinder
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


@dataclass(frozen=True, slots=True)
class Seen:
    """What a frame shows."""

    time_ms: int
    cut: bool
    sightings: list[Sighting]
    pixels: NDArray[np.uint8]


def follow(  # noqa: PLR0913 - what is looked for, how, and whom to tell
    clip: Clip, looker: Looker, *, rate: float, identifier: Identifier | None, threads: int, progress: Progress
) -> list[Track]:
    """The people of a clip, each with all sightings and, with an `identifier`, who of a collection it is.

    Raises VideoError where the clip breaks off, and whatever the identifier raises.
    """
    tracker = Tracker()
    for seen in watch(clip, looker, rate=rate, threads=threads):
        if seen.cut:
            tracker.cut()
        stretches = tracker.update(seen.time_ms, seen.sightings)
        if identifier is not None:
            identifier.keep(stretches, seen.pixels)
        progress(seen.time_ms)
    tracks = link(tracker.finish())
    return tracks if identifier is None else [identifier.decide(track) for track in tracks]


def watch(clip: Clip, looker: Looker, *, rate: float, threads: int) -> Iterator[Seen]:
    """What the frames of a clip show, in order of time."""
    finder = CutFinder()

    def look(frame: Frame) -> list[Sighting]:
        return looker.look(frame)

    with ThreadPoolExecutor(threads, thread_name_prefix="look") as pool:
        for frame, sightings in side_by_side(pool, look, clip.frames(rate), ahead=AHEAD * threads):
            yield Seen(frame.time_ms, finder.cuts(frame.pixels), sightings, frame.pixels)


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
