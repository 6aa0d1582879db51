"""Aligned faces in, unit vectors out."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizance.values import Embedding
from recognizance.vision.runtime import Network


class Embedder:
    """Embeds with an ArcFace-style network: one aligned face of 112 x 112 px in, one vector out."""

    def __init__(self, network: Network, *, space: str, mirror: bool) -> None:
        """`space` is the id that the vectors get; with `mirror`, that of the mirror image is added to each vector."""
        self._network = network
        self._space = space
        self._mirror = mirror

    def embed(self, chip: NDArray[np.uint8]) -> Embedding:
        """The embedding of an aligned face RGB uint8 (112, 112, 3)."""
        # One face at a time: larger batches are no faster on one thread.
        pictures: Sequence[NDArray[np.uint8]] = [chip, cv2.flip(chip, 1)] if self._mirror else [chip]
        (vectors,) = self._network.run_pictures(pictures).values()
        vector = vectors.sum(axis=0)
        return Embedding(vector / np.linalg.norm(vector), self._space)
