"""Models that suppress boxes themselves: by Darknet's rule they give the boxes of ``detect``, in its order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import network, random_weights
from recorded_heads import CASES, GOLDEN

from darknet_py import DarknetError, ExportError, cfg, export, graph
from darknet_py.boxes.decode import get_network_boxes
from darknet_py.boxes.geometry import centred
from darknet_py.boxes.results import listed
from darknet_py.boxes.suppression import as_head_says
from darknet_py.image import Fit
from darknet_py.weights import Weights

REASON = "needs onnx and onnxruntime: pip install darknet-runtime[test]"
onnx = pytest.importorskip("onnx", reason=REASON)
onnxruntime = pytest.importorskip("onnxruntime", reason=REASON)

NAMES = ["num_dets", "det_boxes", "det_scores", "det_classes"]
NMS = 0.45
Found = tuple[list[int], np.ndarray, np.ndarray]  # classes, probabilities, boxes (centre x, y, width, height)


def head(classes: int = 3, options: str = "") -> str:
    return f"[yolo]\nmask=0,1\nanchors=9,12, 20,14\nclasses={classes}\nnum=2\n{options}\n"


def net_of(layers: str, size: tuple[int, int] = (8, 6), classes: int = 3) -> graph.Graph:
    """A network that is nothing but heads, which take its input of ``size`` (width, height)."""
    return network(layers, (2 * (5 + classes), size[1], size[0]))


def run(model: onnx.ModelProto, x: np.ndarray, **more: np.ndarray) -> list[np.ndarray]:
    quiet = onnxruntime.SessionOptions()
    quiet.log_severity_level, quiet.intra_op_num_threads = 3, 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), quiet, providers=["CPUExecutionProvider"])
    return session.run(None, {"input": x} | more)


def model_of(net: graph.Graph, arrays: Weights | None = None, outputs: str = "nms", **options: object) -> onnx.ModelProto:
    model = export.to_onnx(net, arrays or Weights(tuple({} for _ in net.nodes)), outputs, **options)
    if outputs != "nms-tensorrt":
        onnx.checker.check_model(model, full_check=True)
    return model


def found(net: graph.Graph, outputs: list[np.ndarray], picture: int = 0) -> Found:
    """The detections of a picture in a model's outputs, boxes relative to the input."""
    count, corners, probs, classes = (y[picture] for y in outputs)
    (k,) = count
    for behind in (corners[k:], probs[k:], classes[k:]):
        assert not behind.any()
    edges = corners[:k] / np.array([net.net.width, net.net.height] * 2)
    return classes[:k].tolist(), probs[:k], centred(edges)


def wanted(net: graph.Graph, x: np.ndarray, thresh: float, nms: float, kind: str | None = None,
           arrays: Weights | None = None, fit: Fit | None = None) -> Found:  # fmt: skip
    """What ``detect`` makes of the same heads' outputs for x (1, c, h, w)."""
    size = net.net.width, net.net.height
    fit = fit or Fit(size, size)
    heads = [net.nodes[i].layer for i in net.heads]
    outputs = [y[0] for y in run(model_of(net, arrays, "heads"), x)]
    rows = as_head_says(get_network_boxes(heads, outputs, fit, thresh), heads[-1], nms, kind)
    all_of_them = listed(rows, thresh)
    boxes = np.array([d.box for d in all_of_them], np.float64).reshape(-1, 4)
    return [d.class_id for d in all_of_them], np.array([d.prob for d in all_of_them]), boxes


def assert_same(got: Found, want: Found) -> None:
    assert got[0] == want[0]
    np.testing.assert_allclose(got[1], want[1], rtol=1e-6)
    np.testing.assert_allclose(got[2], want[2], rtol=1e-5, atol=1e-5)


def assert_darknets(net: graph.Graph, x: np.ndarray, thresh: float = 0.25, nms: float = NMS, max_det: int = 5000) -> int:
    """The model's detections are those of ``detect``, in its order; how many there are."""
    want = wanted(net, x, thresh, nms)
    assert_same(found(net, run(model_of(net, thresh=thresh, nms=nms, max_det=max_det), x)), want)
    return len(want[0])


