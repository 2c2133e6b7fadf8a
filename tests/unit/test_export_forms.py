"""Forms of ONNX models: every opset, what Ultralytics' YOLOv8 gives, Mish without Softplus."""

from __future__ import annotations

import functools
import warnings

import numpy as np
import pytest
from layer_cases import CLOSE, EXACT, HEADS, text
from networks import network, random_weights

from darknet_py import ExportError, export, graph
from darknet_py.cli import main
from darknet_py.weights import Weights

REASON = "needs onnx and onnxruntime: pip install darknet-runtime[test]"
onnx = pytest.importorskip("onnx", reason=REASON)
onnxruntime = pytest.importorskip("onnxruntime", reason=REASON)

NEWEST = onnx.defs.onnx_opset_version()
LAYERS = [*EXACT, *((shape, layers) for shape, layers, _ in CLOSE), *(((3, 5, 4), layers) for layers, _ in HEADS)]
DETECTOR = text(
    "convolutional filters=14 size=3 stride=2 pad=1 activation=mish / yolo mask=0,1 anchors=4,6,10,12 classes=2 num=2 / "
    "route layers=-2 / convolutional filters=18 size=1 activation=leaky / "
    "Gaussian_yolo mask=0 anchors=4,6,10,12 classes=9 num=2 scale_x_y=1.2 yolo_point=left_top"
)
SHAPE = (3, 24, 32)


def checked(model: onnx.ModelProto) -> onnx.ModelProto:
    onnx.checker.check_model(model, full_check=True)
    onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    return model


def answers(model: onnx.ModelProto, x: np.ndarray) -> dict[str, np.ndarray]:
    """What ONNX Runtime computes: {output: array}."""
    quiet = onnxruntime.SessionOptions()
    quiet.log_severity_level, quiet.intra_op_num_threads = 3, 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), quiet, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"input": x}), strict=True))


def assert_equal(got: dict[str, np.ndarray], want: dict[str, np.ndarray]) -> None:
    assert got.keys() == want.keys()
    for name, y in want.items():
        np.testing.assert_allclose(got[name], y, rtol=1e-6, atol=1e-6 * np.abs(y).max(), err_msg=name)


def operators(model: onnx.ModelProto) -> set[str]:
    graphs = [model.graph]
    graphs += [a.g for node in model.graph.node for a in node.attribute if a.HasField("g")]
    return {node.op_type for one in graphs for node in one.node}


@functools.cache
def detector() -> tuple[graph.Graph, Weights]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = network(DETECTOR, SHAPE)
    return net, random_weights(net)


@pytest.mark.parametrize("opset", [13, 15, 17, NEWEST])
def test_every_layer_in_opsets(opset):
    """Those that differ in the forms of our operators; the default's, 18, are held to the twins elsewhere."""
    for seed, (shape, layers) in enumerate(LAYERS):
        net = network(text(layers), shape)
        arrays, x = random_weights(net, seed), np.random.RandomState(seed).rand(1, *shape).astype(np.float32)
        model = checked(export.to_onnx(net, arrays, opset=opset))
        assert_equal(answers(model, x), answers(export.to_onnx(net, arrays), x))


@pytest.mark.parametrize("opset", range(export.LEAST_OPSET, NEWEST + 1))
@pytest.mark.parametrize("outputs", ["heads", "boxes", "yolov8", "nms", "nms-rows", "nms-onnx"])
def test_every_form_in_every_opset(outputs, opset):
    x = np.random.RandomState(0).rand(2, *SHAPE).astype(np.float32)
    model = checked(export.to_onnx(*detector(), outputs, "dynamic", opset=opset, thresh=0.2))
    assert {entry.domain: entry.version for entry in model.opset_import} == {"": opset}
    assert_equal(answers(model, x), answers(export.to_onnx(*detector(), outputs, "dynamic", thresh=0.2), x))


@pytest.mark.parametrize(("opset", "ir"), [(13, 7), (14, 7), (15, 8), (18, 8), (19, 9)])
def test_the_ir_version_is_the_opsets(opset, ir):
    assert export.to_onnx(*detector(), opset=opset).ir_version == ir


