"""Batch norm into weights and biases: a graph with the same numbers and less work.   C: network.c fuse_conv_batchnorm

As the reference does at load, in its arithmetic: double precision for batch norm.  [batchnorm] and [connected] are left as
they are.
"""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatch

import numpy as np
import numpy.typing as npt

from .graph import Graph
from .layers.base import Layer
from .layers.batchnorm import VARIANCE_EPS
from .layers.convolutional import Convolutional
from .layers.shortcut import Shortcut
from .weights import Changed, Params

__all__ = ["Arrays", "folded_arrays", "folded_graph", "folded_layer", "folded_params", "weights_owner"]

Arrays = dict[str, npt.NDArray[np.float32]]

WEIGHT_EPS = np.float32(0.0001)
LEAST_RELU = np.float32(0.001)


def folded_graph(graph: Graph) -> Graph:
    """The graph for folded arrays: convolutions without batch norm, shortcuts whose weights need no normalisation."""
    return replace(graph, nodes=tuple(replace(node, layer=folded_layer(node.layer)) for node in graph.nodes))


def folded_params(graph: Graph, params: Params) -> Params:
    """Each layer's arrays, folded when they are asked for: all of them at once would take as much memory as the file."""

    def folded(i: int, arrays: Arrays) -> Arrays:
        owner = weights_owner(graph, i)
        return folded_arrays(graph.nodes[owner].layer, arrays if owner == i else params[owner])

    return Changed(params, len(graph.nodes), folded)


def weights_owner(graph: Graph, i: int) -> int:
    """The number of the layer whose arrays are layer ``i``'s: its own, or the one at the end of share_index=."""
    layer = graph.nodes[i].layer
    while isinstance(layer, Convolutional) and layer.shared is not None:
        i, layer = layer.shared, graph.nodes[layer.shared].layer
    return i


@singledispatch
def folded_layer(layer: Layer) -> Layer:
    """A layer for its folded arrays."""
    return layer


@singledispatch
def folded_arrays(layer: Layer, arrays: Arrays) -> Arrays:
    """Those of one layer."""
    return arrays


@folded_layer.register(Convolutional)
def _folded_convolution(layer: Convolutional) -> Layer:
    return replace(layer, batch_normalize=False)


@folded_arrays.register(Convolutional)
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


@folded_layer.register(Shortcut)
def _folded_shortcut(layer: Shortcut) -> Layer:
    return replace(layer, weights_normalization="none")


@folded_arrays.register(Shortcut)
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
