"""Aligned faces in, normalised embeddings out."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizance.models.normaliser import Normaliser
from recognizance.values import Embedding
from recognizance.vision.runtime import Network


class Embedder:
    """Embeds with an ArcFace-style network: one aligned face of 112 x 112 px in, one vector out."""

    def __init__(self, network: Network, *, space: str, mirror: bool, normaliser: Normaliser) -> None:
        """`space` is the id that embeddings get; with `mirror`, the mirror image's vector is added to each face's."""
        self._network = network
        self._space = space
        self._mirror = mirror
        self._normaliser = normaliser

    def embed(self, chip: NDArray[np.uint8]) -> Embedding:
        """The embedding of an aligned face RGB uint8 (112, 112, 3)."""
        # One face at a time: larger batches are no faster on one thread.
        pictures: Sequence[NDArray[np.uint8]] = [chip, cv2.flip(chip, 1)] if self._mirror else [chip]
        (vectors,) = self._network.run_pictures(pictures).values()
        [embedding] = self._normaliser.apply(vectors.sum(axis=0, keepdims=True))
        return Embedding(embedding, self._space)
