"""ONNX models in half precision: what is float16 and what is not, and how near the outputs are to float32's."""

from __future__ import annotations

import functools
import warnings

import cv2
import numpy as np
import pytest
from layer_cases import CLOSE, EXACT, HEADS, text
from networks import network, random_weights
from reference import kit_file

from darknet_py import DarknetWarning, Network, cfg, export, graph, image, weights
from darknet_py.cli import main
from darknet_py.layers.activations import ACTIVATIONS

REASON = "needs onnx and onnxruntime: pip install darknet-runtime[test]"
onnx = pytest.importorskip("onnx", reason=REASON)
onnxruntime = pytest.importorskip("onnxruntime", reason=REASON)

HALF, FLOAT = onnx.TensorProto.FLOAT16, onnx.TensorProto.FLOAT
CLOSENESS = 4e-3  # of the largest value: eight roundings of half, 2**-11 each, of one sign
DETECTOR = text(
    "convolutional filters=14 size=3 stride=2 pad=1 activation=mish / upsample / "
    "convolutional filters=14 size=3 stride=2 pad=1 activation=leaky / yolo mask=0,1 anchors=4,6,10,12 classes=2 num=2"
)
SHAPE = (3, 24, 32)


def answers(model: onnx.ModelProto, x: np.ndarray) -> dict[str, np.ndarray]:
    quiet = onnxruntime.SessionOptions()
    quiet.log_severity_level, quiet.intra_op_num_threads = 3, 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), quiet, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"input": x}), strict=True))


def both(layers: str, shape: tuple[int, int, int], gain: float = 1.0) -> list[tuple[np.ndarray, np.ndarray]]:
    """(half's, float32's) of each output."""
    net = network(layers, shape)
    model = export.to_onnx(net, random_weights(net))
    half = export.to_half(model)
    onnx.checker.check_model(half, full_check=True)
    x = np.float32(gain) * np.random.RandomState(3).rand(1, *shape).astype(np.float32)
    return list(zip(answers(half, x).values(), answers(model, x).values(), strict=True))


LAYERS = [*EXACT, *((shape, layers) for shape, layers, _ in CLOSE), *(((3, 5, 4), layers) for layers, _ in HEADS)]


@pytest.mark.parametrize(("shape", "layers"), LAYERS, ids=[layers for _, layers in LAYERS])
def test_layers(shape, layers):
    for got, want in both(text(layers), shape):
        assert got.dtype == np.float32
        assert np.abs(got - want).max() <= CLOSENESS * np.abs(want).max()


@pytest.mark.parametrize("gain", [1, 60])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_beyond_what_half_can_raise_e_to(name, gain):
    """Values of some 60 at the gain of 60; 5e4 would be too much for a sum of exponentials alone."""
    if gain > 1 and name == "normalize_channels_softmax":
        gain = 10  # float32 itself ends at 88
    ((got, want),) = both(text(f"convolutional filters=24 size=1 activation={name} / conv 5"), (5, 9, 8), gain)
    assert np.isfinite(got).all()
    assert np.abs(got - want).max() <= CLOSENESS * max(np.abs(want).max(), 1e-2)


def model_of(layers: str = DETECTOR, **form: object) -> onnx.ModelProto:
    net = network(layers, SHAPE)
    return export.to_onnx(net, random_weights(net), **form)


def types(model: onnx.ModelProto) -> dict[str, int]:
    """{tensor: type}"""
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True).graph
    named = [*inferred.value_info, *inferred.input, *inferred.output]
    return {v.name: v.type.tensor_type.elem_type for v in named} | {a.name: a.data_type for a in inferred.initializer}


def types_read(model: onnx.ModelProto) -> dict[str, list[int]]:
    """{operator: types of all that it reads}"""
    found: dict[str, list[int]] = {}
    of = types(model)
    for node in model.graph.node:
        found.setdefault(node.op_type, []).extend(of[name] for name in node.input if name)
    return found


def test_what_is_half_and_what_is_not():
    read = types_read(export.to_half(model_of(outputs="boxes")))
    assert set(read["Conv"]) == {HALF}
    assert set(read["LeakyRelu"]) == {FLOAT}, "no convolution comes after it"
    assert all(FLOAT in read[name] and HALF not in read[name] for name in ("Softplus", "Tanh", "Sigmoid", "Exp", "Mul"))
    assert read["Resize"] == [HALF, FLOAT]


