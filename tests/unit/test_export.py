"""ONNX models of networks: what ONNX Runtime computes from them, and the file that holds them."""

from __future__ import annotations

import functools
from pathlib import Path

import engine
import numpy as np
import pytest
from convolutions import DENSE, GROUPS
from hypothesis import given, settings
from hypothesis import strategies as st
from layer_cases import CLOSE, EXACT, HEADS, text
from networks import network, random_weights
from random_networks import random_network
from recorded_heads import CASES, GOLDEN

from darknet_py import ExportError, export, graph
from darknet_py.boxes.decode import decode
from darknet_py.boxes.table import Boxes
from darknet_py.layers.activations import ACTIVATIONS
from darknet_py.layers.base import Layer, Node
from darknet_py.weights import Weights

REASON = "needs onnx and onnxruntime: pip install darknet-runtime[test]"
onnx = pytest.importorskip("onnx", reason=REASON)
onnxruntime = pytest.importorskip("onnxruntime", reason=REASON)

CLOSENESS = 1e-5  # of the largest value of an output
DETECTOR = """[convolutional]
filters=14
size=3
stride=2
pad=1
batch_normalize=1
activation=mish
[yolo]
mask=0,1
anchors=4,6, 10,12
classes=2
num=2
[route]
layers=-2
[convolutional]
filters=20
size=1
activation=leaky
[yolo]
mask=1,0
anchors=4,6, 10,12
classes=5
num=2
scale_x_y=1.2
"""


def answers(model: onnx.ModelProto | Path, x: np.ndarray) -> dict[str, np.ndarray]:
    """What ONNX Runtime computes: {output: array}."""
    quiet = onnxruntime.SessionOptions()
    quiet.log_severity_level, quiet.intra_op_num_threads = 3, 1
    source = str(model) if isinstance(model, Path) else model.SerializeToString()
    session = onnxruntime.InferenceSession(source, quiet, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"input": x}), strict=True))


def computed(net: graph.Graph, arrays: Weights, x: np.ndarray, outputs: str = "heads") -> list[np.ndarray]:
    """The outputs for x (c, h, w), which is second in a batch of two."""
    model = export.to_onnx(net, arrays, outputs, "dynamic")
    onnx.checker.check_model(model, full_check=True)
    return [y[1] for y in answers(model, np.stack([np.zeros_like(x), x])).values()]


def assert_close(got: np.ndarray, want: np.ndarray) -> None:
    assert got.shape == want.shape
    np.testing.assert_allclose(got, want, rtol=CLOSENESS, atol=CLOSENESS * np.abs(want).max())


def assert_exported(layers: str, shape: tuple[int, int, int], seed: int = 0, gain: float = 1.0) -> None:
    """The outputs of a network's model are those of its naive twin."""
    net = network(layers, shape)
    n = engine.net(layers, shape, seed)
    n.x *= np.float32(gain)
    want = engine.expected(n)
    got = computed(net, random_weights(net, seed), n.x)
    assert len(got) == len(net.heads)
    for y, head in zip(got, net.heads, strict=True):
        assert_close(y, want[head])


LAYERS = [*EXACT, *((shape, layers) for shape, layers, _ in CLOSE), *(((3, 5, 4), layers) for layers, _ in HEADS)]


@pytest.mark.parametrize(("shape", "layers"), LAYERS, ids=[layers for _, layers in LAYERS])
def test_layers(shape, layers):
    assert_exported(text(layers), shape)


@pytest.mark.parametrize("norm", [0, 1])
@pytest.mark.parametrize(("shape", "options"), DENSE + GROUPS, ids=[options for _, options in DENSE + GROUPS])
def test_convolutions(shape, options, norm):
    assert_exported(text(f"convolutional {options} batch_normalize={norm} activation=linear"), shape)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name):
    assert_exported(text(f"convolutional filters=24 size=1 activation={name}"), (5, 9, 8), gain=6)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_random_networks(seed):
    layers, shape = random_network(seed)
    assert_exported(layers, shape, seed % 1000)


@pytest.mark.parametrize("name", CASES)
def test_heads_are_the_c_programs(name):
    """A network of nothing but the head, on the input that the C program had."""
    with np.load(GOLDEN / "heads.npz") as arrays:
        x, want = (arrays[f"{name}.{key}"].astype(np.float32) for key in ("input", "output"))
    net = network(CASES[name]["cfg"].replace("ten.tree", str(GOLDEN / "ten.tree")), x.shape)
    (got,) = computed(net, Weights(({},)), x)
    assert_close(got, want)


def decoded(net: graph.Graph, outputs: list[np.ndarray]) -> Boxes:
    """All boxes of heads' outputs, whatever their probability."""
    size = net.net.width, net.net.height
    heads = [net.nodes[i].layer for i in net.heads]
    return Boxes.concat([decode(head, y, size, -np.inf) for head, y in zip(heads, outputs, strict=True)])


def assert_boxes(net: graph.Graph, arrays: Weights, x: np.ndarray) -> None:
    want = decoded(net, computed(net, arrays, x))
    boxes, scores = computed(net, arrays, x, "boxes")
    assert len(want) == sum(n.shape.size // n.layer.entries for n in net.nodes if n.index in net.heads)
    np.testing.assert_allclose(boxes, want.xywh, rtol=CLOSENESS, atol=CLOSENESS)
    np.testing.assert_allclose(scores, want.probs, rtol=CLOSENESS, atol=1e-7)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "tree" not in case["cfg"]])