def values(net: graph.Graph, seed: int = 0, spread: float = 2.0, n: int = 1) -> np.ndarray:
    return (np.random.RandomState(seed).randn(n, *net.net.shape) * spread).astype(np.float32)


KINDS = ["nms_kind=default", "nms_kind=greedynms", "nms_kind=greedynms\nbeta_nms=0.1", "nms_kind=diounms",
         "nms_kind=diounms\nbeta_nms=0.25"]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("classes", [1, 3, 30])
def test_each_kind_of_suppression(kind, classes):
    net = net_of(head(classes, kind), classes=classes)
    assert assert_darknets(net, values(net), 0.2) > 10


def test_kinds_differ():
    """So that the test above can fail."""
    nets = [net_of(head(1, kind), (16, 12), 1) for kind in KINDS]
    counts = [len(wanted(net, values(net), 0.2, NMS)[0]) for net in nets]
    assert len(set(counts)) > 2


@pytest.mark.parametrize(("size", "thresh"), [((40, 30), 0.3), ((24, 18), 0.0), ((64, 48), 0.45)])
def test_more_candidates_than_a_block_holds(size, thresh):
    net = net_of(head(2, KINDS[1]), size, 2)
    assert assert_darknets(net, values(net), thresh) > 256


@pytest.mark.parametrize("levels", [1, 2, 4])
@pytest.mark.parametrize("kind", KINDS[:2])
def test_ties(levels, kind):
    """Boxes, objectness and probabilities that are equal: who comes first removes the other, and all keep their order."""
    net = net_of(head(4, kind), (12, 9), 4)
    x = np.random.RandomState(levels).randint(0, levels, (1, *net.net.shape)).astype(np.float32)
    assert assert_darknets(net, x, 0.1) > 10


def places(*rows: tuple[float, float, float, float, float]) -> tuple[graph.Graph, np.ndarray]:
    """A network of one class and one row of cells, which sees boxes (left, top, right, bottom in cells, score)."""
    net = network("[yolo]\nmask=0\nanchors=1,1\nclasses=1\nnum=1\n", (6, 1, len(rows)))
    x = np.zeros((1, 6, 1, len(rows)), np.float32)
    with np.errstate(divide="ignore"):
        for cell, (left, top, right, bottom, score) in enumerate(rows):
            centre = np.clip(np.array([(left + right) / 2 - cell, (top + bottom) / 2]), 1e-6, 1 - 1e-6)
            x[0, :2, 0, cell] = np.log(centre / (1 - centre))
            x[0, 2:4, 0, cell] = np.log([right - left, bottom - top])
            x[0, 4:, 0, cell] = [np.log(score / (1 - score)), 30]
    return net, x


@pytest.mark.parametrize(("scores", "left"), [
    ((0.9, 0.8, 0.7), [0.9, 0.7]),  # the first removes the second, which would have removed the third
    ((0.7, 0.8, 0.9), [0.7, 0.9]),
    ((0.7, 0.9, 0.8), [0.9]),
    ((0.5, 0.5, 0.5), [0.5, 0.5]),
])  # fmt: skip
def test_a_chain_of_three(scores, left):
    net, x = places(*((cell + 0.4 - 2, 0, cell + 0.6 + 2, 1, score) for cell, score in enumerate(scores)))
    assert assert_darknets(net, x, nms=0.5) == len(left)
    got = found(net, run(model_of(net, nms=0.5), x))
    np.testing.assert_allclose(sorted(got[1]), sorted(left), rtol=1e-5)


def test_a_long_chain():
    """Each box removes only the next, so that every second stays."""
    net, x = places(*((cell - 1.0, 0, cell + 2.0, 1, 0.9 - cell / 1000) for cell in range(300)))
    assert assert_darknets(net, x, nms=0.45) == 150


