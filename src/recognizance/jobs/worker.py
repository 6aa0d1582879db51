"""Worker: takes a job from the board, opens its video, has it analysed, and keeps what is found.

It knows no flow: what is done with a clip is a function that it is handed. A worker may be killed at any time; the
job's lease runs out, and another begins anew.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO

from recognizance.errors import RecognizanceError
from recognizance.job import LEASE, Job, JobResult
from recognizance.jobs.board import Assignment, Board, LostLeaseError
from recognizance.ports import Clock
from recognizance.video.clip import Clip, ClipInfo

BATCH = 500
"""Results that are stored together."""

REPORT_MS = 2_000
"""Of video between two reports without results."""

RENEW = LEASE / 4
"""Time after which the lease is renewed though the video did not go on: faces are searched at its end."""

OpenVideo = Callable[[str, str, str | None], AbstractContextManager[BinaryIO]]
"""A stored video by bucket, key and version. Raises ObjectNotFoundError, VideoTooLargeError."""

Analyse = Callable[[Clip, Job, Callable[[int], None]], Iterable[JobResult]]
"""A clip and what is asked, to results in order of time. Calls back with the ms that are done; raises VideoError."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Worker:
    """One worker; its name is for the log."""

    board: Board
    open_video: OpenVideo
    analyse: Analyse
    clock: Clock
    name: str

    def work_off(self) -> None:
        """Do jobs until none waits."""
        while (assignment := self.board.take(self.name, now=self.clock())) is not None:
            self._work(assignment)

    def _work(self, assignment: Assignment) -> None:
        job = assignment.job
        log.info("job %s: attempt %d of %s", job.id, job.attempts, job.request.operation)
        try:
            self._analyse(assignment)
            assignment.succeed(now=self.clock())
        except LostLeaseError:
            log.warning("job %s was cancelled or given to another worker", job.id)
        except RecognizanceError as error:
            self._fail(assignment, str(error))
        except MemoryError:
            self._fail(assignment, "the video needs more memory than this machine has")

    def _fail(self, assignment: Assignment, message: str) -> None:
        log.warning("job %s failed: %s", assignment.job.id, message)
        try:
            assignment.fail(message, now=self.clock())
        except LostLeaseError:
            log.warning("job %s was cancelled or given to another worker", assignment.job.id)

    def _analyse(self, assignment: Assignment) -> None:
        stored = assignment.job.request.params["Video"]["S3Object"]
        with self.open_video(stored["Bucket"], stored["Name"], stored.get("Version")) as file, Clip(file) as clip:
            assignment.report(now=self.clock(), progress_ms=0, info=video_metadata(clip.info))
            reached = reported = 0
            told_at = self.clock()
            batch: list[JobResult] = []

            def progress(done_ms: int) -> None:
                nonlocal reached, reported, told_at
                reached = max(reached, done_ms)
                if reached - reported >= REPORT_MS or self.clock() - told_at >= RENEW:
                    told_at = self.clock()
                    assignment.report(now=told_at, progress_ms=reached)
                    reported = reached

            for result in self.analyse(clip, assignment.job, progress):
                batch.append(result)
                if len(batch) == BATCH:
                    assignment.keep(batch, now=self.clock(), progress_ms=reached)
                    batch = []
            assignment.keep(batch, now=self.clock(), progress_ms=max(reached, clip.info.duration_ms))


def video_metadata(info: ClipInfo) -> dict[str, object]:
    """VideoMetadata as the API shows it."""
    return {
        "Codec": info.codec,
        "DurationMillis": info.duration_ms,
        "Format": info.format,
        "FrameRate": info.frame_rate,
        "FrameHeight": info.height,
        "FrameWidth": info.width,
        "ColorRange": "FULL" if info.full_range else "LIMITED",
    }
