"""Which of the mesh's 468 points is which landmark. "Left" is the image's left on an upright face, as everywhere.

The numbers are MediaPipe's (its canonical face model); the names are Rekognition's thirty landmark types.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recognizance.values import FloatArray
from recognizance.vision.mesh import LEFT_EYE_CORNERS, RIGHT_EYE_CORNERS, Mesh

NOSE_TIP = 4
MOUTH_CORNERS = (61, 291)

POINTS: Mapping[str, int] = {
    "leftEyeBrowLeft": 70,
    "leftEyeBrowRight": 107,
    "leftEyeBrowUp": 105,
    "rightEyeBrowLeft": 336,
    "rightEyeBrowRight": 300,
    "rightEyeBrowUp": 334,
    "leftEyeLeft": 33,
    "leftEyeRight": 133,
    "leftEyeUp": 159,
    "leftEyeDown": 145,
    "rightEyeLeft": 362,
    "rightEyeRight": 263,
    "rightEyeUp": 386,
    "rightEyeDown": 374,
    "noseLeft": 129,
    "noseRight": 358,
    "mouthUp": 0,
    "mouthDown": 17,
    "upperJawlineLeft": 234,
    "midJawlineLeft": 172,
    "chinBottom": 152,
    "midJawlineRight": 397,
    "upperJawlineRight": 454,
}
"""The landmark types that are points of the mesh. The others: five from `five_points`, two pupils from `eyes`."""

FIVE = ("eyeLeft", "eyeRight", "nose", "mouthLeft", "mouthRight")
"""Landmark types of the five points, in the order of `values.Face.points_px`."""


def five_points(mesh: Mesh) -> FloatArray:
    """The five points float32 (5, 2) in px; an eye is the middle between its corners, so a glance does not move it."""
    flat = mesh.points[:, :2]
    left, right = (flat[list(corners)].mean(axis=0) for corners in (LEFT_EYE_CORNERS, RIGHT_EYE_CORNERS))
    return np.array([left, right, flat[NOSE_TIP], *flat[list(MOUTH_CORNERS)]], dtype=np.float32)