@pytest.mark.parametrize(("opset", "there"), [(13, {"Slice"}), (14, {"Slice"}), (15, {"Split"}), (18, {"Split"})])
@pytest.mark.parametrize("outputs", ["heads", "boxes", "yolov8", "nms"])
def test_split_is_slices_for_tensorrt_8(outputs, opset, there):
    assert operators(export.to_onnx(*detector(), outputs, opset=opset)) & {"Split", *there} >= there
    if opset < 15:
        assert "Split" not in operators(export.to_onnx(*detector(), outputs, opset=opset))


@pytest.mark.parametrize("outputs", ["heads", "boxes"])
def test_opsets_in_half_precision(outputs):
    x = np.random.RandomState(0).rand(1, *SHAPE).astype(np.float32)
    older = answers(checked(export.to_onnx(*detector(), outputs, opset=13, fp16=True)), x)
    assert_equal(older, answers(export.to_onnx(*detector(), outputs, fp16=True), x))


@pytest.mark.parametrize("batch", [1, 2, "dynamic"])
def test_yolov8_gives_boxes_in_pixels_and_scores_in_columns(batch):
    pictures = 2 if batch == "dynamic" else batch
    x = np.random.RandomState(0).rand(pictures, *SHAPE).astype(np.float32)
    model = checked(export.to_onnx(*detector(), "yolov8", batch))
    (output,) = model.graph.output
    assert [d.dim_param or d.dim_value for d in output.type.tensor_type.shape.dim] == [
        "batch" if batch == "dynamic" else batch, 4 + 9, 3 * 12 * 16,
    ]  # fmt: skip
    boxes, scores = answers(export.to_onnx(*detector(), "boxes", batch), x).values()
    got = answers(model, x)["output0"]
    np.testing.assert_allclose(got[:, :4], boxes.transpose(0, 2, 1) * [[32], [24], [32], [24]], rtol=1e-6)
    np.testing.assert_array_equal(got[:, 4:], scores.transpose(0, 2, 1))


FLOATS = np.concatenate([np.linspace(-120, 120, 2**14), *(s * np.logspace(-44, 38.5, 2**13) for s in (1, -1))])


def test_mish_without_softplus():
    """Within 1e-6 at any float, of what x tanh(ln(1 + e^x)) is in double precision."""
    net = network("[activation]\nactivation=mish\n", (1, 128, 256))
    x = FLOATS.astype(np.float32).reshape(1, 1, 128, 256)
    model = checked(export.to_onnx(net, Weights(({},)), softplus=False))
    assert not operators(model) & {"Softplus", "Tanh", "Min", "Max"}
    exact = x.astype(np.float64)
    want = exact * np.tanh(np.logaddexp(0, exact))
    np.testing.assert_allclose(*answers(model, x).values(), want, rtol=1e-6, atol=1e-6)


def test_without_mish_nothing_changes():
    net = network(text("convolutional filters=4 activation=leaky"), SHAPE)
    arrays = random_weights(net)
    assert export.to_onnx(net, arrays, softplus=False) == export.to_onnx(net, arrays)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"opset": 12}, "opset=12 is not possible; it must be a whole number from 13"),
        ({"opset": True}, "opset=True is not possible"),
        ({"opset": "18"}, "opset='18' is not possible"),
        ({"opset": NEWEST + 1}, f"opset={NEWEST + 1} is not known to the package onnx.*from 13 to {NEWEST}"),
        ({"batch": True}, "batch=True is not possible"),
    ],
)
def test_what_cannot_be_asked(options, message):
    with pytest.raises(ExportError, match=message):
        export.to_onnx(*detector(), **options)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("-opset 12", 2, "-opset 12: not a whole number from 13"),
        ("-opset new", 2, "-opset new: not a whole number from 13"),
        ("-opset 999", 1, "opset=999 is not known to the package onnx"),
        ("-outputs yolov5", 2, "-outputs yolov5: not one of heads, boxes, yolov8, nms, nms-rows, nms-onnx, nms-tensorrt"),
    ],
)
def test_wrong_flags(words, code, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["export", "yolov4-chars", *words.split()]) == code
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"darknet_py: error: {message}")
    assert not list(tmp_path.iterdir())
