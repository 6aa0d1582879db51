"""What mesh and eyes say about a face: landmarks, open eyes, an open mouth, the direction of the gaze.

A finding's confidence is a logistic function of one measured ratio, with the middle where people would disagree.
`docs/vision.md` says from which photographs middles and spreads come, and tests hold them to those.
"""

from __future__ import annotations

import math

import numpy as np

from recognizance.values import Detail, Finding, FloatArray, Gaze, Pose
from recognizance.vision.eyes import Eye
from recognizance.vision.landmarks import FIVE, POINTS
from recognizance.vision.mesh import Mesh

_EYES = (0.15, 0.02)
"""Middle and spread of the gap between the lids over the width of the eye: shut 0.1 or less, portraits 0.2 or more."""
_MOUTH = (0.25, 0.04)
"""Of the gap between the lips over the inner width of the mouth: smiles that show the teeth stay below the middle."""
_HIDDEN_EYE = 30.0  # degrees of yaw from which the nose hides part of the far eye
_LIPS = (13, 14)
_INNER_MOUTH_CORNERS = (78, 308)
# The pupil lies a third of the eye's width before the point about which the eyeball turns, and that point a seventh of
# it behind the corners (adult averages: 10 mm, 4.5 mm, 30 mm). The pupil of a level gaze lies a little above the line
# between the corners.
_PUPIL_DEPTH, _CENTRE_DEPTH, _LEVEL = 0.333, 0.15, -0.065


def detail_of(mesh: Mesh, eyes: tuple[Eye, Eye], points: FloatArray, pose: Pose) -> Detail:
    """Everything measured of a face with these five points float32 (5, 2)."""
    left, right = eyes
    positions = dict(zip(FIVE, points, strict=True))
    positions |= {name: mesh.points[index, :2] for name, index in POINTS.items()}
    positions |= {"leftPupil": left.pupil, "rightPupil": right.pupil}
    eyes_open = judge(_least_open(eyes, pose), *_EYES)
    facing = abs(pose.yaw) < _HIDDEN_EYE
    return Detail(
        landmarks={name: (float(x), float(y)) for name, (x, y) in positions.items()},
        eyes_open=eyes_open,
        mouth_open=judge(_mouth_gap(mesh), *_MOUTH),
        gaze=_gaze(eyes, pose, eyes_open.confidence) if eyes_open.value and facing else None,
    )


def judge(ratio: float, middle: float, spread: float) -> Finding:
    """Whether a ratio lies above the middle, and how surely.

    >>> judge(0.25, 0.25, 0.04).confidence
    0.5
    """
    certainty = 1 / (1 + math.exp(-abs(ratio - middle) / spread))
    return Finding(value=ratio > middle, confidence=certainty)


def _least_open(eyes: tuple[Eye, Eye], pose: Pose) -> float:
    """Openness of the eye that is less open, of those that can be seen."""
    left, right = (eye.openness for eye in eyes)
    if abs(pose.yaw) < _HIDDEN_EYE:
        return min(left, right)
    return left if pose.yaw > 0 else right


def _mouth_gap(mesh: Mesh) -> float:
    upper, lower = mesh.points[list(_LIPS), :2]
    left, right = mesh.points[list(_INNER_MOUTH_CORNERS), :2]
    return float(np.linalg.norm(lower - upper) / np.linalg.norm(right - left))


def _gaze(eyes: tuple[Eye, Eye], pose: Pose, confidence: float) -> Gaze:
    """Where the eyes look, from the pupil's place in the eye and the turn of the head."""
    x, y = np.mean([eye.glance for eye in eyes], axis=0)
    yaw = math.radians(pose.yaw)
    return Gaze(
        yaw=_angle(x * math.cos(yaw) + _CENTRE_DEPTH * math.sin(yaw)),  # a turned eye looks narrower than it is
        pitch=_angle(_LEVEL - y + _CENTRE_DEPTH * math.sin(math.radians(pose.pitch))),
        confidence=confidence,
    )


def _angle(offset: float) -> float:
    return math.degrees(math.asin(max(-1.0, min(1.0, offset / _PUPIL_DEPTH))))
