"""Models of nothing but heads that suppress boxes themselves, and what ``detect`` makes of the same values."""

from __future__ import annotations

from typing import Any

import numpy as np
from networks import network

from darknet_py import export, graph
from darknet_py.boxes.decode import get_network_boxes
from darknet_py.boxes.detection import listed
from darknet_py.boxes.geometry import centred
from darknet_py.boxes.suppression import as_head_says
from darknet_py.image import Fit
from darknet_py.weights import Weights

NMS = 0.45
Found = tuple[list[int], np.ndarray, np.ndarray]  # classes, probabilities, boxes (centre x, y, width, height)


def head(classes: int = 3, options: str = "") -> str:
    return f"[yolo]\nmask=0,1\nanchors=9,12, 20,14\nclasses={classes}\nnum=2\n{options}\n"


def net_of(layers: str, size: tuple[int, int] = (8, 6), classes: int = 3) -> graph.Graph:
    """A network that is nothing but heads, which take its input of ``size`` (width, height)."""
    return network(layers, (2 * (5 + classes), size[1], size[0]))


def run(model: Any, x: np.ndarray, **more: np.ndarray) -> list[np.ndarray]:
    import onnxruntime

    quiet = onnxruntime.SessionOptions()
    quiet.log_severity_level, quiet.intra_op_num_threads = 3, 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), quiet, providers=["CPUExecutionProvider"])
    return session.run(None, {"input": x} | more)


def model_of(net: graph.Graph, arrays: Weights | None = None, outputs: str = "nms", **options: object) -> Any:
    model = export.to_onnx(net, arrays or Weights(tuple({} for _ in net.nodes)), outputs, **options)
    if outputs != "nms-tensorrt":
        import onnx

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
    """Boxes within 1e-5 of the picture, or of their own side where that is larger, as float32 has their corners."""
    assert got[0] == want[0]
    np.testing.assert_allclose(got[1], want[1], rtol=1e-6)
    sides = want[2][:, 2:].max(1, initial=1, keepdims=True)
    np.testing.assert_allclose(got[2] / sides, want[2] / sides, rtol=0, atol=1e-5)


def assert_darknets(net: graph.Graph, x: np.ndarray, thresh: float = 0.25, nms: float = NMS, max_det: int = 5000) -> int:
    """The model's detections are those of ``detect``, in its order; how many there are."""
    want = wanted(net, x, thresh, nms)
    assert_same(found(net, run(model_of(net, thresh=thresh, nms=nms, max_det=max_det), x)), want)
    return len(want[0])


def values(net: graph.Graph, seed: int = 0, spread: float = 2.0, n: int = 1) -> np.ndarray:
    return (np.random.RandomState(seed).randn(n, *net.net.shape) * spread).astype(np.float32)


KINDS = ["nms_kind=default", "nms_kind=greedynms", "nms_kind=greedynms\nbeta_nms=0.1", "nms_kind=diounms",
         "nms_kind=diounms\nbeta_nms=0.25"]  # fmt: skip


def by_score(some: Found) -> Found:
    order = np.lexsort([some[0], -some[1]])
    return [some[0][i] for i in order], some[1][order], some[2][order]
