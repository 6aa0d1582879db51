"""Runner: a processor in, records of its camera out until it is told to stop. The main path of live video:

    source -> look (faces, embeddings) -> people (search, now and then) -> record -> sink

A camera that does not answer is tried again, with longer and longer pauses. A search that a rule forbids ends the run.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from recognizance.errors import InvalidRequestError
from recognizance.live.addresses import Addresses
from recognizance.live.limits import Limits, read_limits
from recognizance.live.people import People, Person
from recognizance.live.sink import KinesisLogin, Send, SinkError, open_sink
from recognizance.live.source import Shot, Source, SourceError
from recognizance.ports import Clock, Vision
from recognizance.stream import StreamProcessor
from recognizance.video.identify import Search
from recognizance.video.look import Looker

RATE = 5.0
"""Frames a second that are looked at, at most."""

PAUSES_S = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Between tries while a camera does not answer; the last one from then on."""

CHECK_S = 1.0
"""How often it is asked whether live search is still allowed, whoever is there."""

_WAIT_S = 0.5  # for a frame, before it is seen whether the run is to end

Present = Callable[[StreamProcessor, Shot, list[Person], "Health"], Mapping[str, Any]]
"""The record of a frame, as clients know it."""


class RefusedError(Exception):
    """Live search is not allowed, or no longer. The text is what the owner is told."""


@dataclass(slots=True)
class Health:
    """How a run goes; written by the run, read by metrics and records."""

    lag_s: float = 0.0
    """From the arrival of the newest frame to its record."""
    dropped: int = 0
    lost: int = 0
    """Records that could not be sent."""
    frames: int = 0


class Rules(Protocol):
    """What a run may do, asked anew each time."""

    def require(self, processor: StreamProcessor) -> None:
        """Raise RefusedError where live search is not allowed now."""

    def search_for(self, processor: StreamProcessor) -> Search:
        """The search that a processor is due; it raises RefusedError."""


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs processors, each in a thread of its caller's."""

    vision: Vision
    rules: Rules
    addresses: Addresses
    login: KinesisLogin
    present: Present
    clock: Clock

    def run(
        self,
        processor: StreamProcessor,
        stop: threading.Event,
        health: Health,
        tell: Callable[[str | None], None],
    ) -> None:
        """Work until `stop` is set; `tell` is told what the run waits for, None while all is well.

        Raises RefusedError.
        """
        try:
            camera = self.addresses.source(processor.source_arn)
            target = self.addresses.target(processor.target_arn)
            limits = read_limits(processor.tags)
        except InvalidRequestError as error:  # the operator has changed the table since the processor was made
            raise RefusedError(str(error)) from error
        people = People(self.rules.search_for(processor))
        send = open_sink(target, processor.target_arn, self.login)
        failures = 0
        while not stop.is_set():
            self.rules.require(processor)
            try:
                with Source(camera) as source:
                    tell(None)
                    failures = 0
                    self._watch(_Run(processor, source, people, send, limits, health), stop, tell)
            except SourceError as error:
                tell(f"{error}; trying again")
                stop.wait(PAUSES_S[min(failures, len(PAUSES_S) - 1)])
                failures += 1

    def _watch(self, run: _Run, stop: threading.Event, tell: Callable[[str | None], None]) -> None:
        looker = Looker(self.vision)
        checked = time.monotonic()
        trouble: str | None = None
        while not stop.is_set():
            begun = time.monotonic()
            if begun - checked >= CHECK_S:
                self.rules.require(run.processor)
                checked = begun
            shot = run.source.take(_WAIT_S)
            if shot is None or not run.limits.watches(self.clock()):
                continue
            now_trouble = self._look(run, looker, shot)
            if now_trouble != trouble:
                trouble = now_trouble
                tell(trouble)
            stop.wait(max(0.0, 1 / RATE - (time.monotonic() - begun)))

    def _look(self, run: _Run, looker: Looker, shot: Shot) -> str | None:
        """Look at a frame and send its record; what is in the way, if anything."""
        height, width = shot.frame.pixels.shape[:2]
        sightings = [
            sighting
            for sighting in looker.look(shot.frame)
            if sighting.face is not None and run.limits.holds(sighting.face.box, width, height)
        ]
        people = run.people.see(shot.frame.time_ms, sightings, shot.frame.pixels)
        health = run.health
        health.frames += 1
        health.dropped = run.source.dropped
        health.lag_s = max(0.0, self.clock().timestamp() - shot.arrived)
        try:
            run.send(self.present(run.processor, shot, people, health))
        except SinkError as error:
            health.lost += 1
            return str(error)
        return None


@dataclass(frozen=True, slots=True)
class _Run:
    processor: StreamProcessor
    source: Source
    people: People
    send: Send
    limits: Limits
    health: Health
