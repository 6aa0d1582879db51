"""The main path of vision: `open` a photo, `detect` its faces, `describe` and `embed` them.

A detector proposes faces, and a mesh fitted to each says how surely it is one, where its points are and how the head is
turned. The mesh's points serve for alignment, because the detector's lag behind a leaning head.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizance.models.card import PACK_ROLES, Pack, Role
from recognizance.models.normaliser import load_normaliser
from recognizance.ports import Photo
from recognizance.values import Box, Detail, Embedding, Face, FloatArray
from recognizance.vision.align import chip, chip_at
from recognizance.vision.decode import MAX_PIXELS, DecodedPhoto, check_size, open_photo
from recognizance.vision.detail import detail_of
from recognizance.vision.detect import Detector, wide_side
from recognizance.vision.embed import Embedder
from recognizance.vision.eyes import EyeReader
from recognizance.vision.landmarks import five_points
from recognizance.vision.mesh import Mesher
from recognizance.vision.portrait import portrait
from recognizance.vision.pose import head_pose
from recognizance.vision.quality import quality_of
from recognizance.vision.runtime import Network

_PRESENT = 0.5  # presence from which a mesh lies on a face
_CONVINCING = 0.85  # the detector's score of a face that the mesh need not see: a full profile; backs of heads get less


def build_vision(pack: Pack, folder: Path, *, max_pixels: int = MAX_PIXELS) -> OnnxVision:
    """Load a pack's networks from a folder. Raises WeightsError when a file is missing or is not the pinned one."""
    cv2.setNumThreads(1)  # requests run beside each other, and each is a thread of its own
    network = {role: Network(pack.card(role), folder) for role in PACK_ROLES}
    return OnnxVision(
        pack,
        Detector(network[Role.DETECTOR]),
        Mesher(network[Role.MESH]),
        EyeReader(network[Role.IRIS]),
        Embedder(
            network[Role.EMBEDDER], space=pack.space, mirror=pack.mirror, normaliser=load_normaliser(pack, folder)
        ),
        max_pixels=max_pixels,
    )


class OnnxVision:
    """Implements `ports.Vision`. Holds networks and limits alone, so threads share it freely."""

    def __init__(  # noqa: PLR0913 - one argument for each step
        self,
        pack: Pack,
        detector: Detector,
        mesher: Mesher,
        eye_reader: EyeReader,
        embedder: Embedder,
        *,
        max_pixels: int,
    ) -> None:
        """`max_pixels` limits what `open` takes."""
        self.space = pack.space
        self.model_version = pack.model_version
        self._detector = detector
        self._mesher = mesher
        self._eye_reader = eye_reader
        self._embedder = embedder
        self._max_pixels = max_pixels

    def open(self, data: bytes) -> DecodedPhoto:
        """Check format and limits before decoding. Raises ImageError's leaves."""
        return open_photo(data, max_pixels=self._max_pixels)

    def frame(self, pixels: NDArray[np.uint8]) -> DecodedPhoto:
        """A frame of a video as a photo, from upright pixels RGB uint8 (h, w, 3). Raises ImageTooSmallError."""
        height, width = pixels.shape[:2]
        check_size(width, height, self._max_pixels)
        return DecodedPhoto(width, height, lambda _: pixels)

    def detect(self, photo: Photo) -> list[Face]:
        """Find at most 100 faces, largest box first. Raises ImageFormatError when the photo does not decode."""
        photo = _own(photo)
        side = wide_side(photo.width, photo.height)
        view = photo.sampled(side / max(photo.width, photo.height))
        found = self._detector.find(view.pixels, side).moved(1 / view.scale)
        candidates = zip(found.boxes, found.scores.tolist(), found.points, strict=True)
        faces = [self._look(photo, *candidate) for candidate in candidates]
        return [face for face in faces if face is not None]

    def describe(self, photo: Photo, face: Face) -> Face:
        """The same face with `detail`; an empty one where the mesh finds no face to lie on."""
        photo = _own(photo)
        mesh = self._mesher.fit(photo, _corners(face.box), face.points_px)
        if mesh.presence < _PRESENT:
            return replace(face, detail=Detail())
        eyes = self._eye_reader.read(photo, mesh)
        return replace(face, detail=detail_of(mesh, eyes, face.points_px, face.pose))

    def portrait(self, photo: Photo, face: Face) -> bytes:
        """A JPEG of the face with some of what is around it, for people who compare faces."""
        return portrait(_own(photo), face)

    def embed(self, photo: Photo, faces: Sequence[Face]) -> list[Embedding]:
        """One embedding a face, in the order given."""
        photo = _own(photo)
        return [self._embedder.embed(chip(photo, face)) for face in faces]

    def _look(self, photo: DecodedPhoto, box: FloatArray, score: float, points: FloatArray) -> Face | None:
        """What the detector takes for a face, looked at closely; None when it is none."""
        mesh = self._mesher.fit(photo, box, points)
        if mesh.presence >= _PRESENT:
            points = five_points(mesh)
        elif score < _CONVINCING:
            return None
        left, top, right, bottom = (float(side) for side in box)
        return Face(
            box=Box(left, top, right - left, bottom - top),
            # Either network alone may be sure: the detector of a profile, the mesh of a small or covered face.
            confidence=max(score, mesh.presence),
            points_px=points,
            pose=head_pose(mesh),
            quality=quality_of(chip_at(photo, points)),
        )


def _corners(box: Box) -> FloatArray:
    return np.array([box.left, box.top, box.left + box.width, box.top + box.height], dtype=np.float32)


def _own(photo: Photo) -> DecodedPhoto:
    if not isinstance(photo, DecodedPhoto):
        raise TypeError(f"pass a photo that this vision opened, got {type(photo).__name__}")
    return photo
