"""Suppression by the operator of ONNX and by the plugin of TensorRT; on another engine; in letterboxed pictures."""

from __future__ import annotations

import numpy as np
import pytest
from nms_models import KINDS, NMS, assert_same, by_score, found, head, model_of, net_of, run, values, wanted

from darknet_py import cfg, graph
from darknet_py.image import Fit

REASON = "needs onnx and onnxruntime: pip install darknet-runtime[test]"
onnx = pytest.importorskip("onnx", reason=REASON)
onnxruntime = pytest.importorskip("onnxruntime", reason=REASON)


NAMES = ["num_dets", "det_boxes", "det_scores", "det_classes"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_operator_of_onnx_is_iou_for_every_network(kind):
    net = net_of(head(3, kind))
    got = found(net, run(model_of(net, outputs="nms-onnx", thresh=0.2), values(net)))
    assert_same(by_score(got), by_score(wanted(net, values(net), 0.2, NMS, "default")))
    assert (np.diff(got[1]) <= 0).all()


def test_the_operator_of_onnx_keeps_the_most_probable():
    net = net_of(head(3))
    _, probs, _ = wanted(net, values(net), 0.2, NMS, "default")
    _, got, _ = found(net, run(model_of(net, outputs="nms-onnx", thresh=0.2, max_det=5), values(net)))
    np.testing.assert_allclose(got, np.sort(probs)[::-1][:5], rtol=1e-6)


def plugin_of(model: onnx.ModelProto) -> onnx.NodeProto:
    (node,) = (node for node in model.graph.node if node.domain)
    return node


def test_the_node_of_tensorrt():
    model = model_of(net_of(head()), outputs="nms-tensorrt", thresh=0.3, nms=0.5, max_det=50)
    node = plugin_of(model)
    assert node.op_type == "EfficientNMS_TRT"
    assert list(node.output) == NAMES
    assert {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute} == {
        "plugin_version": b"1", "score_threshold": pytest.approx(0.3), "iou_threshold": 0.5, "max_output_boxes": 50,
        "background_class": -1, "score_activation": 0, "class_agnostic": 0, "box_coding": 1,
    }  # fmt: skip
    assert {entry.domain: entry.version for entry in model.opset_import}[node.domain] == 1
    onnx.checker.check_model(model)


def run_plugin(model: onnx.ModelProto, x: np.ndarray) -> list[np.ndarray]:
    """The outputs with a twin of the plugin in numpy: by its attributes, as TensorRT's documentation has them."""
    node, twin = plugin_of(model), onnx.ModelProto()
    twin.CopyFrom(model)
    twin.graph.node.remove(node)
    del twin.graph.output[:]
    twin.graph.output.extend(onnx.helper.make_tensor_value_info(name, 1, None) for name in node.input)
    said = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    pictures = [efficient_nms(*(y[i] for y in run(twin, x)), said) for i in range(len(x))]
    return [np.stack(y) for y in zip(*pictures, strict=True)]


def efficient_nms(boxes: np.ndarray, scores: np.ndarray, said: dict[str, object]) -> list[np.ndarray]:
    """Boxes (rows, 4), centre and sides, of scores (rows, classes), the best first."""
    assert (said["box_coding"], said["class_agnostic"], said["score_activation"]) == (1, 0, 0)
    edges = np.concatenate([boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2], 1)
    rows, classes = np.nonzero(scores >= said["score_threshold"])
    kept: list[tuple[int, int]] = []
    for i in np.argsort(-scores[rows, classes], kind="stable"):
        rivals = [row for row, k in kept if k == classes[i]]
        if all(iou(edges[row], edges[rows[i]]) <= said["iou_threshold"] for row in rivals):
            kept.append((rows[i], classes[i]))
    most, kept = said["max_output_boxes"], kept[: said["max_output_boxes"]]
    out = [np.array([len(kept)]), np.zeros((most, 4)), np.zeros(most), np.zeros(most, int)]
    for n, (row, k) in enumerate(kept):
        out[1][n], out[2][n], out[3][n] = edges[row], scores[row, k], k
    return out


def iou(a: np.ndarray, b: np.ndarray) -> float:
    sides = np.maximum(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0)
    return sides.prod() / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - sides.prod())