@pytest.mark.parametrize("outputs", ["heads", "boxes"])
@pytest.mark.parametrize("batch", [1, 3, "dynamic"])
def test_inputs_and_outputs_stay_as_they_are(outputs, batch):
    model = model_of(outputs=outputs, batch=batch)
    half = export.to_half(model)
    assert list(half.graph.input) == list(model.graph.input)
    assert list(half.graph.output) == list(model.graph.output)
    x = np.random.RandomState(0).rand(1 if batch == 1 else 3, *SHAPE).astype(np.float32)
    for got, want in zip(answers(half, x).values(), answers(model, x).values(), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize("outputs", [outputs for outputs in export.OUTPUTS if outputs.startswith("nms")])
def test_suppression_stays_as_it_is(outputs):
    model = model_of(outputs=outputs)
    half = export.to_half(model)
    assert list(half.graph.output) == list(model.graph.output)
    last = {"nms-onnx": "NonMaxSuppression", "nms-tensorrt": "EfficientNMS_TRT"}.get(outputs, "TopK")
    nodes = [[n for n in m.graph.node if n.op_type == last] for m in (half, model)]
    assert nodes[0]
    assert nodes[0] == nodes[1], "no Cast stands before it"
    if outputs != "nms-tensorrt":  # a plugin that is elsewhere
        x = np.random.RandomState(0).rand(1, *SHAPE).astype(np.float32)
        got, want = (answers(m, x) for m in (half, model))
        for name in got.keys() & {"num_dets"}:
            assert np.abs(np.int64(got[name]) - want[name]).max() <= 3


@pytest.mark.parametrize("layers", ["conv 4", "conv 4 / softmax", "dropout / cost", "conv 4 / conv 5 / route layers=0,1"])
def test_networks_that_end_anywhere(layers):
    for got, want in both(text(layers), (3, 4, 5)):
        assert got.dtype == np.float32
        np.testing.assert_allclose(got, want, rtol=2e-3, atol=2e-3)


def test_an_output_that_other_layers_read():
    head = "yolo mask=0 num=1 anchors=4,6 classes=1"
    for got, want in both(text(f"conv 6 / {head} / conv 6 / {head}"), (3, 4, 5)):
        assert got.dtype == np.float32
        np.testing.assert_allclose(got, want, rtol=2e-3, atol=2e-3)


def test_the_model_given_stays_as_it_is():
    model = model_of()
    before = model.SerializeToString(deterministic=True)
    once, twice = (export.to_half(model).SerializeToString(deterministic=True) for _ in range(2))
    assert once == twice
    assert model.SerializeToString(deterministic=True) == before
    assert len(once) < len(before)


def with_weights(change) -> tuple[onnx.ModelProto, onnx.ModelProto]:
    """The detector with other weights in layer 2, and the half of it."""
    net = network(DETECTOR, SHAPE)
    arrays = random_weights(net)
    change(arrays.params[2])
    model = export.to_onnx(net, arrays)
    return model, export.to_half(model)


@pytest.mark.parametrize("factor", [1e7, 1e-7, 3e-6])
def test_weights_that_half_cannot_hold_stay_float32(factor):
    def change(params):
        params["weights"] *= np.float32(factor)

    with pytest.warns(DarknetWarning, match=r"convolutional_2: half precision.*cannot hold its weights.*stay float32"):
        model, half = with_weights(change)
    stored = {a.name: a.data_type for a in half.graph.initializer}
    assert (stored["convolutional_2_weights"], stored["convolutional_0_weights"]) == (FLOAT, HALF)
    x = np.random.RandomState(0).rand(1, *SHAPE).astype(np.float32)
    (got,), (want,) = answers(half, x).values(), answers(model, x).values()
    assert np.isfinite(got).all()
    if factor < 1:
        np.testing.assert_allclose(got, want, atol=1e-6)


def test_a_large_bias_alone():
    def change(params):
        params["biases"][3] = 1e6

    with pytest.warns(DarknetWarning, match="convolutional_2.*the largest is 1e\\+06"):
        with_weights(change)


def test_weights_that_half_holds_are_not_warned_of():
    def change(params):
        params["weights"] *= np.float32(1e4)
        params["biases"][:] = 0

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with_weights(change)


@functools.cache
def trained(name: str) -> tuple[graph.Graph, weights.Weights]:
    net = graph.build(cfg.read(kit_file(f"cfg/{name}.cfg")))
    return net, weights.load(net, kit_file(f"weights/{name}.weights"))


@pytest.mark.parametrize(
    ("name", "picture"),
    [
        ("yolov4-chars", "examples/plate.jpg"), ("yolo-fastest-1.1", "images/dog.png"),
        ("yolo-fastest-1.1-xl", "images/horses.png"),
    ],
)
def test_boxes_of_trained_networks(name, picture):
    """Of all 13,000 candidates, not only those that are shown: at most 0.016 of probability, half of the bound."""
    net, arrays = trained(name)
    picture = cv2.resize(cv2.imread(str(kit_file(picture))), (net.net.width, net.net.height))
    x = image.from_array(picture)[None]
    model = export.to_onnx(net, arrays, "boxes")
    (boxes, scores), (want_boxes, want_scores) = (list(answers(m, x).values()) for m in (export.to_half(model), model))
    shown = want_scores.max(2) > 0.2
    assert shown.any()
    assert np.abs(scores - want_scores).max() < 0.03
    assert np.abs(boxes - want_boxes)[shown].max() < 0.01


def test_the_flag_and_the_method_write_the_same(tmp_path, capsys):
    net, arrays = network(DETECTOR, SHAPE), random_weights(network(DETECTOR, SHAPE))
    (tmp_path / "a.cfg").write_text(f"[net]\nchannels=3\nheight=24\nwidth=32\n{DETECTOR}")
    weights.save(net, arrays, tmp_path / "a.weights")
    files = [str(tmp_path / name) for name in ("a.cfg", "a.weights", "flag.onnx")]
    assert main(["export", *files[:2], "-fp16", "-o", files[2]]) == 0
    assert "input 1 x 3 x 24 x 32 -> yolo_3 1 x 14 x 12 x 16" in capsys.readouterr().out
    Network.load(files[0], files[1]).export(tmp_path / "method.onnx", fp16=True)
    assert (tmp_path / "flag.onnx").read_bytes() == (tmp_path / "method.onnx").read_bytes()
    assert HALF in {a.data_type for a in onnx.load(files[2]).graph.initializer}
