"""Half precision: an ONNX model's weights and arithmetic in float16, its input and outputs in float32 as they were.

In float32 remain, between Cast nodes:

- what comes after the last weights: the heads' activations, their decoding, suppression.  A box's side is an exponential,
  and eleven bits of a coordinate are a pixel of 2000;
- activations and layers with sums, squares or exponentials (``WIDE``), which half loses or overflows: e^x does from
  x = 11.1 on, so that Mish is computed in float32 from the convolution's float16;
- what has weights that half cannot hold.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

from ..errors import DarknetWarning
from .anatomy import decoding, has_weights, layer_of, reads, subgraph_nodes

__all__ = ["to_half"]

FLOAT, HALF = int(TensorProto.FLOAT), int(TensorProto.FLOAT16)
SUFFIXES = {FLOAT: "_float", HALF: "_half"}
WIDE = frozenset({
    "BatchNormalization", "Cast", "Exp", "GlobalAveragePool", "Pow", "ReduceMean", "ReduceSum", "Softmax", "Softplus",
})  # fmt: skip
NO_FLOATS = frozenset({"ArgMax", "Equal", "Greater", "Less", "NonZero", "Shape", "Size"})  # are what these give
ALWAYS_FLOAT = {"Resize": (1, 2)}  # by the standard: the region and the scales
LARGEST, LOWEST = float(np.finfo(np.float16).max), float(np.finfo(np.float32).min)
LOSS = 2.0**-8  # of an array's values as relative L2, where rounding to half costs 2**-12

Array = npt.NDArray[np.float32]


def to_half(model: ModelProto) -> ModelProto:
    """The model in half precision; the one given stays as it is.

    Warns (DarknetWarning) of layers whose weights half cannot hold, and that keep float32.
    """
    made = ModelProto()
    made.CopyFrom(model)
    _Halving(model.graph, made.graph).run()
    return made


class _Halving:
    """Writes a graph anew, node by node.  ``_names``: {floating-point tensor of the old graph: {type: name in the new}}."""

    def __init__(self, old: GraphProto, new: GraphProto) -> None:
        self._nodes, self._new = old.node, new
        self._outputs = {value.name for value in old.output}
        self._arrays = {array.name: array for array in old.initializer}
        wide = decoding(old) | _wide(old.node, self._arrays)
        self._unfit = _unfit(old.node, self._arrays, wide)
        self._wide = wide | self._unfit
        self._shared = {name for node in old.node if node.output[0] in self._wide for name in reads(node)}
        floats = [value.name for value in old.input] + [a.name for a in old.initializer if a.data_type == FLOAT]
        self._names: dict[str, dict[int, str]] = {name: {FLOAT: name} for name in floats}
        self._stored: dict[str, TensorProto] = {}

    def run(self) -> None:
        del self._new.node[:], self._new.initializer[:], self._new.value_info[:]
        for node in self._nodes:
            self._write(node, FLOAT if node.output[0] in self._wide else HALF)
        self._new.initializer.extend(self._stored.values())

    def _write(self, node: NodeProto, kind: int) -> None:
        copy = NodeProto()
        copy.CopyFrom(node)
        for inner in subgraph_nodes(copy):
            inner.input[:] = [self._read(name, FLOAT) for name in inner.input]
        fixed = ALWAYS_FLOAT.get(node.op_type, ())
        copy.input[:] = [self._read(name, FLOAT if i in fixed else kind) for i, name in enumerate(node.input)]
        self._new.node.append(copy)
        if _gives_floats(node, self._names.keys()):
            self._name_outputs(self._new.node[-1], kind)

    def _name_outputs(self, node: NodeProto, kind: int) -> None:
        """The model's own outputs are float32, by their names."""
        for i, name in enumerate(node.output):
            if kind == HALF and name in self._outputs:
                node.output[i] += SUFFIXES[HALF]
            self._names[name] = {kind: node.output[i]}
            if name in self._outputs:
                self._read(name, FLOAT)

    def _read(self, name: str, kind: int) -> str:
        """The name of a tensor in this type, which is made if there is none."""
        names = self._names.get(name, {})
        if name in self._arrays:
            return self._stored_as(name, kind if names else 0)
        if names and kind not in names:
            names[kind] = self._cast(name, next(iter(names.values())), kind)
        return names.get(kind, name)

    def _stored_as(self, name: str, kind: int) -> str:
        half = kind == HALF
        stored = name + SUFFIXES[HALF] if half and name in self._shared else name
        if stored not in self._stored:
            array = self._arrays[name]
            self._stored[stored] = numpy_helper.from_array(_halved(array), stored) if half else array
        return stored

    def _cast(self, name: str, source: str, kind: int) -> str:
        made = name if kind == FLOAT and name in self._outputs else name + SUFFIXES[kind]
        if source in self._unfit:
            source = self._clipped(source)
        self._new.node.append(helper.make_node("Cast", [source], [made], f"{made}_Cast", to=kind))
        return made

    def _clipped(self, name: str) -> str:
        """What may be beyond half's largest number, at it."""
        limits = {f"half_{what}": np.float32(value) for what, value in (("lowest", -LARGEST), ("largest", LARGEST))}
        self._stored.update((key, numpy_helper.from_array(np.asarray(value), key)) for key, value in limits.items())
        self._new.node.append(helper.make_node("Clip", [name, *limits], [f"{name}_clipped"], f"{name}_Clip"))
        return f"{name}_clipped"


