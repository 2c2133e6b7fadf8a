"""ONNX Runtime and OpenVINO behind Network: native's boxes within 1e-4, and what goes wrong."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import seeded
from networks import network, random_weights
from reference import kit
from small_detector import files, net

from darknet_py import DarknetError, Network, cfg, graph, image, zoo
from darknet_py.boxes.table import Boxes
from darknet_py.shapes import Shape
from darknet_py.weights import Weights

__all__ = ["files", "net"]

WITHIN = 1e-4  # of a box's sides and probabilities
OTHERS = ["onnxruntime", "openvino"]
NETWORKS = [name for name in zoo.NETWORKS if name != "yolov4-chars"]


@pytest.fixture(params=OTHERS)
def other(request: pytest.FixtureRequest) -> str:
    """An engine that is there."""
    pytest.importorskip("onnx", reason="pip install darknet-runtime[test]")
    pytest.importorskip(request.param, reason=f"pip install darknet-runtime[{request.param}]")
    return str(request.param)


def boxes(net: Network, outputs: list[np.ndarray]) -> Boxes:
    """All of them, whatever their probability."""
    return net.boxes(outputs, image.Fit((net.width, net.height), (net.width, net.height)), -np.inf)


def assert_same_boxes(native: Network, other: Network, x: np.ndarray) -> None:
    a, b = (boxes(net, net.outputs(x)) for net in (native, other))
    for got, want in zip((b.xywh, b.objectness, b.probs), (a.xywh, a.objectness, a.probs), strict=True):
        np.testing.assert_allclose(got, want, rtol=0, atol=WITHIN)


def picture(shape: Shape) -> np.ndarray:
    return np.random.RandomState(3).rand(*shape).astype(np.float32)


@pytest.mark.parametrize("name", NETWORKS)
def test_boxes_of_every_network_are_natives(name: str, other: str) -> None:
    """Narrow, and as small as its strides allow; the whole ones: benchmarks/matrix.py."""
    whole = graph.build(cfg.parse(zoo.write(name)))
    narrow = graph.build(cfg.parse(zoo.write(name, classes=3, size=2 * max(whole.stride), width=0.125)))
    weights = seeded.seeded_weights(narrow, 0.05)  # boxes as large as pictures at most
    x = picture(narrow.net.shape)
    assert_same_boxes(Network.of(narrow, weights), Network.of(narrow, weights, engine=other), x)
