"""Weights and pictures that are the same on every machine: numpy's RandomState never changes its numbers."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping

import numpy as np

from darknet_py.graph import Graph
from darknet_py.layers.base import Node
from darknet_py.layers.detection import Detection
from darknet_py.layers.head import DetectionHead
from darknet_py.weights import Header, Weights

Arrays = Mapping[str, np.ndarray]
RANGES = {"biases": (-0.3, 0.3), "scales": (0.6, 1.2), "rolling_mean": (-0.2, 0.2), "rolling_variance": (0.5, 1.5)}


def picture(name: str) -> np.ndarray:
    """A picture (h, w, 3), uint8, blue first: blocks of colours with noise; its size comes from the name too."""
    random = np.random.RandomState(zlib.crc32(name.encode()) & 0x7FFFFFFF)
    h, w = random.randint(60, 180, 2)
    blocks = np.kron(random.randint(0, 200, (23, 23, 3)), np.ones((8, 8, 1), np.int64))[:h, :w]
    return (blocks + random.randint(0, 56, blocks.shape)).astype(np.uint8)


def seeded_weights(graph: Graph, gain: float = 1.0, shift: float = 0.0, seed: int = 7) -> Weights:
    """Arrays that keep a network's values near 1.

    ``gain`` scales what goes into the heads, ``shift`` makes objects likelier, so that some tens of boxes pass.
    """
    random = np.random.RandomState(seed)
    arrays = tuple(_arrays(node, random) for node in graph.nodes)
    for node in graph.nodes:
        if isinstance(node.layer, Detection):
            _tame_flat(node.layer, arrays[node.index - 1])
        elif isinstance(node.layer, DetectionHead):
            _tame(node.layer, arrays[node.index - 1], gain, shift)
    return Weights(arrays, Header(seen=32013312))


def _arrays(node: Node, random: np.random.RandomState) -> dict[str, np.ndarray]:
    arrays = {}
    for param in node.params:
        if param.name == "weights":
            fan = max(1, math.prod(param.shape[-3:] if node.layer.kind == "local" else param.shape[1:]))
            values = random.randn(*param.shape) * np.sqrt(1.6 / fan)
        else:
            values = random.uniform(*RANGES[param.name], param.shape)
        arrays[param.name] = values.astype(np.float32)
    return arrays


def _tame(head: DetectionHead, arrays: Arrays, gain: float, shift: float) -> None:
    """The convolution before a head; one class of two is likelier than the other."""
    arrays["weights"][:] *= np.float32(gain)
    biases = arrays["biases"].reshape(len(head.mask), head.entries)
    biases[:, head.coords] += np.float32(shift)
    biases[:, head.coords + 1 :: 2] += np.float32(0.5)
    biases[:, head.coords + 2 :: 2] -= np.float32(1.5)


def _tame_flat(head: Detection, arrays: Arrays) -> None:
    """The [connected] or [local] before a [detection]: boxes in the middle of their cells that overlap."""
    arrays["weights"][:] *= np.float32(0.3)
    boxes = head.cells * len(head.mask)
    centre = [[0.4] * (head.cells * head.classes), [0.5] * boxes, [0.5, 0.5, 0.9, 0.9] * boxes]
    arrays["biases"][:] += np.concatenate(centre).astype(np.float32)
