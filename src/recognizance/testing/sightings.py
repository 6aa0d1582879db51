"""Sightings for tests, made without frames: faces and bodies at a place and time."""

from __future__ import annotations

import numpy as np

from recognizance.testing.vision import embedding_of
from recognizance.values import Box, Face, Pose, Quality
from recognizance.video.track import Sighting


def face_at(left: float, *, top: float = 50.0, width: float = 40.0, yaw: float = 0.0, sharpness: float = 80.0) -> Face:
    """A face as a detector finds it, a quarter higher than wide."""
    points = np.zeros((5, 2), np.float32)
    return Face(Box(left, top, width, 1.25 * width), 0.9, points, Pose(0.0, yaw, 0.0), Quality(80.0, sharpness))


def seen(time_ms: int, left: float, name: str | None = None, *, width: float = 40.0, yaw: float = 0.0) -> Sighting:
    """A sighting of a face; without a name it tells nobody by whom."""
    vector = embedding_of(name, variant=time_ms).vector if name else None
    return Sighting(time_ms, face_at(left, width=width, yaw=yaw), None, vector)


def body(time_ms: int, left: float, colours: tuple[float, ...] = (1.0, 0.0)) -> Sighting:
    """A sighting of a body, 80 px wide, without a face."""
    return Sighting(time_ms, None, Box(left, 20.0, 80.0, 200.0), None, np.array(colours, np.float32))
