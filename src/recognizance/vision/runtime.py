"""The one place that talks to onnxruntime: a network is a card and verified bytes in, a callable on arrays out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from recognizance.errors import WeightsError
from recognizance.models.card import InputContract, ModelCard
from recognizance.models.store import load
from recognizance.values import FloatArray


class Network:
    """A loaded network. Safe to call from several threads: a session keeps nothing between runs."""

    def __init__(self, card: ModelCard, folder: Path) -> None:
        """Load the card's file from a folder. Raises WeightsError when it is missing or is not the pinned file."""
        self.contract = card.input
        self._session = _session(load(card, folder), card)
        self._input = self._session.get_inputs()[0].name
        self._outputs = [output.name for output in self._session.get_outputs()]

    def run(self, batch: FloatArray) -> dict[str, FloatArray]:
        """Outputs by name, for a batch float32 (N, 3, h, w) laid out after the contract."""
        return dict(zip(self._outputs, self._session.run(self._outputs, {self._input: batch}), strict=True))

    def run_pictures(self, pictures: Sequence[NDArray[np.uint8]]) -> dict[str, FloatArray]:
        """Outputs by name, for pictures RGB uint8 (h, w, 3) of equal size."""
        height, width = pictures[0].shape[:2]
        batch = np.empty((len(pictures), 3, height, width), np.float32)
        for place, picture in zip(batch, pictures, strict=True):
            lay_out(picture, self.contract, place)
        return self.run(batch)


def lay_out(picture: NDArray[np.uint8], contract: InputContract, place: FloatArray) -> None:
    """Write a picture RGB uint8 (h, w, 3) into `place` float32 (3, h, w) in the contract's colour order and scale."""
    planes: Sequence[Any] = cv2.split(picture)
    if contract.colour == "BGR":
        planes = planes[::-1]
    for channel, (plane, mean) in enumerate(zip(planes, contract.mean, strict=True)):
        place[channel] = plane
        if mean:
            place[channel] -= mean
    if contract.scale != 1:
        place *= contract.scale


def _session(weights: bytes, card: ModelCard) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    # One thread a request: requests run beside each other, and spinning threads would take their cores.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3  # errors; they are raised as well
    try:
        return onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions share no other base
        raise WeightsError(f"the weights of {card.name} are not a network that onnxruntime can run: {error}") from error
