"""Floors: decode and networks alone, on inputs that are ready, which is the least that a pipeline around them costs."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from pathlib import Path

import onnxruntime

from recognizance.bench.timing import Action
from recognizance.bench.workbench import Workbench
from recognizance.models.card import ModelCard, Pack, Role
from recognizance.values import FloatArray
from recognizance.vision.decode import MAX_PIXELS, open_photo
from recognizance.vision.detect import WIDE_SIDE, Detector
from recognizance.vision.embed import Embedder
from recognizance.vision.eyes import EyeReader
from recognizance.vision.mesh import Mesher
from recognizance.vision.pipeline import OnnxVision
from recognizance.vision.runtime import Network


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
    """Decodes a photo as large as the detector wants it and runs networks on inputs that are ready, nothing more.

    The inputs come from one pass of our pipeline, with an embedding of the largest face; `roles` are the networks that
    count.
    """
    networks = {role: RecordedNetwork(bench.pack.card(role), bench.models) for role in Role}
    vision = _vision(bench.pack, networks)
    photo = vision.open(data)
    vision.embed(photo, vision.detect(photo)[:1])
    scale = WIDE_SIDE / max(photo.width, photo.height)
    runs = [
        partial(Network.run, network, batch)
        for role, network in networks.items()
        if role in roles
        for batch in network.batches
    ]

    def work() -> None:
        open_photo(data).view(scale)
        for run in runs:
            run()

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
        Embedder(networks[Role.EMBEDDER], space=pack.space, mirror=pack.mirror),
        max_pixels=MAX_PIXELS,
    )
