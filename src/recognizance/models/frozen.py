"""Frozen TensorFlow graphs to ONNX, for single shot detectors: protobuf bytes in, ONNX bytes out.

What comes before the network (resizing) and after it (anchors, suppression) is left out: the input is the scaled
picture, NCHW with free sizes, and the outputs are the raw maps of the predictors. Only what these networks use is
known; anything else is refused.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizance.errors import WeightsError
from recognizance.models.graph import Graph

INPUT = "Preprocessor/sub"
"""The scaled picture."""

OUTPUTS = tuple(
    f"BoxPredictor_{level}/{kind}/BiasAdd" for level in range(6) for kind in ("BoxEncodingPredictor", "ClassPredictor")
)
"""Boxes and classes of each level, from the finest on."""

Array = NDArray[np.float32]


def to_onnx(data: bytes) -> bytes:
    """Convert a frozen graph. Raises WeightsError for what is not known here."""
    try:
        nodes = [_read_node(value) for number, value in _fields(data) if number == 1]
    except (IndexError, TypeError, UnicodeDecodeError, struct.error) as error:
        raise WeightsError("the file is no frozen TensorFlow graph") from error
    return _Conversion({node.name: node for node in nodes}).run()


@dataclass(slots=True)
class _Node:
    name: str = ""
    operator: str = ""
    inputs: list[str] = field(default_factory=list)
    attributes: dict[str, bytes] = field(default_factory=dict)


class _Conversion:
    """One conversion: from the outputs back to the input, each node once, inputs first."""

    def __init__(self, nodes: dict[str, _Node]) -> None:
        self._nodes = nodes
        self._done: set[str] = set()
        self._graph = Graph(
            input=(INPUT, (1, 3, "height", "width")),
            outputs={name: (1, self._channels(name), f"{name}:height", f"{name}:width") for name in OUTPUTS},
        )

    def run(self) -> bytes:
        """Convert everything that the outputs need."""
        for name in OUTPUTS:
            self._convert(name)
        return self._graph.to_bytes()

    def _convert(self, name: str) -> str:
        """Append a node and what it needs; the name of its result."""
        node = self._node(name)
        if node.name == INPUT or node.name in self._done:
            return node.name
        self._done.add(node.name)
        graph, output = self._graph, node.name
        match node.operator:
            case "Conv2D" | "DepthwiseConv2dNative":
                self._add_convolution(node)
            case "FusedBatchNorm":
                names = [graph.constant(f"{output}/{one}", self._constant(one)) for one in node.inputs[1:]]
                (epsilon,) = struct.unpack("<f", _only(node.attributes["epsilon"], 4))
                graph.add("BatchNormalization", [self._convert(node.inputs[0]), *names], output, epsilon=epsilon)
            case "BiasAdd":
                bias = graph.constant(f"{output}/bias", self._constant(node.inputs[1]).reshape(-1, 1, 1))
                graph.add("Add", [self._convert(node.inputs[0]), bias], output)
            case "Relu6":
                limits = [graph.constant(f"{output}/{limit}", np.array(limit, np.float32)) for limit in (0, 6)]
                graph.add("Clip", [self._convert(node.inputs[0]), *limits], output)
            case "Add":
                graph.add("Add", [self._convert(one) for one in node.inputs], output)
            case other:
                raise WeightsError(f"a TensorFlow operator {other} cannot be converted")
        return output

    def _add_convolution(self, node: _Node) -> None:
        weights, group = self._constant(node.inputs[1]), 1
        if node.operator == "Conv2D":
            weights = weights.transpose(3, 2, 0, 1)
        else:
            weights, group = weights.transpose(2, 3, 0, 1), weights.shape[2]
        if _only(node.attributes["padding"], 2) != b"SAME":
            raise WeightsError(f"the padding of {node.name} cannot be converted")
        _, *strides, _ = _only(_only(node.attributes["strides"], 1), 3)  # of N, H, W, C; one byte each
        names = [self._convert(node.inputs[0]), self._graph.constant(f"{node.name}/weights", weights)]
        self._graph.add("Conv", names, node.name, group=group, strides=strides, auto_pad="SAME_UPPER")

    def _channels(self, name: str) -> int:
        return self._constant(self._node(name).inputs[1]).size

    def _node(self, name: str) -> _Node:
        """The node of a name, behind those that change nothing."""
        if name not in self._nodes:
            raise WeightsError(f"the TensorFlow graph has no node {name}")
        node = self._nodes[name]
        return self._node(node.inputs[0]) if node.operator == "Identity" else node

    def _constant(self, name: str) -> Array:
        """The value of a constant tensor, float32, in TensorFlow's order of axes."""
        node = self._node(name)
        if node.operator != "Const":
            raise WeightsError(f"{name} is not a constant, so the network cannot be converted")
        tensor = dict(_fields(_only(node.attributes["value"], 8)))
        shape = [dict(_fields(size))[1] for _, size in _fields(tensor[2])]
        content = np.frombuffer(tensor[4] if 4 in tensor else tensor[5], "<f4")
        return np.broadcast_to(content if content.size == 1 else content.reshape(shape), shape)  # one value fills all


def _read_node(data: bytes) -> _Node:
    node = _Node()
    for number, value in _fields(data):
        match number:
            case 1:
                node.name = value.decode()
            case 2:
                node.operator = value.decode()
            case 3:
                node.inputs.append(value.decode())
            case 5:
                entry = dict(_fields(value))
                node.attributes[entry[1].decode()] = entry[2]
    return node


def _only(data: bytes, number: int) -> bytes:
    """The one field of a message that is of interest."""
    value: bytes = dict(_fields(data))[number]
    return value


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Numbers and values of a protobuf message's fields: whole numbers, or bytes."""
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        match key & 7:
            case 0:
                value, place = _varint(data, place)
                yield key >> 3, value
                continue
            case 1:
                length = 8
            case 2:
                length, place = _varint(data, place)
            case 5:
                length = 4
            case other:
                raise WeightsError(f"the file is no frozen TensorFlow graph: it has a field of type {other}")
        yield key >> 3, data[place : place + length]
        place += length


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return value, place
