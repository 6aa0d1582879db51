"""Networks: the layout of the input, and weights that are not what the card says."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from recognizance.errors import WeightsError
from recognizance.models.card import InputContract
from recognizance.models.catalog import DEFAULT_PACK, SFACE
from recognizance.vision.pipeline import build_vision
from recognizance.vision.runtime import Network, lay_out

PICTURE = np.array([[[10, 20, 30], [40, 50, 60]]], dtype=np.uint8)
SHAPE = ("batch", 3, 1, 2)
LAYOUTS = {
    "rgb as it is": (InputContract(SHAPE, "RGB"), [[10, 40], [20, 50], [30, 60]]),
    "bgr": (InputContract(SHAPE, "BGR"), [[30, 60], [20, 50], [10, 40]]),
    "scaled": (InputContract(SHAPE, "RGB", scale=0.1), [[1, 4], [2, 5], [3, 6]]),
    "a mean for each colour": (InputContract(SHAPE, "RGB", mean=(10, 0, 20)), [[0, 30], [20, 50], [10, 40]]),
    "the mean follows the order of colours": (
        InputContract(SHAPE, "BGR", mean=(10, 0, 20), scale=0.5),
        [[10, 25], [10, 25], [-5, 10]],
    ),
}


@pytest.mark.parametrize(("contract", "expected"), LAYOUTS.values(), ids=LAYOUTS)
def test_pixels_are_laid_out_as_the_contract_says(contract, expected):
    place = np.full((3, 1, 2), np.nan, np.float32)
    lay_out(PICTURE, contract, place)
    np.testing.assert_allclose(place[:, 0], expected, rtol=1e-6)


def test_missing_weights_say_what_to_do(tmp_path):
    with pytest.raises(WeightsError, match=r"yunet-2023mar\.onnx is missing; run `recognizance models pull`"):
        build_vision(DEFAULT_PACK, tmp_path)


def test_altered_weights_are_refused(tmp_path):
    (tmp_path / SFACE.file).write_bytes(b"something else")
    with pytest.raises(WeightsError, match=r"is not the file of its card.*run `recognizance models pull`"):
        Network(SFACE, tmp_path)


def test_a_file_that_is_no_network_is_refused(tmp_path):
    (tmp_path / SFACE.file).write_bytes(b"no network")
    card = replace(SFACE, sha256=hashlib.sha256(b"no network").hexdigest())
    with pytest.raises(WeightsError, match="the weights of sface-2021dec are not a network that onnxruntime can run"):
        Network(card, tmp_path)
