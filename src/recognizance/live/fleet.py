"""Fleet: the stream processors of an installation: their rows, and a thread for each that runs.

The row says what is wanted, and outlives the process: what was running when the server ended runs again when it starts.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection

from recognizance.errors import StreamBusyError
from recognizance.live.addresses import Addresses
from recognizance.live.runner import Health, RefusedError
from recognizance.storage import streams as rows
from recognizance.storage.database import Database
from recognizance.stream import ACTIVE, Starter, StreamProcessor, StreamState

Run = Callable[[StreamProcessor, threading.Event, Health, Callable[[str | None], None]], None]
"""Runs a processor until the event is set (`runner.Runner.run`)."""

_AT_WORK = (StreamState.STARTING, StreamState.RUNNING)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Running:
    thread: threading.Thread
    stop: threading.Event
    health: Health


class Fleet:
    """Makes, starts, stops and removes processors. Safe to call from several threads. Close it when done."""

    def __init__(self, database: Database, addresses: Addresses, clock: Callable[[], datetime]) -> None:
        self._database, self._addresses, self._clock = database, addresses, clock
        self._run: Run | None = None
        self._running: dict[str, _Running] = {}
        self._lock = threading.RLock()
        self._closing = False

    def create(self, name: str, params: dict[str, Any], *, now: datetime) -> None:
        """Make a processor, stopped.

        Raises StreamBusyError where the name is taken, InvalidRequestError where the operator knows its ARNs not.
        """
        self._addresses.source(params["Input"]["KinesisVideoStream"]["Arn"])
        self._addresses.target(params["Output"]["KinesisDataStream"]["Arn"])

        def work(connection: Connection) -> None:
            if rows.exists(connection, name):
                raise StreamBusyError(f"a stream processor with the name {name} exists")
            rows.create(connection, name, params, now=now)

        self._database.write(work)

    def find(self, name: str) -> StreamProcessor:
        """A processor. Raises StreamNotFoundError."""
        return self._database.read(lambda connection: rows.find(connection, name))

    def page(self, *, after: str | None, limit: int) -> list[StreamProcessor]:
        """Processors by name, those greater than `after`."""
        return self._database.read(lambda connection: rows.page(connection, after=after, limit=limit))

    def start(self, name: str, starter: Starter, *, now: datetime) -> None:
        """Start a processor. Raises StreamNotFoundError, StreamBusyError where it is at work."""

        def work(connection: Connection) -> StreamProcessor:
            if rows.find(connection, name).state.is_active:
                raise StreamBusyError(f"the stream processor {name} is running already")
            rows.start(connection, name, starter, now=now)
            return rows.find(connection, name)

        with self._lock:
            self._launch(self._database.write(work))

    def stop(self, name: str, *, now: datetime) -> None:
        """Have a processor end soon. Raises StreamNotFoundError, StreamBusyError where it is not at work."""

        def work(connection: Connection) -> None:
            if rows.find(connection, name).state not in _AT_WORK:
                raise StreamBusyError(f"the stream processor {name} is not running")
            rows.move(connection, name, _AT_WORK, StreamState.STOPPING, None, now)

        with self._lock:
            self._database.write(work)
            running = self._running.get(name)  # none where no server has begun yet
            if running is not None:
                running.stop.set()

    def delete(self, name: str) -> None:
        """Remove a processor. Raises StreamNotFoundError, StreamBusyError where it is at work."""

        def work(connection: Connection) -> None:
            if rows.find(connection, name).state.is_active:
                raise StreamBusyError(f"the stream processor {name} is running: stop it first")
            rows.remove(connection, name)

        self._database.write(work)

    def begin(self, run: Run) -> None:
        """Run processors from now on: first those that were running when the last process ended."""
        with self._lock:
            self._run = run
            for processor in self._database.read(lambda connection: rows.in_states(connection, ACTIVE)):
                if processor.state is StreamState.STOPPING:
                    self._move(processor.name, StreamState.STOPPED, None)
                else:
                    self._launch(processor)

    def close(self) -> None:
        """End all threads; the rows stay, so that the next `begin` goes on."""
        with self._lock:
            self._closing = True
            running = list(self._running.values())
        for one in running:
            one.stop.set()
        for one in running:
            one.thread.join()

    def health(self) -> dict[str, Health]:
        """How each run goes, by the processor's name."""
        with self._lock:
            return {name: one.health for name, one in self._running.items()}

    def _launch(self, processor: StreamProcessor) -> None:
        if self._run is None:  # no server yet: the one that begins next runs it
            return
        stop, health = threading.Event(), Health()
        thread = threading.Thread(
            target=self._work,
            args=(self._run, processor, stop, health),
            name=f"stream {processor.name}",
            daemon=True,
        )
        self._running[processor.name] = _Running(thread, stop, health)
        thread.start()

    def _work(self, run: Run, processor: StreamProcessor, stop: threading.Event, health: Health) -> None:

        def tell(message: str | None) -> None:
            self._database.write(
                lambda connection: rows.move(
                    connection, processor.name, _AT_WORK, StreamState.RUNNING, message, self._clock()
                )
            )

        end, message = StreamState.STOPPED, None
        try:
            run(processor, stop, health, tell)
        except RefusedError as error:
            end, message = StreamState.FAILED, str(error)
        except Exception:
            log.exception("stream processor %s failed", processor.name)
            end, message = StreamState.FAILED, "an internal error; the server's log has more"
        with self._lock:
            del self._running[processor.name]
            if not self._closing or end is StreamState.FAILED:
                self._move(processor.name, end, message)

    def _move(self, name: str, state: StreamState, message: str | None) -> None:
        self._database.write(lambda connection: rows.move(connection, name, ACTIVE, state, message, self._clock()))


class StreamMetrics(Collector):
    """How the processors of a fleet go, as metrics."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet

    def collect(self) -> Iterable[Metric]:
        """The metrics `recognizance_stream_*`, by processor."""
        lag = GaugeMetricFamily("recognizance_stream_lag_seconds", "From a frame to its record.", labels=["name"])
        frames = CounterMetricFamily("recognizance_stream_frames", "Frames looked at.", labels=["name"])
        lost = CounterMetricFamily("recognizance_stream_lost", "Records that could not be sent.", labels=["name"])
        for name, health in self._fleet.health().items():
            lag.add_metric([name], health.lag_s)
            frames.add_metric([name], health.frames)
            lost.add_metric([name], health.lost)
        return [lag, frames, lost]
