"""From a network as its package ships it to the network as we run it: bytes in, bytes out, the same on every machine.

`dequantize` multiplies the int8 blocks of a quantised ONNX file out into float32 weights, because onnxruntime refuses
one of the two shipped files and OpenCV the other, and because float convolutions are faster than dequantising at each
call. It also drops the graph inputs that are constants anyway, and leaves the sizes free that the card says are free.
`dequantize+prelu` further rewrites PRelu (`graph.Graph.add_prelu`). `tflite` is in `tflite`, `frozen` in `frozen`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizance.models import frozen, tflite
from recognizance.models.card import Conversion, ModelCard
from recognizance.models.graph import Graph, Shape


def convert(data: bytes, card: ModelCard) -> bytes:
    """Convert a file as shipped, the way the card says. Raises WeightsError where the file does not fit."""
    match card.conversion:
        case Conversion.NONE:
            return data
        case Conversion.TFLITE:
            return tflite.to_onnx(data)
        case Conversion.FROZEN:
            return frozen.to_onnx(data)
        case Conversion.DEQUANTIZE:
            return _rebuild(data, card, rewrite_prelu=False)
        case Conversion.DEQUANTIZE_PRELU:
            return _rebuild(data, card, rewrite_prelu=True)


def _rebuild(data: bytes, card: ModelCard, *, rewrite_prelu: bool) -> bytes:
    """The same network with constant float32 weights."""
    import onnx  # noqa: PLC0415 - needed while converting only, and slow to import

    shipped = onnx.load_from_string(data).graph
    graph = Graph(
        input=(shipped.input[0].name, card.input.shape),
        outputs={output.name: _free_shape(output) for output in shipped.output},
        constants={i.name: onnx.numpy_helper.to_array(i) for i in shipped.initializer},
    )
    for node in shipped.node:
        output = node.output[0]
        if node.op_type == "DequantizeLinear":
            options = {attribute.name: attribute.i for attribute in node.attribute}
            blocks, scale, zero = (graph.value(name) for name in node.input)
            graph.constant(output, _dequantize(blocks, scale, zero, axis=options["axis"], size=options["block_size"]))
        elif node.op_type == "Reshape" and node.input[0] in graph.constants:
            graph.constant(output, graph.value(node.input[0]).reshape(graph.value(node.input[1])))
        elif node.op_type == "PRelu" and rewrite_prelu:
            graph.add_prelu(node.input[0], graph.value(node.input[1]), output)
        else:
            graph.nodes.append(node)
    return graph.to_bytes()


def _free_shape(output: Any) -> Shape:
    """The shape of an output whose sizes follow the input's, except the last one."""
    *leading, last = (size.dim_value for size in output.type.tensor_type.shape.dim)
    return (*(f"{output.name}:{axis}" for axis, _ in enumerate(leading)), last)


def _dequantize(
    quantised: NDArray[np.int8], scale: NDArray[np.float32], zero: NDArray[np.int8], *, axis: int, size: int
) -> NDArray[np.float32]:
    """(quantised - zero) * scale, where each `scale` and `zero` serves a block of `size` values along `axis`."""
    length = quantised.shape[axis]  # the last block may be shorter than the others
    zeros = np.repeat(zero.astype(np.int32), size, axis).take(range(length), axis)
    scales = np.repeat(scale, size, axis).take(range(length), axis)
    return (quantised - zeros).astype(np.float32) * scales
