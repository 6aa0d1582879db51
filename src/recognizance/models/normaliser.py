"""Normaliser: an embedder's vectors in, embeddings out whose scores mean more nearly the same for every kind of face.

Two steps, the same for everybody, which infer nothing about anyone. *Equalise*: what many faces of a diverse crowd have
in common says little about who somebody is, so the few directions in which that crowd lies count less. *Shorten*: to a
network that saw few small children they look alike; the further a face lies in the direction in which portraits move
when they are drawn younger, the shorter its embedding, and with it every score. Scores stay plain inner products.

`evaluation.normaliser` makes the file that this reads.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Self

import numpy as np

from recognizance.errors import SettingsError, WeightsError
from recognizance.models.card import Pack
from recognizance.models.store import digest
from recognizance.values import FloatArray

FORMAT = "recognizance-normaliser/1"

_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Normaliser:
    """A few averages over many people.

    `shared` float32 (k, d): orthonormal directions of the crowd, whose components shrink by the factors `shrink`
    float32 (k,), 0..1. `young` float32 (d,): a direction of equalised vectors; one that lies `start + x` along it gets
    the length 1 / (1 + slope * x), and 1 up to the start.
    """

    shared: FloatArray
    shrink: FloatArray
    young: FloatArray
    start: float
    slope: float

    @classmethod
    def identity(cls, dim: int) -> Self:
        """The one that changes no vector of length 1."""
        nothing = np.zeros((0, dim), np.float32)
        return cls(nothing, nothing[:, 0], np.zeros(dim, np.float32), start=0.0, slope=0.0)

    def apply(self, vectors: FloatArray) -> FloatArray:
        """Embeddings float32 (n, d), at most 1 long, of an embedder's vectors float32 (n, d) of any length but 0."""
        equalised = self.equalise(vectors)
        beyond: FloatArray = np.maximum(equalised @ self.young - np.float32(self.start), 0)
        return equalised / (1 + np.float32(self.slope) * beyond[:, np.newaxis])

    def equalise(self, vectors: FloatArray) -> FloatArray:
        """Vectors of length 1, float32 (n, d), in which what the crowd shares counts less."""
        lost: FloatArray = vectors @ self.shared.T * (1 - self.shrink)
        kept: FloatArray = vectors - lost @ self.shared
        lengths: FloatArray = np.linalg.norm(kept, axis=1, keepdims=True)
        return kept / lengths

    def describe(self) -> dict[str, Any]:
        """The record as plain JSON, which `normaliser_of` reads."""
        return {
            "format": FORMAT,
            "shared": np.round(self.shared.astype(float), _DIGITS).tolist(),
            "shrink": np.round(self.shrink.astype(float), _DIGITS).tolist(),
            "young": np.round(self.young.astype(float), _DIGITS).tolist(),
            "start": round(self.start, _DIGITS),
            "slope": self.slope,
        }


def load_normaliser(pack: Pack, folder: Path) -> Normaliser:
    """The normaliser of a pack: one that ships, or a file in the models folder; the identity if the pack has none.

    Raises WeightsError where the file is missing or has another digest, SettingsError where it is no normaliser.
    """
    if pack.normaliser is None:
        return Normaliser.identity(pack.dim)
    name = pack.normaliser.file
    shipped = resources.files("recognizance.models").joinpath("normalisers", name)
    file = shipped if shipped.is_file() else folder / name
    try:
        data = file.read_bytes()
    except OSError as error:
        raise WeightsError(f"the normaliser {file} of the pack {pack.name} cannot be read: {error.strerror}") from error
    if digest(data) != pack.normaliser.sha256:
        raise WeightsError(f"{file} is not the normaliser of the pack {pack.name}: the sha256 of its card is another")
    try:
        document = json.loads(data)
    except ValueError:
        document = None
    return normaliser_of(document, name=name, dim=pack.dim)


def normaliser_of(document: object, *, name: str, dim: int) -> Normaliser:
    """The record that a document holds, for vectors of `dim` numbers. Raises SettingsError with `name` for others."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise SettingsError(f"{name} is no normaliser that this version reads: expected format {FORMAT}")
    try:
        shared, shrink, young = (np.array(document[key], np.float32) for key in ("shared", "shrink", "young"))
        start, slope = float(document["start"]), float(document["slope"])
    except (KeyError, TypeError, ValueError) as error:
        raise SettingsError(f"the normaliser {name} cannot be used ({error}); fit it anew") from error
    shapes = (shrink.size, dim), (shrink.size,), (dim,)
    if (shared.shape, shrink.shape, young.shape) != shapes or slope < 0:
        raise SettingsError(f"the normaliser {name} cannot be used: its parts do not fit together; fit it anew")
    return Normaliser(shared, shrink, young, start, slope)
