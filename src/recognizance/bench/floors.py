"""Floors: decode and networks alone, which is the least that a pipeline around them costs."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from recognizance.bench.timing import Action
from recognizance.bench.workbench import Workbench
from recognizance.models.card import PACK_ROLES, ModelCard, Pack, Role
from recognizance.models.normaliser import Normaliser
from recognizance.values import FloatArray
from recognizance.vision.decode import MAX_PIXELS, open_photo
from recognizance.vision.detect import Detector, wide_side
from recognizance.vision.embed import Embedder
from recognizance.vision.eyes import EyeReader
from recognizance.vision.mesh import Mesher
from recognizance.vision.pipeline import OnnxVision
from recognizance.vision.runtime import Network, lay_out


class RecordedNetwork(Network):
    """A network that keeps what it was run with."""

    def __init__(self, card: ModelCard, folder: Path) -> None:
        super().__init__(card, folder)
        self.batches: list[FloatArray] = []

    def run(self, batch: FloatArray) -> dict[str, FloatArray]:
        """As a network does."""
        self.batches.append(batch)
        return super().run(batch)


def bare(bench: Workbench, data: bytes, roles: Collection[Role]) -> Action:
    """What the plainest program would do: decode a photo, resize it to the input of each network, and run that.

    The decode is as large as the detector wants it. The networks of `roles` run as often as in one pass of our
    pipeline, with an embedding of the largest face, and on the same inputs: what is resized here costs the time that a
    program needs, but shows the whole photo and not a face, which would be timed wrongly.
    """
    networks: dict[Role, RecordedNetwork] = {
        role: RecordedNetwork(bench.pack.card(role), bench.models) for role in PACK_ROLES
    }
    vision = _vision(bench.pack, networks)
    photo = vision.open(data)
    vision.embed(photo, vision.detect(photo)[:1])
    scale = wide_side(photo.width, photo.height) / max(photo.width, photo.height)
    runs = [(networks[role], batch) for role in PACK_ROLES if role in roles for batch in tuple(networks[role].batches)]

    def work() -> None:
        pixels = open_photo(data).view(scale).pixels
        for network, batch in runs:
            _, _, height, width = batch.shape
            for place in np.empty_like(batch):
                lay_out(cv2.resize(pixels, (width, height)), network.contract, place)
            Network.run(network, batch)

    return work


def session(graph: bytes) -> onnxruntime.InferenceSession:
    """A network as servers run it: one thread, which does not spin."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def _vision(pack: Pack, networks: dict[Role, RecordedNetwork]) -> OnnxVision:
    return OnnxVision(
        pack,
        Detector(networks[Role.DETECTOR]),
        Mesher(networks[Role.MESH]),
        EyeReader(networks[Role.IRIS]),
        Embedder(
            networks[Role.EMBEDDER],
            space=pack.space,
            mirror=pack.mirror,
            normaliser=Normaliser.identity(pack.dim),
        ),
        max_pixels=MAX_PIXELS,
    )
