from __future__ import annotations

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from recognizance.errors import WeightsError
from recognizance.models.card import Conversion, InputContract, ModelCard, Role
from recognizance.models.catalog import DEFAULT_PACK, SFACE, YUNET
from recognizance.models.convert import convert
from recognizance.models.store import digest, load


def session(data: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def card(conversion, shape=("batch", 4)):
    return ModelCard("tiny", Role.MESH, "tiny.onnx", "", None, conversion, "MIT", "", InputContract(shape, "RGB"))


@pytest.mark.parametrize("model", DEFAULT_PACK.cards, ids=lambda model: model.name)
def test_converting_twice_gives_the_pinned_bytes_both_times(model, shipped):
    source = shipped(model)
    assert digest(source) == model.source.sha256
    assert [digest(convert(source, model)) for _ in range(2)] == [model.sha256, model.sha256]


def test_a_file_without_conversion_stays_as_it_is():
    assert convert(b"any bytes", card(Conversion.NONE)) == b"any bytes"


# --- YuNet: the file as shipped runs in OpenCV alone ---------------------------------------------


@pytest.mark.parametrize("size", [(640, 640), (512, 512), (96, 320)], ids=str)
def test_converted_yunet_computes_what_the_shipped_file_computes(size, pictures, shipped, weights_dir):
    original = cv2.dnn.readNetFromONNX(np.frombuffer(shipped(YUNET), np.uint8))
    converted = session(load(YUNET, weights_dir))
    names = [output.name for output in converted.get_outputs()]
    for picture in pictures:
        batch = cv2.resize(picture, size[::-1]).transpose(2, 0, 1)[None].astype(np.float32)
        original.setInput(batch)
        for ours, theirs in zip(converted.run(names, {"input": batch}), original.forward(names), strict=True):
            np.testing.assert_allclose(ours, theirs, atol=2e-5)


def test_opencv_finds_the_same_faces_with_both_yunet_files(pictures, shipped, weights_dir, tmp_path):
    (tmp_path / "shipped.onnx").write_bytes(shipped(YUNET))
    for picture in pictures:
        size = picture.shape[1::-1]
        theirs, ours = (
            cv2.FaceDetectorYN.create(str(path), "", size, 0.6).detect(picture)[1]
            for path in (tmp_path / "shipped.onnx", weights_dir / YUNET.file)
        )
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-3)


# --- SFace: the file as shipped runs in onnxruntime once its stray inputs are gone ----------------


@pytest.fixture(scope="module")
def sface_as_shipped(shipped):
    model = onnx.load_from_string(shipped(SFACE))
    del model.graph.input[1:]
    return session(model.SerializeToString())


def test_converted_sface_embeds_as_the_shipped_file(crops, sface_as_shipped, weights_dir):
    converted = session(load(SFACE, weights_dir))
    for crop in crops:
        (theirs,), (ours,) = (s.run(None, {"data": crop})[0] for s in (sface_as_shipped, converted))
        assert ours.shape == (SFACE.space.dim,)
        np.testing.assert_allclose(ours, theirs, atol=1e-5 * np.linalg.norm(theirs))
        assert ours @ theirs / np.linalg.norm(ours) / np.linalg.norm(theirs) >= 0.999999


def test_converted_sface_takes_several_faces_at_once(crops, weights_dir):
    converted = session(load(SFACE, weights_dir))
    pair = np.concatenate([crops[0], crops[0][..., ::-1]])
    together = converted.run(None, {"data": pair})[0]
    apart = np.concatenate([converted.run(None, {"data": one[None]})[0] for one in pair])
    np.testing.assert_allclose(together, apart, atol=1e-4)


# --- the two steps, on graphs small enough to see through -----------------------------------------


def quantised(values, scale, zero, *, axis=1, size=3):
    """A graph input (N, 4) times a weight that is dequantised in blocks."""
    constants = {"values": values, "scale": scale, "zero": zero}
    nodes = [
        helper.make_node(
            "DequantizeLinear", list(constants), ["weight"], axis=axis, block_size=size, name="dequantise"
        ),
        helper.make_node("MatMul", ["x", "weight"], ["y"]),
    ]
    return graph_bytes(nodes, constants, last=values.shape[1])


def graph_bytes(nodes, constants, *, last):
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, last])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10).SerializeToString()


def test_blocks_are_dequantised_as_onnxruntime_does_it():
    random = np.random.default_rng(1)
    values = random.integers(-128, 127, (4, 7), np.int8)
    scale = random.random((4, 3), np.float32)  # the third block has one value
    zero = random.integers(-9, 9, (4, 3), np.int8)
    data = quantised(values, scale, zero)
    x = random.random((1, 4), np.float32)
    (converted,) = session(convert(data, card(Conversion.DEQUANTIZE))).run(None, {"x": x})
    np.testing.assert_allclose(converted, session(data).run(None, {"x": x})[0], rtol=1e-5)


def test_one_scale_for_all_values_is_one_block():
    values = np.arange(8, dtype=np.int8).reshape(4, 2)
    data = quantised(values, np.full((1, 2), 0.5, np.float32), np.ones((1, 2), np.int8), axis=0, size=64)
    (converted,) = session(convert(data, card(Conversion.DEQUANTIZE))).run(None, {"x": np.ones((1, 4), np.float32)})
    np.testing.assert_array_equal(converted, [[(0 + 2 + 4 + 6 - 4) / 2, (1 + 3 + 5 + 7 - 4) / 2]])


def test_prelu_is_rewritten_only_where_the_conversion_says_so():
    slope = np.float32([-0.5, 0, 0.25, 1.5])
    data = graph_bytes([helper.make_node("PRelu", ["x", "slope"], ["y"])], {"slope": slope}, last=4)
    kept, rewritten = (convert(data, card(c)) for c in (Conversion.DEQUANTIZE, Conversion.DEQUANTIZE_PRELU))
    assert [node.op_type for node in onnx.load_from_string(kept).graph.node] == ["PRelu"]
    assert "PRelu" not in {node.op_type for node in onnx.load_from_string(rewritten).graph.node}
    for x in (np.float32([[-2, -2, -2, -2]]), np.float32([[3, 3, 3, 3]])):
        expected = np.where(x > 0, x, slope * x)
        for model in (kept, rewritten):
            np.testing.assert_allclose(session(model).run(None, {"x": x})[0], expected, rtol=1e-6)


def test_free_sizes_are_those_of_the_card():
    data = graph_bytes([helper.make_node("Relu", ["x"], ["y"])], {}, last=4)
    converted = session(convert(data, card(Conversion.DEQUANTIZE, shape=("batch", 4))))
    assert converted.get_inputs()[0].shape == ["batch", 4]
    assert converted.run(None, {"x": np.ones((5, 4), np.float32)})[0].shape == (5, 4)


def test_dequantising_what_is_no_constant_is_refused():
    nodes = [helper.make_node("DequantizeLinear", ["x", "scale", "zero"], ["y"], axis=1, block_size=4)]
    data = graph_bytes(nodes, {"scale": np.ones((1, 1), np.float32), "zero": np.zeros((1, 1), np.int8)}, last=4)
    with pytest.raises(WeightsError, match="x is not a constant, so the network cannot be converted"):
        convert(data, card(Conversion.DEQUANTIZE))
