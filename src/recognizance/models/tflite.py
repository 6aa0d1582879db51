"""TFLite to ONNX, for the MediaPipe networks: flatbuffer bytes in, ONNX bytes out.

The input becomes NCHW, as all our networks take it, and N is free. No transpose is needed anywhere: inside, TFLite's
NHWC is only a matter of how weights and paddings are ordered, and an output has one value a channel, (N, C) or
(N, C, 1, 1). Only the operators and options that these networks use are known; anything else is refused. PRelu is
rewritten, see `graph.Graph.add_prelu`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizance.errors import WeightsError
from recognizance.models.graph import Graph, Shape

_TYPES = {0: np.dtype("<f4"), 1: np.dtype("<f2"), 2: np.dtype("<i4")}  # tflite.TensorType
_PADDING_SAME = 0  # tflite.Padding
_NO_ACTIVATION = 0  # tflite.ActivationFunctionType


def to_onnx(data: bytes) -> bytes:
    """Convert a float TFLite model with one input. Raises WeightsError for what is not known here."""
    return _Conversion(data).run()


class _Conversion:
    """One conversion: walks the operators in file order, which is execution order, and fills a Graph."""

    def __init__(self, data: bytes) -> None:
        import tflite  # noqa: PLC0415 - needed while converting only

        self._tflite = tflite
        self._model = tflite.Model.GetRootAs(data, 0)
        self._net = self._model.Subgraphs(0)
        self._folded: dict[int, NDArray[Any]] = {}
        _, height, width, channels = self._shape(self._net.Inputs(0))
        self._graph = Graph(
            input=(self._name(self._net.Inputs(0)), ("batch", channels, height, width)),
            outputs={self._name(i): self._output_shape(i) for i in self._net.OutputsAsNumpy()},
        )

    def run(self) -> bytes:
        """Convert every operator."""
        codes = self._tflite.BuiltinOperator
        steps: dict[int, Callable[[Any], None]] = {
            codes.DEQUANTIZE: self._dequantize,
            codes.CONV_2D: self._convolve,
            codes.DEPTHWISE_CONV_2D: self._convolve_depthwise,
            codes.PRELU: self._prelu,
            codes.ADD: self._add,
            codes.MAX_POOL_2D: self._pool,
            codes.PAD: self._pad,
            codes.RESHAPE: self._reshape,
        }
        for i in range(self._net.OperatorsLength()):
            operator = self._net.Operators(i)
            code = self._model.OperatorCodes(operator.OpcodeIndex())
            # Numbers above 127 came later, in a wider field beside the old one, which then holds a placeholder.
            number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
            if number not in steps:
                raise WeightsError(f"a TFLite operator with number {number} cannot be converted")
            steps[number](operator)
        return self._graph.to_bytes()

    # --- operators ----------------------------------------------------------------------------

    def _dequantize(self, operator: Any) -> None:
        """Half-precision weights become float32 constants."""
        self._folded[operator.Outputs(0)] = self._constant(operator.Inputs(0)).astype(np.float32)

    def _convolve(self, operator: Any) -> None:
        options = self._options(operator, self._tflite.Conv2DOptions)
        self._add_convolution(operator, options, weights=self._constant(operator.Inputs(1)).transpose(0, 3, 1, 2))

    def _convolve_depthwise(self, operator: Any) -> None:
        options = self._options(operator, self._tflite.DepthwiseConv2DOptions)
        if options.DepthMultiplier() != 1:
            raise WeightsError("a TFLite depthwise convolution with a depth multiplier cannot be converted")
        weights = self._constant(operator.Inputs(1)).transpose(3, 0, 1, 2)
        self._add_convolution(operator, options, weights=weights, group=weights.shape[0])

    def _add_convolution(self, operator: Any, options: Any, *, weights: NDArray[np.float32], group: int = 1) -> None:
        """Append a Conv; `weights` float32 (out, in / group, height, width)."""
        if (options.DilationHFactor(), options.DilationWFactor()) != (1, 1):
            raise WeightsError("a TFLite convolution with dilation cannot be converted")
        output = self._name(operator.Outputs(0))
        names = [
            self._name(operator.Inputs(0)),
            self._graph.constant(f"{output}/weights", weights),
            self._graph.constant(f"{output}/bias", self._constant(operator.Inputs(2))),
        ]
        window = self._window(operator, options, weights.shape[2:])
        self._graph.add("Conv", names, output, group=group, **window)

    def _pool(self, operator: Any) -> None:
        options = self._options(operator, self._tflite.Pool2DOptions)
        window = self._window(operator, options, (options.FilterHeight(), options.FilterWidth()))
        self._graph.add("MaxPool", [self._name(operator.Inputs(0))], self._name(operator.Outputs(0)), **window)

    def _prelu(self, operator: Any) -> None:
        slope = self._constant(operator.Inputs(1)).reshape(-1, 1, 1)
        self._graph.add_prelu(self._name(operator.Inputs(0)), slope, self._name(operator.Outputs(0)))

    def _add(self, operator: Any) -> None:
        self._options(operator, self._tflite.AddOptions)
        self._graph.add("Add", [self._name(i) for i in operator.InputsAsNumpy()], self._name(operator.Outputs(0)))

    def _pad(self, operator: Any) -> None:
        """Zeros around a tensor; TFLite holds (before, after) for each of N, H, W, C."""
        output = self._name(operator.Outputs(0))
        before, after = self._constant(operator.Inputs(1))[[0, 3, 1, 2]].T
        pads = self._graph.constant(f"{output}/pads", np.concatenate([before, after]).astype(np.int64))
        self._graph.add("Pad", [self._name(operator.Inputs(0)), pads], output)

    def _reshape(self, operator: Any) -> None:
        """Only (N, 1, 1, C) to (N, C), where the order of axes does not matter."""
        before, after = self._shape(operator.Inputs(0)), self._shape(operator.Outputs(0))
        if before[1:] != [1, 1, *after[1:]]:
            raise WeightsError(f"a TFLite reshape from {before} to {after} cannot be converted")
        self._graph.add("Flatten", [self._name(operator.Inputs(0))], self._name(operator.Outputs(0)), axis=1)

    # --- reading the flatbuffer ---------------------------------------------------------------

    def _name(self, tensor: int) -> str:
        return str(self._net.Tensors(tensor).Name().decode())

    def _shape(self, tensor: int) -> list[int]:
        return [int(size) for size in self._net.Tensors(tensor).ShapeAsNumpy()]

    def _output_shape(self, tensor: int) -> Shape:
        """The NCHW shape of a result, whose height and width must be 1: there NHWC and NCHW hold the same order."""
        _, *picture, channels = self._shape(tensor)
        if picture not in ([], [1, 1]):
            raise WeightsError(f"the TFLite output {self._name(tensor)} is not a list of numbers")
        return ("batch", channels, *picture)

    def _constant(self, tensor: int) -> NDArray[Any]:
        """The value of a constant tensor, in TFLite's order of axes."""
        if tensor in self._folded:
            return self._folded[tensor]
        data = self._model.Buffers(self._net.Tensors(tensor).Buffer())
        kind = self._net.Tensors(tensor).Type()
        if kind not in _TYPES or not data.DataLength():
            raise WeightsError(f"the TFLite tensor {self._name(tensor)} is not a float or int32 constant")
        value: NDArray[Any] = data.DataAsNumpy().view(_TYPES[kind]).reshape(self._shape(tensor))
        return value

    def _options(self, operator: Any, kind: type) -> Any:
        """The operator's options, read as their type."""
        options = kind()
        table = operator.BuiltinOptions()
        options.Init(table.Bytes, table.Pos)
        if options.FusedActivationFunction() != _NO_ACTIVATION:
            raise WeightsError(f"a fused activation in TFLite's {kind.__name__} cannot be converted")
        return options

    def _window(self, operator: Any, options: Any, kernel: tuple[int, ...]) -> dict[str, list[int]]:
        """ONNX's attributes of a sliding window of `kernel` (height, width)."""
        strides = (options.StrideH(), options.StrideW())
        before, after = [0, 0], [0, 0]
        if options.Padding() == _PADDING_SAME:
            sizes = zip(self._shape(operator.Inputs(0))[1:3], self._shape(operator.Outputs(0))[1:3], strict=True)
            for axis, (size, result) in enumerate(sizes):
                missing = max((result - 1) * strides[axis] + kernel[axis] - size, 0)
                # An odd pixel of padding goes after, as in TensorFlow.
                before[axis], after[axis] = missing // 2, missing - missing // 2
        return {"kernel_shape": list(kernel), "strides": list(strides), "pads": before + after}