@pytest.mark.parametrize(("nms", "most"), [(NMS, 200), (0, 200), (NMS, 5)])
def test_what_tensorrt_would_give(nms, most):
    net = net_of(head(3, KINDS[1]))
    x = values(net, n=2)
    outputs = run_plugin(model_of(net, outputs="nms-tensorrt", thresh=0.2, nms=nms, max_det=most, batch=2), x)
    for i in range(2):
        classes, probs, boxes = by_score(wanted(net, x[i : i + 1], 0.2, nms, "default"))
        assert_same(by_score(found(net, outputs, i)), (classes[:most], probs[:most], boxes[:most]))


@pytest.mark.parametrize(("outputs", "batch"), [("nms", 1), ("nms", "dynamic"), ("nms-rows", "dynamic"),
                                                ("nms-onnx", "dynamic")])  # fmt: skip
def test_openvino_gives_the_same(outputs, batch):
    """Also behind a picture without any detection.  (Its TopK orders equal values as it likes, against ONNX's rule.)"""
    openvino = pytest.importorskip("openvino", reason="needs openvino: pip install darknet-runtime[openvino]")
    net = net_of(head(3, KINDS[1]))
    x = values(net, n=1 if batch == 1 else 2)
    x[: len(x) - 1] = -9
    model = model_of(net, outputs=outputs, batch=batch, thresh=0.2, max_det=200)
    core, exactly = openvino.Core(), {"INFERENCE_PRECISION_HINT": "f32"}
    answers = core.compile_model(core.read_model(model.SerializeToString()), "CPU", exactly)([x])
    want = run(model, x)
    assert want[0][-1, 0] >= 1
    for i, y in enumerate(want):
        np.testing.assert_allclose(answers[i], y, rtol=1e-5, atol=1e-4)


def letterboxed(kind: str) -> graph.Graph:
    text = f"[net]\nwidth=12\nheight=12\nchannels=16\nletter_box=1\n{head(3, kind)}"
    return graph.build(cfg.parse(text, "net.cfg"))


@pytest.mark.parametrize("picture", [(30, 10), (10, 31), (20, 20)])
@pytest.mark.parametrize("batch", [1, "dynamic"])
@pytest.mark.parametrize("kind", KINDS[1:4])
def test_letterboxed_pictures(kind, batch, picture):
    """Distances are relative to the picture, which the program tells; without a word the picture fills the input."""
    net = letterboxed(kind)
    x, fit = values(net), Fit(picture, (12, 12), True)
    model = model_of(net, thresh=0.1, max_det=500, batch=batch)
    for inner in ({}, {"inner_size": np.array([fit.inner_size], np.float32)}):
        got = found(net, run(model, x, **inner))
        want = wanted(net, x, 0.1, NMS, fit=fit if inner else None)
        assert got[0] == want[0]
        np.testing.assert_allclose(got[1], want[1], rtol=1e-6)


def test_letterboxed_pictures_of_a_batch_have_sizes_of_their_own():
    net, sizes = letterboxed(KINDS[2]), [(12, 4), (4, 12), (12, 12)]
    x = np.repeat(values(net), 3, 0)
    one, three = (model_of(net, thresh=0.1, max_det=500, batch=batch) for batch in (1, "dynamic"))
    together = run(three, x, inner_size=np.array(sizes, np.float32))
    alone = [run(one, x[:1], inner_size=np.array([size], np.float32)) for size in sizes]
    for i, want in enumerate(alone):
        for got, y in zip(together, want, strict=True):
            np.testing.assert_array_equal(got[i], y[0])
    assert len({int(y[0][0, 0]) for y in alone}) > 1


@pytest.mark.parametrize(("net", "options"), [
    (letterboxed("nms_kind=default"), {}), (letterboxed(KINDS[1]), {"nms": 0}), (net_of(head(3, KINDS[1])), {}),
    (letterboxed(KINDS[1]), {"outputs": "nms-onnx"}),
])  # fmt: skip
def test_only_letterboxed_distances_need_the_pictures_size(net, options):
    assert [entry.name for entry in model_of(net, **options).graph.input] == ["input"]
