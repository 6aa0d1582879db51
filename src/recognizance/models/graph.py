"""An ONNX graph under construction: the converters add nodes and weights, and out come bytes.

The same additions give the same bytes on every run and machine: opset, IR version and producer are fixed here, weights
are written in the order in which nodes use them, and every number comes from single IEEE operations. Only another
release of `onnx` or of its protobuf runtime could write the message differently; the lock file pins both, and a pull
compares the digest of what it wrote with the card's, so a difference is refused and never served.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizance.errors import WeightsError

OPSET = 21
IR_VERSION = 10
PRODUCER = "recognizance"

Shape = tuple[int | str, ...]
"""Sizes of a tensor; a string names a size that is free."""


@dataclass
class Graph:
    """Nodes, and the constants they use by name.

    `input` is the name and shape of the one float32 input; `outputs` maps names of float32 results to their shapes.
    """

    input: tuple[str, Shape]
    outputs: Mapping[str, Shape]
    constants: dict[str, NDArray[Any]] = field(default_factory=dict)
    nodes: list[Any] = field(default_factory=list)

    def add(self, operator: str, inputs: Sequence[str], output: str, **attributes: object) -> None:
        """Append a node with one output."""
        from onnx import helper  # noqa: PLC0415 - onnx is needed while converting only, and slow to import

        self.nodes.append(helper.make_node(operator, list(inputs), [output], name=output, **attributes))

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """Keep a constant under a name, which is returned."""
        self.constants[name] = value
        return name

    def value(self, name: str) -> NDArray[Any]:
        """The value of a constant. Raises WeightsError where `name` is none."""
        if name not in self.constants:
            raise WeightsError(f"{name} is not a constant, so the network cannot be converted")
        return self.constants[name]

    def add_prelu(self, x: str, slope: NDArray[np.float32], output: str) -> None:
        """Append PRelu(x) with `slope` float32 (C, 1, 1) as `slope * x + (1 - slope) * Relu(x)`.

        The values are the same to rounding. onnxruntime runs these four operators in the blocked layout of the
        convolutions around them; for a PRelu it leaves that layout and comes back, which costs more than the PRelu.
        """
        through = self.constant(f"{output}/slope", slope)
        above = self.constant(f"{output}/above", np.float32(1) - slope)
        self.add("Mul", [x, through], f"{output}/through")
        self.add("Relu", [x], f"{output}/positive")
        self.add("Mul", [f"{output}/positive", above], f"{output}/rest")
        self.add("Add", [f"{output}/through", f"{output}/rest"], output)

    def to_bytes(self) -> bytes:
        """The graph as a serialised ONNX model. Constants that no node uses are left out."""
        from onnx import TensorProto, helper, numpy_helper  # noqa: PLC0415 - as in `add`

        used = dict.fromkeys(i for node in self.nodes for i in node.input if i in self.constants)
        graph = helper.make_graph(
            self.nodes,
            PRODUCER,
            [helper.make_tensor_value_info(self.input[0], TensorProto.FLOAT, self.input[1])],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in self.outputs.items()],
            [numpy_helper.from_array(np.ascontiguousarray(self.constants[i]), i) for i in used],
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name=PRODUCER
        )
        data: bytes = model.SerializeToString(deterministic=True)
        return data
