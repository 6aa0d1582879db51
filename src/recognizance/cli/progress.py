"""How far a long command is: bars on a terminal, a line now and then elsewhere; always on standard error."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from recognizance.cli.terminal import note

Report = Callable[[int, int], None]
"""Told how many are done, and of how many."""


@contextmanager
def counting(label: str) -> Iterator[Report]:
    """Show how a count goes on while the block lasts."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield PlainCount(label, time.monotonic)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _RateColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


class PullProgress:
    """Shows how a pull of weights goes on (`models.fetch.Progress`). A context manager."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
        self._bar = Progress(*columns, console=console) if console.is_terminal else None
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, phase: str, done: int, total: int) -> None:
        """Take a report: `done` of `total` bytes of a phase, 0 of 0 where that is not known."""
        if phase not in self._tasks:
            self._begin(phase)
        if self._bar is not None:
            self._bar.update(self._tasks[phase], completed=done, total=total or None)

    def _begin(self, phase: str) -> None:
        if self._bar is None:
            note(phase)
            self._tasks[phase] = TaskID(len(self._tasks))
            return
        for task in self._tasks.values():  # an earlier phase is over when another begins
            self._bar.update(task, total=1, completed=1)
        self._tasks[phase] = self._bar.add_task(phase, total=None)
        self._bar.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()


class PlainCount:
    """Ten lines from beginning to end, for logs and pipes."""

    def __init__(self, label: str, clock: Callable[[], float]) -> None:
        self._label, self._clock = label, clock
        self._started = clock()
        self._tenth = 0

    def __call__(self, done: int, total: int) -> None:
        """Take a report, and print it when another tenth is done."""
        tenth = done * 10 // total
        if tenth == self._tenth:
            return
        self._tenth = tenth
        rate = done / max(self._clock() - self._started, 1e-9)
        note(f"{self._label}: {done} of {total}, {rate:.1f}/s, {(total - done) / rate:.0f} s left")


class _RateColumn(ProgressColumn):
    """Files a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.1f}/s" if task.speed else "")
