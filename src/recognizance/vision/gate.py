"""The quality filter: which faces an operation does not take, and why.

Rekognition publishes no thresholds; these are ours. Each level asks at least what the one below asks, so a face refused
by LOW is refused by all. AUTO is MEDIUM. `docs/vision.md` says how they were chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from recognizance.values import Face


@dataclass(frozen=True, slots=True)
class Demands:
    """What a level asks of a face."""

    confidence: float
    """Least confidence, 0..1."""
    side: float
    """Shorter side of the box, at least, in px."""
    brightness: float
    """Least brightness, 0..100; low, because it falls with the skin as well as with the light."""
    sharpness: float
    """Least sharpness, 0..100."""
    detail: float
    """Shorter side times sharpness / 100, at least: the pixels that are worth something."""
    yaw: float
    """Turn to either side, at most, in degrees. Roll is no obstacle: faces are aligned."""
    pitch: float
    """Tilt up or down, at most, in degrees."""


_LEVELS: Mapping[str, Demands] = {
    "LOW": Demands(confidence=0.86, side=20, brightness=4, sharpness=15, detail=6, yaw=50, pitch=45),
    "MEDIUM": Demands(confidence=0.90, side=25, brightness=7, sharpness=25, detail=10, yaw=40, pitch=35),
    "HIGH": Demands(confidence=0.98, side=50, brightness=10, sharpness=50, detail=35, yaw=25, pitch=25),
}
DEMANDS: Mapping[str, Demands | None] = {"NONE": None, **_LEVELS, "AUTO": _LEVELS["MEDIUM"]}
"""By the name of Rekognition's QualityFilter."""


def refusals(face: Face, *, level: str) -> tuple[str, ...]:
    """Why the level refuses a face, as names of Rekognition's enum in a fixed order; () when it is taken."""
    asked = DEMANDS[level]
    if asked is None:
        return ()
    side = min(face.box.width, face.box.height)
    quality = face.quality
    broken = {
        "EXTREME_POSE": abs(face.pose.yaw) > asked.yaw or abs(face.pose.pitch) > asked.pitch,
        "LOW_BRIGHTNESS": quality.brightness < asked.brightness,
        "LOW_SHARPNESS": quality.sharpness < asked.sharpness,
        "LOW_CONFIDENCE": face.confidence < asked.confidence,
        "SMALL_BOUNDING_BOX": side < asked.side,
        "LOW_FACE_QUALITY": side * quality.sharpness / 100 < asked.detail,
    }
    return tuple(reason for reason, holds in broken.items() if holds)
