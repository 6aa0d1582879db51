"""Normaliser: labelled photographs and a model pack in, the document of the pack's normaliser out.

The document is plain JSON: averages over many people, and what they were made from. `models.normaliser` reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizance.evaluation.account import describe_pack
from recognizance.evaluation.dataset import Dataset, DatasetError, Photograph, load
from recognizance.evaluation.embeddings import Embedder, Progress
from recognizance.evaluation.normaliser_fit import fit
from recognizance.evaluation.younger import EYE_DISTANCE, younger
from recognizance.ports import Vision
from recognizance.values import FloatArray

LEAST_AMOUNT, MOST_AMOUNT = 0.5, 1.5
"""How much younger portraits are drawn: from an amount that one doubts to one beyond a small child."""


def fit_normaliser(
    crowd: Sequence[Path],
    portraits: Sequence[Path],
    embedder: Embedder,
    *,
    today: date,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Fit a normaliser for `embedder`'s pack, which has none, and return its document.

    `crowd`: folders with people as diverse as can be had; `portraits`: folders with portraits of adults. The same
    evidence gives the same document. Raises DatasetError if it cannot be used or holds too few people.
    """
    crowd_set, portrait_set = load(crowd), load(portraits)
    of_crowd = one_each(crowd_set, embedder, progress)
    changes = [pair for _, pair in draw_younger(one_each(portrait_set, embedder, progress), embedder.vision, progress)]
    try:
        normaliser = fit(
            crowd=_stack([vector for _, vector in of_crowd]),
            adults=_stack([before for before, _ in changes]),
            younger=_stack([after for _, after in changes]),
        )
    except ValueError as error:
        raise DatasetError(str(error)) from error
    return {
        **normaliser.describe(),
        "pack": describe_pack(embedder.pack),
        "date": today.isoformat(),
        "crowd": {"fingerprint": crowd_set.fingerprint, "people": len(of_crowd)},
        "portraits": {"fingerprint": portrait_set.fingerprint, "people": len(changes)},
    }


def one_each(dataset: Dataset, embedder: Embedder, progress: Progress | None) -> list[tuple[Photograph, FloatArray]]:
    """Each person's first picture with a face, and its vector."""
    embedded = embedder.embed(dataset, progress)
    firsts: dict[str, tuple[Photograph, FloatArray]] = {}
    for photo, vector in zip(embedded.photographs, embedded.vectors, strict=True):
        firsts.setdefault(photo.person, (photo, vector))
    return list(firsts.values())


def draw_younger(
    adults: Sequence[tuple[Photograph, FloatArray]], vision: Vision, progress: Progress | None
) -> list[tuple[Photograph, tuple[FloatArray, FloatArray]]]:
    """Portraits with their vectors before and after drawing, where a face is found in the drawing, too."""
    changes = []
    for done, (photo, before) in enumerate(adults, 1):
        after = _embed_younger(photo, vision)
        if after is not None:
            changes.append((photo, (before, after)))
        if progress:
            progress(done, len(adults))
    return changes


def _embed_younger(photo: Photograph, vision: Vision) -> FloatArray | None:
    """The vector of a portrait with a face drawn younger, None if no face is found in the drawing."""
    data = photo.path.read_bytes()
    face = vision.detect(vision.open(data))[0]
    drawing = _draw(data, face.points_px[:2], _amount(photo))
    opened = vision.open(cv2.imencode(".png", drawing[..., ::-1])[1].tobytes())
    found = vision.detect(opened)
    return vision.embed(opened, found[:1])[0].vector if found else None


def _draw(data: bytes, eyes: FloatArray, amount: float) -> NDArray[np.uint8]:
    picture = cv2.cvtColor(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    scale = min(1.0, EYE_DISTANCE / float(np.linalg.norm(eyes[1] - eyes[0])))
    smaller = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return younger(smaller.astype(np.uint8), eyes * np.float32(scale), amount)


def _amount(photo: Photograph) -> float:
    """An amount between the two that is always the same for a picture, and spread evenly over pictures."""
    return LEAST_AMOUNT + (MOST_AMOUNT - LEAST_AMOUNT) * int(photo.digest[:8], 16) / 0xFFFFFFFF


def _stack(vectors: Sequence[FloatArray]) -> FloatArray:
    return np.array(vectors, np.float32)
