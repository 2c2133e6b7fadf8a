"""Models that suppress boxes themselves: by Darknet's rule they give the boxes of ``detect``, in its order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import network
from nms_models import KINDS, NMS, assert_darknets, assert_same, found, head, model_of, net_of, run, values, wanted

from darknet_py import graph

REASON = "needs onnx and onnxruntime: pip install darknet-runtime[test]"
onnx = pytest.importorskip("onnx", reason=REASON)
onnxruntime = pytest.importorskip("onnxruntime", reason=REASON)


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


@pytest.mark.parametrize("seed", range(3))
def test_objectness_has_the_threshold_too(seed):
    """Values of new_coords=1 may lie anywhere, so that a class makes up for the objectness, or both are negative."""
    net = net_of(head(3, "new_coords=1"))
    assert assert_darknets(net, values(net, seed), 0.4) > 10
