"""Convolutions in int8: an ONNX model with QuantizeLinear and DequantizeLinear around what they read, and int8 weights.

Both are symmetric, of -127 to 127 with zero point 0, which every runtime reads, TensorRT too.  Weights have a step for
each filter; a tensor has one, from its range on pictures.  Sums, biases, activations and all other layers stay float32 by
the standard, and runtimes join them to the convolution as they can.  In float32 stay the last convolutions, whose values
boxes are made of, and those that would lose much: see ``_noise``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from ..errors import ExportError
from ..graph import Graph
from .anatomy import has_weights, last_weighted, reads
from .ranges import Calibration, Range

__all__ = ["Int8", "to_int8"]

LEVELS = 127
NOISE = 0.045  # of a channel's standard deviation, on average: with more a convolution stays float32
LAST, NOISY = "the last before the heads", "int8 would lose too much"
AXIS_OF_FILTERS = 0

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Int8:
    """``quantized``: the layers whose convolution is int8.  ``kept``: {layer whose convolution is float32: why}."""

    model: ModelProto
    quantized: list[int] = field(default_factory=list)
    kept: dict[int, str] = field(default_factory=dict)


def to_int8(model: ModelProto, graph: Graph, calibration: Calibration) -> Int8:
    """The model of a network with its convolutions in int8; the one given stays as it is.

    Raises ExportError for a model in half precision, without pictures, and for ranges of another network.
    """
    if not isinstance(calibration, Calibration):
        raise ExportError(f"int8={calibration!r} is not possible; it must be what Network.calibrate gives for pictures")
    if not calibration.fits(graph):
        raise ExportError("int8 has ranges of another network; take those that calibrate of this one gives")
    if not calibration.pictures:
        raise ExportError("int8 needs pictures: none was given to Network.calibrate")
    if any(array.data_type == TensorProto.FLOAT16 for array in model.graph.initializer):
        raise ExportError("fp16=True and int8 exclude each other; leave one of them out")
    made = Int8(ModelProto())
    made.model.CopyFrom(model)
    _Quantizing(graph, calibration, made).run()
    return made


class _Quantizing:
    """Writes a model's nodes anew.  ``_steps``: {array or tensor: its dequantized form}, once for all that read it."""

    def __init__(self, graph: Graph, calibration: Calibration, made: Int8) -> None:
        self._graph, self._ranges, self._made = graph, calibration.ranges, made
        self._onnx = made.model.graph
        self._stored = {array.name: array for array in self._onnx.initializer}
        self._last = last_weighted(self._onnx)
        self._forms: dict[str, str] = {}

    def run(self) -> None:
        nodes = [*self._onnx.node]
        del self._onnx.node[:]
        layers = {f"{node.name}_Conv": node.index for node in self._graph.nodes}
        for node in nodes:
            layer = layers.get(node.name)
            if layer is not None and node.op_type == "Conv" and has_weights(node, self._stored):
                self._convolution(node, layer)
            self._onnx.node.append(node)
        self._drop_unused()

    def _convolution(self, node: NodeProto, layer: int) -> None:
        """Makes a convolution read int8, if it may."""
        found = self._ranges.get(self._graph.nodes[layer].sources[0])
        if found is None:
            return
        weights = numpy_helper.to_array(self._stored[node.input[1]])
        why = LAST if node.output[0] in self._last else NOISY if _noise(weights, found) > NOISE else ""
        if why:
            self._made.kept[layer] = why
            return
        self._made.quantized.append(layer)
        node.input[:] = [self._tensor(node.input[0], found), self._weights(node.input[1], weights), *node.input[2:]]

    def _tensor(self, name: str, found: Range) -> str:
        """A tensor rounded to int8 and back."""
        if name not in self._forms:
            scale = np.float32(found.threshold / LEVELS)
            steps = self._store(name, np.asarray(max(scale, np.finfo(np.float32).tiny)), np.asarray(np.int8(0)))
            self._node("QuantizeLinear", [name, *steps], f"{name}_int8")
            self._forms[name] = self._node("DequantizeLinear", [f"{name}_int8", *steps], f"{name}_rounded")
        return self._forms[name]

    def _weights(self, name: str, weights: Array) -> str:
        """Weights (filters, ...) as int8, with a step for each filter."""
        if name not in self._forms:
            steps = _steps(weights)
            rounded = np.rint(weights / _by_filter(steps, weights)).astype(np.int8)
            self._onnx.initializer.append(numpy_helper.from_array(rounded, f"{name}_int8"))
            inputs = [f"{name}_int8", *self._store(name, steps, np.zeros(len(steps), np.int8))]
            self._forms[name] = self._node("DequantizeLinear", inputs, f"{name}_rounded", axis=AXIS_OF_FILTERS)
        return self._forms[name]

    def _store(self, name: str, *arrays: npt.NDArray[Any]) -> tuple[str, str]:
        names = f"{name}_scale", f"{name}_zero_point"
        for key, values in zip(names, arrays, strict=True):
            self._onnx.initializer.append(numpy_helper.from_array(values, key))
        return names

    def _node(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self._onnx.node.append(helper.make_node(operator, inputs, [output], f"{output}_{operator}", **attributes))
        return output

    def _drop_unused(self) -> None:
        used = {name for node in self._onnx.node for name in reads(node)}
        kept = [array for array in self._onnx.initializer if array.name in used]
        del self._onnx.initializer[:]
        self._onnx.initializer.extend(kept)


def _steps(weights: Array) -> Array:
    """The step of each filter's weights; 1 for a filter of zeros."""
    largest = np.abs(weights).reshape(len(weights), -1).max(1)
    steps: Array = np.where(largest > 0, np.maximum(largest / LEVELS, np.finfo(np.float32).tiny), 1).astype(np.float32)
    return steps


def _by_filter(steps: Array, weights: Array) -> Array:
    return steps.reshape(-1, *[1] * (weights.ndim - 1))


def _noise(weights: Array, found: Range) -> float:
    """What rounding its input does to a convolution: noise over standard deviation of its output, mean of all filters.

    Channels are taken as independent, and a value's rounding as even within a step; values that are all alike are rounded
    alike.  It is much where filters read few channels, and the tensor's range is that of others, as with depthwise ones.
    """
    per_channel = np.square(weights, dtype=np.float64).reshape(*weights.shape[:2], -1).sum(2)
    groups = len(found.variances) // weights.shape[1]
    variances = np.repeat(found.variances.reshape(groups, -1), len(weights) // groups, 0)
    noise = (per_channel * (variances > 0)).sum(1) * (found.threshold / LEVELS) ** 2 / 12
    signal = (per_channel * variances).sum(1)
    ratios = np.sqrt(noise / np.maximum(signal, np.finfo(np.float64).tiny))
    return float(np.minimum(ratios, 1)[noise > 0].mean()) if noise.any() else 0.0
