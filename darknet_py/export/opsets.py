"""A model written for opset ``OPSET`` → the same for another: its operators in the forms that they have there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import GraphProto, ModelProto, NodeProto, defs, helper, numpy_helper

from ..errors import ExportError
from .form import LEAST_OPSET, OPSET

__all__ = ["check_opset", "to_opset"]

SPLIT = SHAPE = 15  # from this opset on: TensorRT 8, which reads 14 or less, knows Split as Slices; Shape has start and end
AXES = 18  # from this opset on axes of a reduction are an input; those of ReduceSum since 13
LAST = np.iinfo(np.int64).max
Nodes = Iterator[NodeProto]


def check_opset(opset: int) -> None:
    """Raises ExportError for an opset that the package onnx does not know."""
    newest = defs.onnx_opset_version()
    if opset > newest:
        raise ExportError(f"opset={opset} is not known to the package onnx that is installed; "
                          f"it must be from {LEAST_OPSET} to {newest}")  # fmt: skip


def to_opset(model: ModelProto, opset: int) -> None:
    """Rewrite the model for this opset, with the IR version that came with it."""
    check_opset(opset)
    ours = next(entry for entry in model.opset_import if not entry.domain)
    ours.version = opset
    model.ir_version = helper.find_min_ir_version_for([ours])
    if opset < OPSET:
        _Older(model.graph, opset).rewrite(model.graph)


class _Older:
    """Writes nodes in older forms; new constants go into the graph that holds all of them."""

    def __init__(self, graph: GraphProto, opset: int) -> None:
        self._graph, self._opset = graph, opset
        self._constants = {tensor.name: tensor for tensor in graph.initializer}

    def rewrite(self, graph: GraphProto) -> None:
        """The graph's nodes, and those of the graphs that they run."""
        made = [new for node in graph.node for new in self._older(node)]
        for node in made:
            for attribute in node.attribute:
                if attribute.HasField("g"):
                    self.rewrite(attribute.g)
        del graph.node[:]
        graph.node.extend(made)

    def _older(self, node: NodeProto) -> Nodes:
        until, rule = FORMS.get(node.op_type, (0, None))
        if rule and self._opset < until:
            yield from rule(self, node)
        else:
            yield node

    def split(self, node: NodeProto) -> Nodes:
        x, sizes = node.input
        axis = _attributes(node)["axis"]
        bounds = np.cumsum([0, *self._value(sizes)]).tolist()
        for output, start, stop in zip(node.output, bounds, bounds[1:]):
            places = map(self._ints, (start, stop, axis))
            yield helper.make_node("Slice", [x, *places], [output], output)

    def shape(self, node: NodeProto) -> Nodes:
        """A part of a shape is cut from the whole."""
        ends = _attributes(node)
        if not ends:
            yield node
            return
        whole = f"{node.output[0]}_whole"
        yield helper.make_node("Shape", node.input, [whole], whole)
        places = map(self._ints, (ends.get("start", 0), ends.get("end", LAST), 0))
        yield helper.make_node("Slice", [whole, *places], node.output, node.name)

    def reduction(self, node: NodeProto) -> Nodes:
        x, axes = node.input
        attributes = _attributes(node) | {"axes": self._value(axes).tolist()}
        yield helper.make_node(node.op_type, [x], node.output, node.name, **attributes)

    def _value(self, name: str) -> npt.NDArray[np.int64]:
        return numpy_helper.to_array(self._constants[name])

    def _ints(self, value: int) -> str:
        name = f"opset_{self._opset}_{value}"
        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(np.array([value], np.int64), name)
            self._graph.initializer.append(self._constants[name])
        return name


def _attributes(node: NodeProto) -> dict[str, Any]:
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}


# The opset that brought today's form, and what there was before
FORMS: dict[str, tuple[int, Callable[[_Older, NodeProto], Nodes]]] = {
    "ReduceMax": (AXES, _Older.reduction), "ReduceMean": (AXES, _Older.reduction), "ReduceMin": (AXES, _Older.reduction),
    "Shape": (SHAPE, _Older.shape), "Split": (SPLIT, _Older.split),
}  # fmt: skip
