"""Head pose from the mesh: three axes of the head, and the angles between them and the camera's."""

from __future__ import annotations

import math

import numpy as np

from recognizance.values import FloatArray, Pose
from recognizance.vision.mesh import Mesh

_ACROSS = ((33, 263), (133, 362), (127, 356), (234, 454), (61, 291), (50, 280), (67, 297))
"""Points that lie symmetrically left and right: eye corners, temples, cheekbones, mouth corners, cheeks, forehead."""
_FOREHEAD, _UNDER_NOSE, _CHIN = 10, 2, 152


def head_pose(mesh: Mesh) -> Pose:
    """Roll, yaw and pitch of a head; turning the picture changes the roll alone."""
    across, down, back = _axes(mesh.points)
    return Pose(
        roll=math.degrees(math.atan2(across[1], across[0])),
        yaw=math.degrees(math.asin(np.clip(across[2], -1, 1))),
        pitch=-math.degrees(math.atan2(down[2], back[2])),
    )


def _axes(points: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Unit vectors (3,) across the face to its right in the image, down it, and into the head."""
    across = sum((points[right] - points[left] for left, right in _ACROSS), np.zeros(3, np.float32))
    across /= np.linalg.norm(across)
    # Forehead to chin falls back a little and forehead to nose stands out; their sum is level on people who look
    # straight ahead, and moves less with an open mouth than the chin alone.
    down = points[_CHIN] + points[_UNDER_NOSE] - 2 * points[_FOREHEAD]
    down -= across * (down @ across)
    down /= np.linalg.norm(down)
    return across, down, np.cross(across, down)
