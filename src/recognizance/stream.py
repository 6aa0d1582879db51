"""Stream: a processor of live video as it was asked for, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

LEAST_THRESHOLD = 80.0
"""Similarity below which no live match is told, whatever was asked."""


class StreamState(StrEnum):
    """Where a processor stands."""

    STOPPED = "STOPPED"
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    STOPPING = "STOPPING"
    FAILED = "FAILED"

    @property
    def is_active(self) -> bool:
        """Whether the processor works, or is about to begin or to end."""
        return self in ACTIVE


ACTIVE = frozenset({StreamState.STARTING, StreamState.RUNNING, StreamState.STOPPING})


@dataclass(frozen=True, slots=True)
class Starter:
    """Who started a processor: it searches as this key, with what was said then."""

    key_id: str
    region: str
    said: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StreamProcessor:
    """A processor's row. `params` are the members of the request that made it."""

    name: str
    params: Mapping[str, Any]
    state: StreamState
    message: str | None
    """Why it failed, or what it waits for."""
    starter: Starter | None
    created_at: datetime
    updated_at: datetime

    @property
    def collection_id(self) -> str:
        """The collection that is searched."""
        collection: str = self.params["Settings"]["FaceSearch"]["CollectionId"]
        return collection

    @property
    def threshold(self) -> float:
        """The least similarity of a match."""
        return max(float(self.params["Settings"]["FaceSearch"].get("FaceMatchThreshold", 0)), LEAST_THRESHOLD)

    @property
    def source_arn(self) -> str:
        """The Kinesis video stream that stands for the camera."""
        arn: str = self.params["Input"]["KinesisVideoStream"]["Arn"]
        return arn

    @property
    def target_arn(self) -> str:
        """The Kinesis data stream that stands for where records go."""
        arn: str = self.params["Output"]["KinesisDataStream"]["Arn"]
        return arn

    @property
    def tags(self) -> Mapping[str, str]:
        """Its tags."""
        tags: Mapping[str, str] = self.params.get("Tags", {})
        return tags
