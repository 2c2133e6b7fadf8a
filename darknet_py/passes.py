"""Graph → Graph with the same numbers and less work.   C: network.c fuse_conv_batchnorm"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from .graph import Graph
from .layers.activations import ACTIVATIONS
from .layers.base import Layer, Node
from .layers.convolutional import Convolutional
from .layers.shortcut import Shortcut
from .weights import Params

__all__ = ["VARIANCE_EPS", "Arrays", "Sum", "fold_batch_norm", "folded_graph", "folded_params", "fused_sums"]

Arrays = dict[str, npt.NDArray[np.float32]]

VARIANCE_EPS = 0.00001
WEIGHT_EPS = np.float32(0.0001)
LEAST_RELU = np.float32(0.001)


@dataclass(frozen=True)
class Sum:
    """A [shortcut] that a convolution does: it adds the output of layer ``addend`` and writes that of ``layer``."""

    layer: int
    addend: int


def fused_sums(nodes: Sequence[Node], outputs: Sequence[int]) -> dict[int, Sum]:
    """{convolution: the sum it can do itself}, for residual connections whose convolution nothing else reads.

    The same bits: both round the activation first, then the sum.
    """
    readers = Counter(s for node in nodes for s in node.sources) + Counter(outputs)
    by_index, planes = {node.index: node for node in nodes}, _planes(nodes)
    sums = {}
    for node in nodes:
        source = _only_reader(node.sources[0], readers, by_index, planes) if _is_plain_sum(node) else None
        addend = node.sources[-1]
        if source is not None and addend < source and addend not in planes:
            sums[source] = Sum(node.index, addend)
    return sums


def _is_plain_sum(node: Node) -> bool:
    layer = node.layer
    plain = isinstance(layer, Shortcut) and layer.weights_type == "none" and layer.activation == "linear"
    return plain and len(node.inputs) == 2 and node.inputs[0] == node.inputs[1]


def _only_reader(index: int, readers: Counter[int], nodes: Mapping[int, Node], planes: Container[int]) -> int | None:
    """The convolution that is layer ``index``, past layers that change nothing, if it is read once and can add."""
    while index in nodes and readers[index] == 1:
        node = nodes[index]
        if _can_add(node, planes):
            return index
        parts = node.layer.parts(node.inputs)
        if len(parts) != 1 or node.inputs[parts[0].source] != node.shape:
            return None
        index = node.sources[parts[0].source]
    return None


def _can_add(node: Node, planes: Container[int]) -> bool:
    """Whether it is a convolution that writes its output at once: not group by group, nor to be normalized afterwards."""
    layer, channels = node.layer, node.inputs[0].c
    if not isinstance(layer, Convolutional) or ACTIVATIONS[layer.activation].across_channels:
        return False
    depthwise = layer.groups == channels == node.shape.c and not layer.unfolds(node.inputs)
    return layer.groups == 1 or (depthwise and node.sources[0] not in planes)


def _planes(nodes: Iterable[Node]) -> set[int]:
    """The layers that may be stored as planes: the network's input, heads, and views of one of them."""
    found = {-1}
    for node in nodes:
        parts = node.layer.parts(node.inputs)
        if node.sources[parts[0].source] in found if len(parts) == 1 else node.layer.planar:
            found.add(node.index)
    return found


def fold_batch_norm(graph: Graph, params: Params) -> tuple[Graph, Params]:
    """Batch norm of convolutions into their weights and biases, normalisation of shortcuts into their weights.

    As the reference does at load, in its arithmetic: double precision for batch norm.  [batchnorm] and [connected] are
    left as they are.
    """
    return folded_graph(graph), tuple(folded_params(graph, params))


def folded_graph(graph: Graph) -> Graph:
    """The graph for folded arrays."""
    return replace(graph, nodes=tuple(replace(node, layer=_folded_layer(node.layer)) for node in graph.nodes))


def folded_params(graph: Graph, params: Iterable[Arrays]) -> Iterator[Arrays]:
    """Each layer's arrays, folded when it is asked for: all of them at once would take as much memory as the file."""
    for node, arrays in zip(graph.nodes, params, strict=True):
        fold = _FOLDS.get(type(node.layer))
        yield fold(node.layer, arrays) if fold else arrays


def _folded_layer(layer: Layer) -> Layer:
    if isinstance(layer, Convolutional) and layer.batch_normalize:
        return replace(layer, batch_normalize=False)
    if isinstance(layer, Shortcut) and layer.weights_type != "none":
        return replace(layer, weights_normalization="none")
    return layer


def _fold_convolution(layer: Convolutional, arrays: Arrays) -> Arrays:
    """With d = sqrt(variance + ε): biases -= scales·mean / d, weights *= scales / d, in double, stored as float32."""
    if not layer.batch_normalize:
        return arrays
    with np.errstate(all="ignore"):
        biases, scales, mean, variance = (
            arrays[name].astype(np.float64) for name in ("biases", "scales", "rolling_mean", "rolling_variance")
        )
        deviation = np.sqrt(variance + VARIANCE_EPS)  # (filters,)
        return {
            "biases": (biases - scales * mean / deviation).astype(np.float32),
            "weights": _scaled(arrays["weights"], scales / deviation),
        }


def _scaled(weights: npt.NDArray[np.float32], factors: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Each filter times its factor, multiplied in double: (filters, …) → the same shape, float32."""
    scaled = np.empty((len(factors), weights[0].size), np.float32)
    taps = weights.reshape(scaled.shape)
    np.multiply(taps, factors[:, None], out=scaled, dtype=np.float64, casting="same_kind")
    return scaled.reshape(weights.shape)


def _fold_shortcut(layer: Shortcut, arrays: Arrays) -> Arrays:
    if not arrays or layer.weights_normalization == "none":
        return arrays
    with np.errstate(all="ignore"):
        return {"weights": _NORMALIZE[layer.weights_normalization](arrays["weights"])}


def _relu_weights(weights: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Weights below .001 become .001, then each over the sum of all sources: (sources, …) → the same shape."""
    return _over_sum(np.maximum(weights, LEAST_RELU))


def _softmax_weights(weights: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Softmax over the sources: (sources, …) → the same shape."""
    shifted = weights - weights.max(axis=0)
    return _over_sum(np.exp(shifted.astype(np.float64)).astype(np.float32))


def _over_sum(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Each source's weight times the reciprocal of the sum, as the reference is compiled."""
    total = np.full(values.shape[1:], WEIGHT_EPS, np.float32)
    for value in values:
        total = total + value
    return values * (np.float32(1) / total)


_NORMALIZE = {"relu": _relu_weights, "softmax": _softmax_weights}
_FOLDS: dict[type[Layer], Callable[..., Arrays]] = {Convolutional: _fold_convolution, Shortcut: _fold_shortcut}
