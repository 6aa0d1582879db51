"""From a picture to boxes and from a face to its embedding, in process, each beside what it is compared with."""

from __future__ import annotations

from itertools import cycle

import numpy as np

from recognizance.bench.floors import bare, session
from recognizance.bench.material import at_megapixels
from recognizance.bench.report import Figure, Floor, Spread, Target
from recognizance.bench.timing import Action, interleave
from recognizance.bench.workbench import Workbench
from recognizance.models.card import Role
from recognizance.models.store import load
from recognizance.values import FloatArray
from recognizance.vision.align import CHIP_SIDE, chip
from recognizance.vision.decode import open_photo
from recognizance.vision.runtime import lay_out

_ROUNDS = 40
_PHOTOS = 20


def embedding(bench: Workbench) -> list[Figure]:
    """The embedder as it runs here beside the graph as its package ships it: real faces one by one, one thread."""
    card = bench.pack.card(Role.EMBEDDER)
    crops = _crops(bench)
    rewritten = _embedder(load(card, bench.models), crops)
    shipped = _embedder(without_stray_inputs(bench.shipped(card)), crops)
    as_shipped, ours = interleave((shipped, rewritten), rounds=bench.rounds(_ROUNDS))
    rates = [Spread.of([1 / seconds for seconds in taken]) for taken in (ours, as_shipped)]
    return [
        Figure(
            "embedding",
            f"{card.name} as it runs here, one thread, real faces",
            "faces/s",
            rates[0],
            Floor("the graph as shipped", rates[1]),
            Target("at least", 2.0, "ratio"),
        )
    ]


def large_photo(bench: Workbench) -> list[Figure]:
    """A 12-megapixel photo, from JPEG bytes to boxes."""
    picture = at_megapixels(bench.portrait, 12.0)
    vision = bench.vision
    whole, floor = interleave(
        (lambda: vision.detect(vision.open(picture)), bare(bench, picture, {Role.DETECTOR})),
        rounds=bench.rounds(_ROUNDS),
    )
    return [
        Figure(
            "large-photo",
            f"12 MP JPEG of {len(picture) / 1e6:.1f} MB to boxes",
            "ms",
            Spread.of(whole, 1e3),
            Floor("scaled decode + detector", Spread.of(floor, 1e3)),
            Target("at most", 1.3, "ratio"),
            note="an enlarged photo with grain added, since no photo at hand need be that large",
        )
    ]


def without_stray_inputs(graph: bytes) -> bytes:
    """An ONNX graph without the inputs that its constants give anyway, or that no node reads: else it does not run."""
    import onnx  # noqa: PLC0415 - slow to import

    model = onnx.load_from_string(graph)
    constants = {constant.name for constant in model.graph.initializer}
    read = {name for node in model.graph.node for name in node.input}
    wanted = [each for each in model.graph.input if each.name in read - constants]
    del model.graph.input[:]
    model.graph.input.extend(wanted)
    return bytes(model.SerializeToString())


def _embedder(graph: bytes, crops: list[FloatArray]) -> Action:
    """Embeds one of the crops, another one each time."""
    network = session(graph)
    [data] = network.get_inputs()
    turns = cycle(crops)
    return lambda: network.run(None, {data.name: next(turns)})


def _crops(bench: Workbench) -> list[FloatArray]:
    """Aligned faces of real photographs, float32 (1, 3, 112, 112), laid out for the embedder."""
    contract = bench.pack.card(Role.EMBEDDER).input
    crops = []
    for data in (bench.portrait, *bench.material.spread(_PHOTOS)):
        photo = open_photo(data)
        for face in bench.vision.detect(photo)[:1]:
            crop = np.empty((1, 3, CHIP_SIDE, CHIP_SIDE), np.float32)
            lay_out(chip(photo, face), contract, crop[0])
            crops.append(crop)
    return crops
