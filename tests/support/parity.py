"""A whole network against recorded figures of the reference: which layers owe its bits, how far the others may be."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from darknet_py import Network
from darknet_py.graph import Graph
from darknet_py.layers import is_head
from darknet_py.layers.activations import ACTIVATIONS
from darknet_py.layers.base import Node

Figures = Mapping[str, Any]
Row = tuple[float, ...]  # class, probability, objectness, x, y, w, h

REORDERED_SUMS = {"avgpool", "batchnorm", "connected", "softmax"}  # by the reference's compiler


def crc32(array: np.ndarray) -> int:
    return zlib.crc32(np.ascontiguousarray(array, "<f4").tobytes())


def exact_layers(graph: Graph) -> set[int]:
    """The layers that owe the reference's bits: they and all that they come from are float32 in its order."""
    exact = {-1}
    for node in graph.nodes:
        if all(source in exact for source in node.sources) and _is_exact(node):
            exact.add(node.index)
    return exact - {-1}


def _is_exact(node: Node) -> bool:
    layer, name = node.layer, getattr(node.layer, "activation", "linear")
    softmax = getattr(layer, "weights_normalization", "none") == "softmax"
    known = ACTIVATIONS[name].bit_exact and not ACTIVATIONS[name].across_channels
    return known and not softmax and layer.kind not in REORDERED_SUMS and not is_head(layer)


def distance(ours: np.ndarray, golden: Figures) -> float:
    """Root mean square of the differences at the sampled elements, over that of the whole layer."""
    values = np.array(golden["values"], np.float64)
    differences = ours.ravel()[golden["at"]].astype(np.float64) - values
    finite = np.isfinite(values)
    if not golden["finite"]:
        return float(np.abs(differences[finite]).max(initial=0))
    return float(np.sqrt(np.mean(differences**2)) / max(np.hypot(golden["mean"], golden["std"]), 1e-30))


@dataclass(frozen=True)
class Difference:
    """A layer that is not what it should be; ``text`` says where and how."""

    layer: int
    text: str


def differences(net: Network, outputs: Mapping[int, np.ndarray], layers: Sequence[Figures | None],
                bounds: Sequence[float]) -> Iterator[Difference]:  # fmt: skip
    """The layers that differ from ``layers``, the first one first; ``bounds`` are for those that owe no bits.

    None stands for a layer of which nothing is recorded.
    """
    exact = exact_layers(net.graph)
    for node, golden, bound in zip(net.graph.nodes, layers, bounds, strict=True):
        if golden is None:
            continue
        ours, name = outputs[node.index], f"layer {node.index} [{node.layer.kind}] at {node.where}"
        if ours.shape != tuple(golden["shape"]):
            yield Difference(node.index, f"{name} has the shape {ours.shape}, not {golden['shape']}")
        elif node.index in exact and crc32(ours) != golden["crc32"]:
            yield Difference(node.index, f"{name} has other bits; its samples are {distance(ours, golden):.2e} away")
        elif not np.isfinite(ours).all():
            yield Difference(node.index, f"{name} is not finite")
        elif (far := distance(ours, golden)) > bound:
            yield Difference(node.index, f"{name} is {far:.2e} away, {bound:.2e} allowed")


def first_difference(net: Network, x: np.ndarray, layers: Sequence[Figures | None], bounds: Sequence[float]) -> str:
    """What is wrong with the first layer that is not as it should be; "" if all are."""
    found = next(differences(net, net.activations(x), layers, bounds), None)
    return found.text if found else ""


def rows_of(net: Network, picture: str, case: Figures) -> list[Row]:
    """The detections as rows of class, probability, objectness, x, y, w, h."""
    letter_box = None if case["letter_box"] is None else bool(case["letter_box"])
    found = net.detect(picture, thresh=case["thresh"], nms=case["nms"], letter_box=letter_box)
    return [(d.class_id, d.prob, d.objectness, *d.box) for d in found]


def same_detections(ours: Sequence[Row], golden: Sequence[Row], bound: float, thresh: float, unmatched: int = 0) -> str:
    """What is wrong with the detections: "" when they are the golden ones, in order, each number within ``bound``.

    Sides longer than the picture, which are exponentials, may differ by ``bound`` times their length.
    Rows whose probability is within ``bound`` of the threshold may be missing or new, and ``unmatched`` others; rows of
    which one is at most two bounds more probable than the other, in the class that sorted them last, may be swapped.
    """
    pairs, lone = _matched(ours, golden, bound)
    odd = [row for row in lone if row[1] - thresh > bound]
    if len(odd) > unmatched:
        return f"{len(odd)} rows have no partner within {bound:.1e}, the first is {odd[0]}"
    wrong = [pair for pair in _swapped(ours, [j for _, j in pairs]) if not _are_close(golden, *pair, 2 * bound)]
    if wrong:
        return f"{golden[wrong[0][0]]} comes after {golden[wrong[0][1]]}"
    return ""


def _matched(ours: Sequence[Row], golden: Sequence[Row], bound: float) -> tuple[list[tuple[int, int]], list[Row]]:
    """Pairs of row numbers, and the rows of both sides without a partner."""
    left, pairs, lone = list(range(len(golden))), [], []
    table = np.array(golden, np.float64).reshape(-1, 7)
    scale = np.hstack([np.ones((len(table), 5)), np.maximum(1, table[:, 5:])])
    for i, row in enumerate(ours):
        far = (np.abs(table[left] - np.array(row)) / scale[left]).max(1, initial=0)
        if left and far.min() <= bound:
            pairs.append((i, left.pop(int(far.argmin()))))
        else:
            lone.append(row)
    return pairs, lone + [golden[j] for j in left]


def _swapped(ours: Sequence[Row], order: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Golden row numbers (earlier, later) that come in the other order here."""
    for i, j in enumerate(order):
        yield from ((k, j) for k in order[i + 1 :] if k < j)


def _are_close(golden: Sequence[Row], a: int, b: int, bound: float) -> bool:
    """Whether the boxes of two rows are as probable as each other in the last class that either has."""
    first, second = ({r[0]: r[1] for r in golden if r[2:] == golden[i][2:]} for i in (a, b))
    last = max(*first, *second)
    return abs(first.get(last, 0.0) - second.get(last, 0.0)) <= bound
