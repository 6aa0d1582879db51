"""Frozen TensorFlow graphs: tiny ones, written field by field, against the same sums in numpy."""

from __future__ import annotations

import struct

import numpy as np
import onnxruntime
import pytest

from recognizance.errors import WeightsError
from recognizance.models.frozen import INPUT, OUTPUTS, to_onnx


def varint(number):
    low, high = number & 127, number >> 7
    return bytes([low | 128]) + varint(high) if high else bytes([low])


def field(number, value):
    """A field of a message: bytes, or a whole number."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def node(name, operator, *inputs, **attributes):
    parts = [field(1, name.encode()), field(2, operator.encode()), *(field(3, one.encode()) for one in inputs)]
    parts += [field(5, field(1, key.encode()) + field(2, value)) for key, value in attributes.items()]
    return field(1, b"".join(parts))


def const(name, value, *, packed=True):
    shape = field(2, b"".join(field(2, field(1, size)) for size in value.shape))
    content = field(4, value.tobytes()) if packed else field(5, value.ravel()[:1].tobytes())
    return node(name, "Const", value=field(8, shape + content))


WINDOW = {"padding": field(2, b"SAME"), "strides": field(1, field(3, bytes([1, 2, 2, 1])))}
RNG = np.random.default_rng(5)
WEIGHTS = RNG.standard_normal((1, 1, 3, 4)).astype(np.float32)  # TensorFlow's order: height, width, in, out
DEPTHWISE = RNG.standard_normal((1, 1, 4, 1)).astype(np.float32)
NORMAL = {name: RNG.uniform(0.5, 2, 4).astype(np.float32) for name in ("scale", "offset", "mean", "variance")}
BIAS = np.array([1, 2, 3, 4], np.float32)


def graph(**changes):
    """Every output is BiasAdd(Add(Relu6(x), x)), x a convolution, normalised, through a depthwise one."""
    parts = {
        INPUT: node(INPUT, "Sub"),
        "w": const("w", WEIGHTS),
        "w/read": node("w/read", "Identity", "w"),
        "d": const("d", DEPTHWISE),
        "bias": const("bias", BIAS),
        "conv": node("conv", "Conv2D", INPUT, "w/read", **WINDOW),
        **{name: const(name, value) for name, value in NORMAL.items()},
        "bn": node("bn", "FusedBatchNorm", "conv", *NORMAL, epsilon=varint(4 << 3 | 5) + struct.pack("<f", 0.001)),
        "deep": node("deep", "DepthwiseConv2dNative", "bn", "d", **WINDOW),
        "relu": node("relu", "Relu6", "deep"),
        "sum": node("sum", "Add", "relu", "deep"),
        **{name: node(name, "BiasAdd", "sum", "bias") for name in OUTPUTS},
        "versions": field(4, field(1, 27)),
    } | changes
    return b"".join(parts.values())


def run(model, picture):
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    assert [output.name for output in session.get_outputs()] == list(OUTPUTS)
    return session.run(list(OUTPUTS), {INPUT: picture})


def expected(picture, bias=BIAS):
    x = np.einsum("nchw,co->nohw", picture[:, :, ::2, ::2], WEIGHTS[0, 0])
    s, o, m, v = (NORMAL[name].reshape(-1, 1, 1) for name in ("scale", "offset", "mean", "variance"))
    x = (s * (x - m) / np.sqrt(v + 0.001) + o)[:, :, ::2, ::2] * DEPTHWISE.reshape(-1, 1, 1)
    return np.clip(x, 0, 6) + x + bias.reshape(-1, 1, 1)


def test_the_converted_network_does_the_same_sums():
    picture = RNG.standard_normal((1, 3, 9, 13)).astype(np.float32)
    for output in run(to_onnx(graph()), picture):
        np.testing.assert_allclose(output, expected(picture), rtol=1e-5, atol=1e-5)


def test_one_value_fills_a_constant():
    picture = np.zeros((1, 3, 8, 8), np.float32)
    same = np.full(4, 7, np.float32)
    [output, *_] = run(to_onnx(graph(bias=const("bias", same, packed=False))), picture)
    np.testing.assert_allclose(output, expected(picture, same), rtol=1e-5, atol=1e-5)


def test_the_same_file_gives_the_same_bytes():
    assert to_onnx(graph()) == to_onnx(graph())


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(
            graph(relu=node("relu", "Sigmoid", "deep")), "operator Sigmoid cannot be converted", id="operator"
        ),
        pytest.param(graph(relu=b""), "has no node relu", id="a node is missing"),
        pytest.param(graph(w=node("w", "Variable")), "w/read is not a constant", id="a variable"),
        pytest.param(
            graph(conv=node("conv", "Conv2D", INPUT, "w", **WINDOW | {"padding": field(2, b"VALID")})),
            "padding of conv cannot be converted",
            id="padding",
        ),
        pytest.param(b"", "has no node BoxPredictor_0", id="empty"),
        pytest.param(b"\x0b text", "no frozen TensorFlow graph: it has a field of type 3", id="another type of field"),
        pytest.param(b"\x80", "no frozen TensorFlow graph", id="cut"),
    ],
)
def test_what_is_not_known_is_refused(data, message):
    with pytest.raises(WeightsError, match=message):
        to_onnx(data)
