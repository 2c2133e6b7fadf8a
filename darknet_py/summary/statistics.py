"""Figures of a network's weights.   C: darknet.c statistics_net"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..graph import Graph
from ..layers.base import Node
from ..layers.connected import Connected
from ..weights import Weights

__all__ = ["Statistics", "array_table", "has_statistics", "statistics", "statistics_lines"]

Array = npt.NDArray[np.float32]
TOLD = ("Scales", "scales"), ("Biases", "biases"), ("Weights", "weights")
LANES = 8
HEADER = f"{'layer':22s} {'array':18s}{'numbers':>10s}{'mean':>14s}{'deviation':>14s}{'least':>14s}{'largest':>14s}"


class Statistics(NamedTuple):
    """Of an array, in float32: the root of the mean square, which the reference calls MSE, mean and variance."""

    rms: float
    mean: float
    variance: float


def statistics(array: Array) -> Statistics:
    """The reference's figures to the last bit, added up as its compiler has it.   C: utils.c print_statistics"""
    share = np.float32(1) / np.float32(array.size)
    with np.errstate(all="ignore"):
        mean = _sum(array) * share
        variance = _sum((array - mean) ** 2) * share
        return Statistics(float(np.sqrt(_sum(array * array) * share)), float(mean), float(variance))


def has_statistics(node: Node) -> bool:
    """Whether the reference tells anything of a layer."""
    return isinstance(node.layer, Connected) and node.layer.batch_normalize


def statistics_lines(graph: Graph, weights: Weights) -> Iterator[str]:
    """What the reference prints: of each [connected] with batch norm three lines, an empty one behind each layer.

    Of its weights it reads as many as there are outputs, which are those of the first ones.
    """
    for node in graph.nodes:
        if has_statistics(node):
            arrays, outputs = weights.params[node.index], node.shape.size
            yield f"Connected Layer {node.index}"
            for word, name in TOLD:
                rms, mean, variance = statistics(arrays[name].ravel()[:outputs])
                yield f"{word} MSE: {rms:.6f}, Mean: {mean:.6f}, Variance: {variance:.6f}"
        yield ""


def array_table(graph: Graph, weights: Weights) -> Iterator[str]:
    """A line for every array: how many numbers, mean, standard deviation, least and largest of them."""
    yield HEADER
    for node in graph.nodes:
        named = weights.params[node.index] if node.params else {}
        for name, array in named.items():
            with np.errstate(all="ignore"):
                figures = array.mean(dtype=np.float64), array.std(dtype=np.float64), array.min(), array.max()
            shown = "".join(f"{figure:14.6g}" for figure in figures)
            yield f"{node.index:4d} {node.layer.kind:17s} {name:18s}{array.size:10d}{shown}"


def _sum(array: Array) -> np.float32:
    """Eight sums side by side, these two by two, then what is left over, one by one."""
    whole = len(array) // LANES * LANES
    lanes = np.add.reduce(array[:whole].reshape(-1, LANES), axis=0, dtype=np.float32)
    four, rest = lanes[:4] + lanes[4:], array[whole:]
    if len(rest) >= 4:
        four, rest = four + rest[:4], rest[4:]
    two = four[:2] + four[2:]
    total: np.float32 = two[0] + two[1]
    for number in rest:
        total += number
    return total
