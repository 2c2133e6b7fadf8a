"""Models that suppress boxes themselves: every kind of head, their outputs, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from networks import network, random_weights
from nms_models import KINDS, NMS, assert_same, by_score, found, head, model_of, net_of, run, values, wanted
from recorded_heads import CASES, GOLDEN

from darknet_py import DarknetError, ExportError

REASON = "needs onnx and onnxruntime: pip install darknet-runtime[test]"
onnx = pytest.importorskip("onnx", reason=REASON)
onnxruntime = pytest.importorskip("onnxruntime", reason=REASON)


NAMES = ["num_dets", "det_boxes", "det_scores", "det_classes"]
DETECTOR = """[convolutional]
filters=14
size=3
stride=2
pad=1
activation=leaky
[yolo]
mask=0,1
anchors=14,16, 20,22
classes=2
num=2
nms_kind=default
[route]
layers=-2
[convolutional]
filters=20
size=1
activation=linear
[yolo]
mask=1,0
anchors=14,16, 20,22
classes=5
num=2
scale_x_y=1.2
nms_kind=diounms
beta_nms=0.6
"""


def test_all_heads_by_the_rule_of_the_last():
    net = network(DETECTOR, (3, 24, 32))
    arrays, x = random_weights(net), np.random.RandomState(1).rand(1, 3, 24, 32).astype(np.float32)
    want = wanted(net, x, 0.2, NMS, arrays=arrays)
    assert_same(found(net, run(model_of(net, arrays, thresh=0.2, max_det=2000), x)), want)
    assert want[0] != wanted(net, x, 0.2, NMS, "default", arrays)[0]


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "tree" not in case["cfg"]])
@pytest.mark.parametrize("outputs", ["nms", "nms-onnx"])
def test_every_kind_of_head(name, outputs):
    with np.load(GOLDEN / "heads.npz") as arrays:
        x = arrays[f"{name}.input"].astype(np.float32)[None]
    net = network(CASES[name]["cfg"], x.shape[1:])
    got = found(net, run(model_of(net, outputs=outputs, thresh=0.1, max_det=2000), x))
    want = wanted(net, x, 0.1, NMS, "default" if outputs == "nms-onnx" else None)
    assert want[0]
    assert_same(by_score(got), by_score(want)) if outputs == "nms-onnx" else assert_same(got, want)


@pytest.mark.parametrize(("batch", "n"), [(1, 1), (3, 3), ("dynamic", "batch")])
@pytest.mark.parametrize("outputs", ["nms", "nms-onnx", "nms-tensorrt"])
def test_names_shapes_and_types(outputs, batch, n):
    model = model_of(net_of(head()), outputs=outputs, batch=batch, max_det=9)
    shapes = {v.name: [d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim] for v in model.graph.output}
    assert shapes == dict(zip(NAMES, ([n, 1], [n, 9, 4], [n, 9], [n, 9]), strict=True))
    kinds = [v.type.tensor_type.elem_type for v in model.graph.output]
    assert kinds == [onnx.TensorProto.INT32, onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT, onnx.TensorProto.INT32]


@pytest.mark.parametrize("batch", [1, 3, "dynamic"])
@pytest.mark.parametrize("most", [200, 4])
def test_rows(batch, most):
    """One list of the detections of all pictures."""
    net = net_of(head(3, KINDS[1]))
    x = values(net, n=1 if batch == 1 else 3)
    x[-1] = x[0]
    x[: len(x) - 1 : 2] = -9
    fixed, rows = (model_of(net, outputs=outputs, batch=batch, thresh=0.2, max_det=most) for outputs in ("nms", "nms-rows"))
    (got,) = run(rows, x)
    assert got.dtype == np.float32
    count, corners, probs, classes = run(fixed, x)
    want = [[i, *corners[i, k], probs[i, k], classes[i, k]] for i in range(len(x)) for k in range(count[i, 0])]
    np.testing.assert_array_equal(got, np.array(want, np.float32))
    assert len(got) >= most - 190


@pytest.mark.parametrize("batch", [1, 2])
def test_rows_of_nothing(batch):
    net = net_of(head())
    (got,) = run(model_of(net, outputs="nms-rows", batch=batch), np.full((batch, *net.net.shape), -9, np.float32))
    assert got.shape == (0, 7)


def test_rows_have_a_free_number():
    (output,) = model_of(net_of(head()), outputs="nms-rows", batch=2).graph.output
    assert output.name == "detections"
    assert [d.dim_param or d.dim_value for d in output.type.tensor_type.shape.dim] == ["detections", 7]


@pytest.mark.parametrize(("options", "message"), [
    ({"thresh": 1.5}, "thresh=1.5 is not possible; it must be a number from 0 to 1"),
    ({"thresh": -0.1}, "thresh=-0.1 is not possible"),
    ({"nms": 45}, "nms=45 is not possible"),
    ({"nms": float("nan")}, "nms=nan is not possible"),
    ({"max_det": 0}, "max_det=0 is not possible; it must be a whole number from 1 to 100000"),
    ({"max_det": 2.5}, "max_det=2.5 is not possible"),
])  # fmt: skip
def test_wrong_options(options, message):
    with pytest.raises(DarknetError, match=message):
        model_of(net_of(head()), **options)


@pytest.mark.parametrize("outputs", ["nms", "nms-onnx", "nms-tensorrt"])
def test_a_network_without_heads(outputs):
    net = network("[convolutional]\nfilters=4\nsize=1\nactivation=linear\n[softmax]\n")
    with pytest.raises(ExportError, match=r"net.cfg:\d+: layer 1 \[softmax\] gives no boxes.*use -outputs heads"):
        model_of(net, random_weights(net), outputs)
