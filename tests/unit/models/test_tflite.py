from __future__ import annotations

import cv2
import numpy as np
import onnxruntime
import pytest
from ai_edge_litert.interpreter import Interpreter
from tflite import BuiltinOperator as Code
from tiny_tflite import TinyModel

from recognizance.errors import WeightsError
from recognizance.models.catalog import FACE_MESH, IRIS
from recognizance.models.store import load
from recognizance.models.tflite import to_onnx

SAME, VALID = 0, 1


def run_litert(model: bytes, batch_nhwc: np.ndarray) -> dict[str, np.ndarray]:
    """Outputs by name, flattened, of TFLite's own runtime."""
    interpreter = Interpreter(model_content=model, num_threads=1)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], batch_nhwc)
    interpreter.invoke()
    return {o["name"]: interpreter.get_tensor(o["index"]).ravel() for o in interpreter.get_output_details()}


def run_onnx(model: bytes, batch_nhwc: np.ndarray) -> dict[str, np.ndarray]:
    """Outputs by name, flattened, of the converted network."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    outputs = session.run(names, {session.get_inputs()[0].name: np.ascontiguousarray(batch_nhwc.transpose(0, 3, 1, 2))})
    return {name: output.ravel() for name, output in zip(names, outputs, strict=True)}


def cut(picture: np.ndarray, centre: np.ndarray, side: float, size: int) -> np.ndarray:
    """A square of a BGR picture as RGB float32 (1, size, size, 3), 0..1."""
    scale = size / side
    matrix = np.float32([[scale, 0, size / 2 - centre[0] * scale], [0, scale, size / 2 - centre[1] * scale]])
    rgb = cv2.cvtColor(cv2.warpAffine(picture, matrix, (size, size)), cv2.COLOR_BGR2RGB)
    return rgb[None].astype(np.float32) / 255


def test_face_mesh_finds_the_points_that_tflite_finds(faces, shipped, weights_dir):
    for picture, row in faces:
        crop = cut(picture, row[:2] + row[2:4] / 2, 1.5 * max(row[2:4]), 192)
        ours, theirs = run_onnx(load(FACE_MESH, weights_dir), crop), run_litert(shipped(FACE_MESH), crop)
        assert {name: output.size for name, output in ours.items()} == {"conv2d_21": 468 * 3, "conv2d_31": 1}
        for name, output in theirs.items():
            np.testing.assert_allclose(ours[name], output, atol=1e-3)  # in pixels of 192, and a logit


def test_iris_finds_the_points_that_tflite_finds(faces, shipped, weights_dir):
    for picture, row in faces:
        crop = cut(picture, row[4:6], max(row[2:4]) / 3, 64)
        ours, theirs = run_onnx(load(IRIS, weights_dir), crop), run_litert(shipped(IRIS), crop)
        sizes = {"output_eyes_contours_and_brows": 71 * 3, "output_iris": 5 * 3}
        assert {name: output.size for name, output in ours.items()} == sizes
        for name, output in theirs.items():
            np.testing.assert_allclose(ours[name], output, atol=1e-3)


# --- operators one by one, on sizes where a padding can go wrong ----------------------------------


def collect(model: TinyModel, value: int, height: int, width: int, channels: int) -> int:
    """Weigh all of a picture into three numbers, so that the model ends as the converter wants it."""
    random = np.random.default_rng(9)
    weights = model.constant(random.standard_normal((3, height, width, channels)).astype(np.float32))
    inputs = [value, weights, model.constant(np.zeros(3, np.float32))]
    output = model.tensor(1, 1, 1, 3)
    return model.operator(
        Code.CONV_2D, inputs, output, "Conv2DOptions", Padding=VALID, StrideH=1, StrideW=1, **UNDILATED
    )


UNDILATED = {"DilationHFactor": 1, "DilationWFactor": 1}


def length(size: int, kernel: int, stride: int, padding: int) -> int:
    return -(-size // stride) if padding == SAME else (size - kernel) // stride + 1


@pytest.mark.parametrize("padding", [SAME, VALID], ids=["same", "valid"])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel", [1, 2, 3, 5])
@pytest.mark.parametrize("kind", ["convolution", "depthwise", "pool"])
def test_windows_slide_as_in_tflite(kind, kernel, stride, padding):
    random = np.random.default_rng(kernel * 10 + stride)
    model = TinyModel()
    x = model.tensor(1, 7, 10, 4)
    size = length(7, kernel, stride, padding), length(10, kernel, stride, padding)
    window = {"Padding": padding, "StrideH": stride, "StrideW": stride}
    y = model.tensor(1, *size, 4)
    if kind == "pool":
        model.operator(Code.MAX_POOL_2D, [x], y, "Pool2DOptions", FilterHeight=kernel, FilterWidth=kernel, **window)
    else:
        shape = (4, kernel, kernel, 4) if kind == "convolution" else (1, kernel, kernel, 4)
        weights = model.constant(random.standard_normal(shape).astype(np.float32))
        inputs = [x, weights, model.constant(random.standard_normal(4).astype(np.float32))]
        if kind == "convolution":
            model.operator(Code.CONV_2D, inputs, y, "Conv2DOptions", **window, **UNDILATED)
        else:
            options = {**window, **UNDILATED, "DepthMultiplier": 1}
            model.operator(Code.DEPTHWISE_CONV_2D, inputs, y, "DepthwiseConv2DOptions", **options)
    data = model.build(x, [collect(model, y, *size, 4)])
    batch = random.standard_normal((1, 7, 10, 4)).astype(np.float32)
    (ours,), (theirs,) = run_onnx(to_onnx(data), batch).values(), run_litert(data, batch).values()
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)


def test_prelu_pad_add_and_reshape_compute_as_in_tflite():
    random = np.random.default_rng(3)
    model = TinyModel()
    x = model.tensor(1, 4, 5, 3)
    slope = model.tensor(1, 1, 3)
    half = model.constant(np.array([[[-0.5, 0.25, 1.5]]], np.float16))
    model.operator(Code.DEQUANTIZE, [half], slope, "DequantizeOptions")
    bent = model.operator(Code.PRELU, [x, slope], model.tensor(1, 4, 5, 3))
    pads = model.constant(np.array([[0, 0], [1, 0], [0, 2], [0, 1]], np.int32))
    padded = model.operator(Code.PAD, [bent, pads], model.tensor(1, 5, 7, 4), "PadOptions")
    doubled = model.operator(Code.ADD, [padded, padded], model.tensor(1, 5, 7, 4), "AddOptions")
    few = collect(model, doubled, 5, 7, 4)
    shape = model.constant(np.array([1, 3], np.int32))
    flat = model.operator(Code.RESHAPE, [few, shape], model.tensor(1, 3), "ReshapeOptions")
    data = model.build(x, [flat])
    batch = random.standard_normal((1, 4, 5, 3)).astype(np.float32)
    (ours,), (theirs,) = run_onnx(to_onnx(data), batch).values(), run_litert(data, batch).values()
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


# --- refusals -------------------------------------------------------------------------------------


def convolution(weights: np.ndarray | None = None, code: int = Code.CONV_2D, **values: int) -> bytes:
    """A model of one convolution to one value a channel, with something changed."""
    model = TinyModel()
    x = model.tensor(1, 2, 2, 3)
    depthwise = code == Code.DEPTHWISE_CONV_2D
    weights = np.ones((1, 2, 2, 3) if depthwise else (3, 2, 2, 3), np.float32) if weights is None else weights
    inputs = [x, model.constant(weights), model.constant(np.zeros(3, np.float32))]
    options = {"Padding": VALID, "StrideH": 1, "StrideW": 1, **UNDILATED, **values}
    y = model.tensor(1, 1, 1, 3)
    model.operator(code, inputs, y, "DepthwiseConv2DOptions" if depthwise else "Conv2DOptions", **options)
    return model.build(x, [y])


def one_operator(code: int, before: tuple[int, ...], after: tuple[int, ...], options: str) -> bytes:
    model = TinyModel()
    x = model.tensor(*before)
    return model.build(x, [model.operator(code, [x], model.tensor(*after), options)])


REFUSED = {
    "an operator that no network of ours uses": (
        lambda: one_operator(Code.SOFTMAX, (1, 1, 1, 4), (1, 1, 1, 4), "SoftmaxOptions"),
        "operator with number 25 cannot be converted",
    ),
    "an operator of the wide number field": (
        lambda: one_operator(Code.GELU, (1, 1, 1, 4), (1, 1, 1, 4), "GeluOptions"),
        "operator with number 150 cannot be converted",
    ),
    "a fused activation": (
        lambda: convolution(FusedActivationFunction=1),
        "fused activation in TFLite's Conv2DOptions cannot be converted",
    ),
    "a dilated convolution": (
        lambda: convolution(DilationHFactor=2),
        "convolution with dilation cannot be converted",
    ),
    "a depth multiplier": (
        lambda: convolution(code=Code.DEPTHWISE_CONV_2D, DepthMultiplier=2),
        "depth multiplier cannot be converted",
    ),
    "int8 weights": (
        lambda: convolution(np.ones((3, 2, 2, 3), np.int8)),
        "t1 is not a float or int32 constant",
    ),
    "weights that are not constant": (
        lambda: convolution(np.ones((0, 2, 2, 3), np.float32)),
        "t1 is not a float or int32 constant",
    ),
    "a reshape that mixes axes": (
        lambda: one_operator(Code.RESHAPE, (1, 2, 2, 3), (1, 12), "ReshapeOptions"),
        r"reshape from \[1, 2, 2, 3\] to \[1, 12\] cannot be converted",
    ),
    "a picture as output": (
        lambda: one_operator(Code.MAX_POOL_2D, (1, 4, 4, 3), (1, 2, 2, 3), "Pool2DOptions"),
        "output t1 is not a list of numbers",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_known_is_refused(case):
    build, message = REFUSED[case]
    with pytest.raises(WeightsError, match=message):
        to_onnx(build())