def test_boxes_of_every_head(name):
    with np.load(GOLDEN / "heads.npz") as arrays:
        x = arrays[f"{name}.input"].astype(np.float32)
    assert_boxes(network(CASES[name]["cfg"], x.shape), Weights(({},)), x)


def test_boxes_of_all_heads_in_order():
    """Heads that differ in classes: the narrower one has zeros."""
    net = network(DETECTOR, (3, 24, 32))
    x = np.random.RandomState(1).rand(3, 24, 32).astype(np.float32)
    assert_boxes(net, random_weights(net), x)
    _, scores = computed(net, random_weights(net), x, "boxes")
    rows = 12 * 16 * 2
    assert scores.shape == (2 * rows, 5)
    assert not scores[:rows, 2:].any()
    assert scores[rows:, 2:].all()


@functools.cache
def detector() -> tuple[graph.Graph, Weights]:
    net = network(DETECTOR, (3, 24, 32))
    return net, random_weights(net)


def shapes(values) -> dict[str, list[int | str]]:
    return {v.name: [d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim] for v in values}


@pytest.mark.parametrize(("batch", "n"), [(1, 1), (3, 3), ("dynamic", "batch")])
def test_names_and_shapes(batch, n):
    model = export.to_onnx(*detector(), batch=batch)
    assert shapes(model.graph.input) == {"input": [n, 3, 24, 32]}
    assert shapes(model.graph.output) == {"yolo_1": [n, 14, 12, 16], "yolo_4": [n, 20, 12, 16]}
    boxes = export.to_onnx(*detector(), "boxes", batch).graph.output
    assert shapes(boxes) == {"boxes": [n, 768, 4], "scores": [n, 768, 5]}


@pytest.mark.parametrize("outputs", ["heads", "boxes"])
def test_a_batch_is_its_pictures(outputs):
    x = np.random.RandomState(0).rand(3, 3, 24, 32).astype(np.float32)
    one, three, free = (export.to_onnx(*detector(), outputs, batch) for batch in (1, 3, "dynamic"))
    for name, y in answers(three, x).items():
        assert_close(np.concatenate([answers(one, picture[None])[name] for picture in x]), y)
        assert_close(answers(free, x[:2])[name], y[:2])


def operators(layers: str, **options: str) -> list[str]:
    net = network(layers)
    return [node.op_type for node in export.to_onnx(net, random_weights(net), **options).graph.node]


def test_batch_norm_is_folded_and_activations_are_what_optimisers_look_for():
    found = {name: operators(text(f"convolutional batch_normalize=1 activation={name}")) for name in
             ("linear", "leaky", "mish", "swish", "logistic", "relu")}  # fmt: skip
    assert found == {
        "linear": ["Conv"], "leaky": ["Conv", "LeakyRelu"], "mish": ["Conv", "Softplus", "Tanh", "Mul"],
        "swish": ["Conv", "Sigmoid", "Mul"], "logistic": ["Conv", "Sigmoid"], "relu": ["Conv", "Relu"],
    }  # fmt: skip


def test_layers_that_no_output_needs_are_left_out():
    head = "yolo classes=1 num=1 anchors=4,6"
    assert operators(text(f"conv 6 / {head} / conv 5 / maxpool size=2 stride=2")).count("Conv") == 1
    assert "Reshape" not in operators(text("conv 6 / softmax / route layers=0 / cost"))


def test_the_input_itself_can_be_the_output():
    assert operators(text("dropout / cost")) == ["Identity"]
    assert_exported(text("dropout / cost"), (3, 4, 5))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"outputs": "box"}, "outputs='box' is not known; use one of: heads, boxes"),
        ({"batch": 0}, "batch=0 is not possible"),
        ({"batch": "many"}, "batch='many' is not possible"),
    ],
)
def test_wrong_options(options, message):
    with pytest.raises(ExportError, match=message):
        export.to_onnx(*detector(), **options)


def test_boxes_need_a_detection_layer():
    net = network(text("conv 4 / softmax"))
    with pytest.raises(ExportError, match=r"net.cfg:\d+: layer 1 \[softmax\] gives no boxes.*use -outputs heads"):
        export.to_onnx(net, random_weights(net), "boxes")


def test_boxes_of_a_tree_of_classes():
    net = network(CASES["region_tree"]["cfg"].replace("ten.tree", str(GOLDEN / "ten.tree")), (30, 4, 5))
    with pytest.raises(ExportError, match=r"net.cfg:\d+: layer 0 \[region\] has a tree of classes.*heads"):
        export.to_onnx(net, Weights(({},)), "boxes")


def test_a_layer_without_onnx_form():
    net = network(text("conv 4"))
    node = Node(0, Layer((-1,)), (net.net.shape,), net.net.shape, "net.cfg:5: [unheard-of]")
    with pytest.raises(ExportError, match=r"net.cfg:5: layer 0 \[\] has no ONNX form; darknet_py's own engine"):
        export.to_onnx(graph.Graph(net.net, (node,)), Weights(({},)))


def test_an_array_that_onnx_cannot_hold(monkeypatch):
    monkeypatch.setattr("darknet_py.export.onnx_writer.MAX_TENSOR", 100)
    with pytest.raises(ExportError, match=r"net.cfg:5: layer 0 \[convolutional\] has 1512 bytes of weights.*at most 100"):
        export.to_onnx(*detector())
