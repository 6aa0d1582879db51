"""Writes small TFLite models, so that tests meet operators, paddings and options that no shipped network has."""

from __future__ import annotations

from dataclasses import dataclass, field

import flatbuffers
import numpy as np
import tflite


@dataclass
class TinyModel:
    """One network: add tensors and operators, then `build`. Tensors are numbered in the order of adding."""

    tensors: list[tuple[str, tuple[int, ...], int, bytes]] = field(default_factory=list)
    operators: list[tuple[int, list[int], list[int], str | None, dict[str, int]]] = field(default_factory=list)

    def tensor(self, *shape: int) -> int:
        """A float32 tensor that is computed or fed; returns its number."""
        self.tensors.append((f"t{len(self.tensors)}", shape, tflite.TensorType.FLOAT32, b""))
        return len(self.tensors) - 1

    def constant(self, value: np.ndarray) -> int:
        """A constant of float32, float16, int32 or int8; returns its number."""
        kinds = {"float32": "FLOAT32", "float16": "FLOAT16", "int32": "INT32", "int8": "INT8"}
        kind = getattr(tflite.TensorType, kinds[value.dtype.name])
        self.tensors.append((f"t{len(self.tensors)}", value.shape, kind, value.tobytes()))
        return len(self.tensors) - 1

    def operator(self, code: int, inputs: list[int], output: int, options: str | None = None, **values: int) -> int:
        """An operator, with its options' table by name and fields by name; returns the output's number."""
        self.operators.append((code, inputs, [output], options, values))
        return output

    def build(self, feed: int, outputs: list[int]) -> bytes:
        """The model's bytes."""
        b = flatbuffers.Builder(1024)
        buffers = [_table(b, "Buffer")] + [_buffer(b, data) for *_, data in self.tensors]
        tensors = [
            _table(b, "Tensor", Name=b.CreateString(name), Shape=_ints(b, shape), Type=kind, Buffer=number)
            for number, (name, shape, kind, _) in enumerate(self.tensors, start=1)
        ]
        operators = []
        for number, (_, inputs, results, options, values) in enumerate(self.operators):
            extra = {}
            if options:
                extra["BuiltinOptionsType"] = getattr(tflite.BuiltinOptions, options)
                extra["BuiltinOptions"] = _table(b, options, **values)
            parts = {"OpcodeIndex": number, "Inputs": _ints(b, inputs), "Outputs": _ints(b, results)}
            operators.append(_table(b, "Operator", **parts, **extra))
        codes = [
            _table(b, "OperatorCode", BuiltinCode=code, DeprecatedBuiltinCode=min(code, 127), Version=1)
            for code, *_ in self.operators
        ]
        net = _table(
            b,
            "SubGraph",
            Tensors=_offsets(b, tensors),
            Inputs=_ints(b, [feed]),
            Outputs=_ints(b, outputs),
            Operators=_offsets(b, operators),
        )
        model = _table(
            b,
            "Model",
            Version=3,
            OperatorCodes=_offsets(b, codes),
            Subgraphs=_offsets(b, [net]),
            Buffers=_offsets(b, buffers),
        )
        b.Finish(model, b"TFL3")
        return bytes(b.Output())


def _table(b: flatbuffers.Builder, kind: str, **values: int) -> int:
    getattr(tflite, f"{kind}Start")(b)
    for name, value in values.items():
        getattr(tflite, f"{kind}Add{name}")(b, value)
    return getattr(tflite, f"{kind}End")(b)


def _buffer(b: flatbuffers.Builder, data: bytes) -> int:
    if not data:
        return _table(b, "Buffer")
    b.StartVector(1, len(data), 16)  # the interpreter reads weights in place, aligned
    b.head -= len(data)
    b.Bytes[b.head : b.head + len(data)] = data
    return _table(b, "Buffer", Data=b.EndVector())


def _ints(b: flatbuffers.Builder, values: tuple[int, ...] | list[int]) -> int:
    return b.CreateNumpyVector(np.asarray(values, np.int32))


def _offsets(b: flatbuffers.Builder, values: list[int]) -> int:
    b.StartVector(4, len(values), 4)
    for value in reversed(values):
        b.PrependUOffsetTRelative(value)
    return b.EndVector()