def _gives_floats(node: NodeProto, floats: Iterable[str]) -> bool:
    if node.op_type == "Cast":
        return any(a.name == "to" and a.i == FLOAT for a in node.attribute)
    return node.op_type not in NO_FLOATS and not set(node.input).isdisjoint(floats)


def _wide(nodes: Iterable[NodeProto], arrays: dict[str, TensorProto]) -> set[str]:
    """First outputs of nodes of layers that have one of ``WIDE``, but for weights times what other layers give."""
    layers = {layer_of(node) for node in nodes if node.op_type in WIDE}
    made: dict[str, str] = {}
    found = set()
    for node in nodes:
        layer = layer_of(node)
        narrow = has_weights(node, arrays) and made.get(node.input[0]) != layer
        if layer in layers and not narrow:
            found.add(node.output[0])
        made.update(dict.fromkeys(node.output, layer))
    return found


def _unfit(nodes: Iterable[NodeProto], arrays: dict[str, TensorProto], wide: set[str]) -> set[str]:
    """First outputs of other nodes whose weights half cannot hold; they are warned of."""
    found = set()
    for node in (n for n in nodes if n.output[0] not in wide):
        lost = [name for name in node.input if name in arrays and arrays[name].data_type == FLOAT and _loses(arrays[name])]
        if lost:
            found.add(node.output[0])
            _warn(layer_of(node), max(float(np.abs(numpy_helper.to_array(arrays[name])).max()) for name in lost))
    return found


def _warn(layer: str, largest: float) -> None:
    problem = f"cannot hold its weights (the largest is {largest:.3g}): they stay float32"
    warnings.warn(f"{layer}: half precision, which ends at {LARGEST:g} and has few digits below 6e-05, {problem}",
                  DarknetWarning, stacklevel=2)  # fmt: skip


def _loses(array: TensorProto) -> bool:
    values = _values(array).astype(np.float64)
    return not np.linalg.norm(_halved(array) - values) <= LOSS * np.linalg.norm(values)


def _halved(array: TensorProto) -> npt.NDArray[np.float16]:
    return _values(array).clip(-LARGEST, LARGEST).astype(np.float16)


def _values(array: TensorProto) -> Array:
    """Float32's lowest number, which stands for nothing at all, is half's."""
    values: Array = numpy_helper.to_array(array)
    return np.where(values == np.float32(LOWEST), np.float32(-LARGEST), values)
