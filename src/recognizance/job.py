"""Job: a video to analyse, as it was asked for, and where the work stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

MOST_ATTEMPTS = 3
"""How often a job is begun before it counts as failed: a video that kills its worker must not do so for ever."""

LEASE = timedelta(seconds=60)
"""How long a worker may be silent before its job is given to another."""


class JobState(StrEnum):
    """Where a job stands. Only the first two can change."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen to the job."""
        return self not in {JobState.WAITING, JobState.RUNNING}


@dataclass(frozen=True, slots=True)
class JobRequest:
    """What was asked, and by whom: all that a worker needs."""

    operation: str
    """Of the Start operation."""
    params: Mapping[str, Any]
    """Members of its request."""
    key_id: str
    region: str
    said: Mapping[str, str] = field(default_factory=dict)

    @property
    def collection_id(self) -> str | None:
        """The collection that is searched, if any."""
        return self.params.get("CollectionId")


@dataclass(frozen=True, slots=True)
class Job:
    """A job's row."""

    id: str
    """64 hexadecimal digits, as Rekognition's."""
    request: JobRequest
    state: JobState
    message: str | None
    """Why it failed."""
    info: Mapping[str, Any] | None
    """VideoMetadata, once the video was opened."""
    progress_ms: int
    attempts: int
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class JobResult:
    """One entry of a job's answer: `body` are members as the API shows them.

    `person` and `confidence` (0..100) order the entries by person.
    """

    body: Mapping[str, Any]
    person: int = 0
    confidence: float = 0.0