@pytest.mark.parametrize("batch", [1, 2, "dynamic"])
@pytest.mark.parametrize("outputs", ["nms", "nms-onnx"])
def test_nothing_is_found(outputs, batch):
    net = net_of(head())
    x = np.full((2 if batch != 1 else 1, *net.net.shape), -9, np.float32)
    for y in run(model_of(net, outputs=outputs, batch=batch), x):
        assert len(y) == len(x)
        assert not y.any()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_numbers(bad):
    net = net_of(head(3, KINDS[1]))
    x = values(net)
    x.reshape(-1)[np.random.RandomState(1).permutation(x.size)[: x.size // 10]] = bad
    want = wanted(net, x, 0.2, NMS)
    got = found(net, run(model_of(net, thresh=0.2, max_det=5000), x))
    assert got[0] == want[0]
    np.testing.assert_allclose(got[1], want[1], rtol=1e-6)


@settings(max_examples=15)
@given(st.integers(0, 10**6))
def test_any_head(seed):
    """Sizes, classes, kinds, thresholds and values of any head, with ties and without."""
    random = np.random.RandomState(seed)
    (w, h), classes = random.randint(1, 20, 2), int(random.choice([1, 2, 5, 20]))
    kind = f"{random.choice([*KINDS[:2], 'nms_kind=diounms'])}\nbeta_nms={random.choice([0.1, 0.6, 3])}"
    net = net_of(head(classes, f"{kind}\nnew_coords={random.randint(2)}"), (int(w), int(h)), classes)
    x = values(net, seed, random.choice([0.5, 2]))
    x = np.round(x * 2) / 2 if random.randint(2) else x
    assert_darknets(net, x, float(random.choice([0, 0.1, 0.5])), float(random.choice([0.01, 0.45, 0.7])), 20_000)


def test_no_suppression():
    net = net_of(head(3, KINDS[1]))
    assert assert_darknets(net, values(net), nms=0) > assert_darknets(net, values(net), nms=1e-6)


@pytest.mark.parametrize("most", [1, 7, 20])
def test_of_too_many_the_most_probable_stay_in_their_order(most):
    net = net_of(head(4), classes=4)
    x = values(net)
    classes, probs, boxes = wanted(net, x, 0.25, NMS)
    best = np.sort(np.argsort(-probs, kind="stable")[:most])
    assert len(probs) > most
    got = found(net, run(model_of(net, max_det=most), x))
    assert_same(got, ([classes[i] for i in best], probs[best], boxes[best]))


@pytest.mark.parametrize("batch", [3, "dynamic"])
@pytest.mark.parametrize("outputs", ["nms", "nms-onnx"])
def test_batches(outputs, batch):
    """A picture's detections are those that it has alone, whatever the others are."""
    net = net_of(head(3, KINDS[1]))
    x = values(net, n=3)
    x[1] = -9
    together = run(model_of(net, outputs=outputs, batch=batch, max_det=200), x)
    one = model_of(net, outputs=outputs, max_det=200)
    for i in range(3):
        for got, want in zip(together, run(one, x[i : i + 1]), strict=True):
            np.testing.assert_array_equal(got[i], want[0])


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


def by_score(some: Found) -> Found:
    order = np.lexsort([some[0], -some[1]])
    return [some[0][i] for i in order], some[1][order], some[2][order]


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


@pytest.mark.parametrize(("batch", "n"), [(1, 1), (3, 3), ("dynamic", "batch")])
@pytest.mark.parametrize("outputs", ["nms", "nms-onnx", "nms-tensorrt"])
def test_names_shapes_and_types(outputs, batch, n):
    model = model_of(net_of(head()), outputs=outputs, batch=batch, max_det=9)
    shapes = {v.name: [d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim] for v in model.graph.output}
    assert shapes == dict(zip(NAMES, ([n, 1], [n, 9, 4], [n, 9], [n, 9]), strict=True))
    kinds = [v.type.tensor_type.elem_type for v in model.graph.output]
    assert kinds == [onnx.TensorProto.INT32, onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT, onnx.TensorProto.INT32]


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


@pytest.mark.parametrize("seed", range(3))
def test_objectness_has_the_threshold_too(seed):
    """Values of new_coords=1 may lie anywhere, so that a class makes up for the objectness, or both are negative."""
    net = net_of(head(3, "new_coords=1"))
    assert assert_darknets(net, values(net, seed), 0.4) > 10


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
