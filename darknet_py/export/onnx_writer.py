"""An ONNX graph that grows node by node: names, constants, inputs and outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from onnx import GraphProto, ModelProto, TensorProto, ValueInfoProto, helper, numpy_helper

from .._support.version import __version__
from ..errors import ExportError
from ..layers.base import Node
from ..shapes import Shape
from .form import OPSET, Form

__all__ = ["INPUT", "Carried", "Dims", "Side", "Writer"]

Dims = Sequence[int | None]  # None: any number
Side: TypeAlias = int | str  # a number, or a tensor that holds it
Carried = tuple[str, int, Dims]  # a tensor, its type, its shape

INPUT = "input"
ANY = "batch"
GOING: tuple[int, Dims] = TensorProto.BOOL, ()
MAX_TENSOR = 2**31 - 2**16  # bytes, with room for its name and shape


class Writer:
    """Appends nodes to a model; a tensor is known by its name.

    ``node`` is the layer at work, ``params`` its arrays, ``sources`` the tensors it reads.  ``form``: what is asked of the
    model, ``batch``: pictures a run, None for any number.  All is written for opset ``OPSET``.
    """

    node: Node
    params: Mapping[str, npt.NDArray[np.float32]]
    sources: Sequence[str]

    def __init__(self, input_shape: Shape, form: Form) -> None:
        self.form, self.batch = form, form.pictures
        self.model = ModelProto(producer_name="darknet_py", producer_version=__version__)
        self.model.opset_import.add(version=OPSET)
        self.graph = self.model.graph
        self.graph.name = "darknet"
        self._nodes, self.scope = self.graph.node, ""
        self.graph.input.append(self._value(INPUT, _dims(input_shape, "") if form.dynamic_size else input_shape))
        self._tensors = {-1: INPUT}
        self._names = {INPUT}
        self._constants: dict[tuple[object, ...], str] = {}

    def begin_layer(self, node: Node, params: Mapping[str, npt.NDArray[np.float32]]) -> None:
        """What follows belongs to this layer."""
        self.node, self.params, self._first = node, params, len(self.graph.node)
        self.scope = node.name
        self.sources = [self._tensors.get(s, "") for s in node.sources]

    def end_layer(self, tensor: str) -> None:
        """The layer's output is this tensor, which gets the layer's name if the layer made it."""
        made = self.graph.node[self._first :]
        if made and made[-1].output[0] == tensor:
            made[-1].output[0] = tensor = self.node.name
        self._tensors[self.node.index] = tensor

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """The output of a new node."""
        return self.ops(kind, inputs, 1, **attributes)[0]

    def ops(self, kind: str, inputs: Sequence[str], outputs: int, **attributes: Any) -> list[str]:
        name = self._unique(f"{self.scope}_{kind}")
        made = [name] if outputs == 1 else [self._unique(f"{name}_{i}") for i in range(outputs)]
        self._nodes.append(helper.make_node(kind, inputs, made, name, **attributes))
        return made

    def loop(
        self, trips: str, going: str, carried: Sequence[Carried], body: Callable[..., tuple[str, list[str]]],
        scans: Sequence[tuple[int, Dims]] = (),
    ) -> list[str]:  # fmt: skip
        """A Loop: the tensors that ``body`` carries from one run to the next, then those that collect one of each run.

        ``trips``: at most so often, a scalar, or "" for any number; ``going``: whether it runs at all, "" for yes.
        ``carried``: tensors with types and shapes; ``scans``: types and shapes of what is collected.  ``body``: (number of
        the run, what is carried ...) → whether it goes on, "" for yes, and new tensors that are carried and collected.  It
        may read all tensors made before.
        """
        outer, graph = self._nodes, GraphProto(name=self._unique(f"{self.scope}_body"))
        kept = [(kind, dims) for _, kind, dims in carried]
        taken = [self._unique(f"{graph.name}_{i}") for i in range(len(kept) + 2)]
        self._nodes = graph.node
        more, results = body(taken[0], *taken[2:])
        given = [more or self.op("Identity", taken[1]), *results]
        self._nodes = outer
        graph.input.extend(_values(taken, [(TensorProto.INT64, ()), GOING, *kept]))
        graph.output.extend(_values(given, [GOING, *kept, *scans]))
        return self.ops("Loop", [trips, going, *(name for name, _, _ in carried)], len(results), body=graph)

    def param(self, name: str) -> str:
        return self.array(name, self.params[name])

    def array(self, name: str, values: npt.NDArray[np.float32]) -> str:
        """An array of the layer's own.  Raises ExportError when ONNX cannot hold it."""
        if values.nbytes > MAX_TENSOR:
            raise ExportError(f"{self.node.label} has {values.nbytes} bytes of {name}, but one array of an ONNX model has "
                              f"at most {MAX_TENSOR}; darknet_py's own engine, native, runs it")  # fmt: skip
        tensor = self._unique(f"{self.node.name}_{name}")
        self.graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(values), tensor))
        return tensor

    def floats(self, values: object) -> str:
        """A float32 constant; equal ones are stored once."""
        return self.constant(np.asarray(values, np.float32))

    def ints(self, *values: int) -> str:
        """A list of int64, such as axes."""
        return self.constant(np.array(values, np.int64))

    def number(self, value: int) -> str:
        """An int64 without a dimension."""
        return self.constant(np.array(value, np.int64))

    def ints_of(self, values: Sequence[Side]) -> str:
        """``ints``, of which some are tensors that hold one each."""
        if all(isinstance(value, int) for value in values):
            return self.ints(*(int(value) for value in values))
        return self.concat([value if isinstance(value, str) else self.ints(value) for value in values], 0)

    def reshape(self, x: str, *shape: Side) -> str:
        """x, of n pictures, as (n, *shape); one of the shape may be -1, for what is left."""
        pictures = self.batch or (0 if -1 in shape else -1)
        return self.op("Reshape", x, self.ints_of([pictures, *shape]))

    def spread(self, x: str, *shape: int) -> str:
        """x, (*shape), once for each picture: (n, *shape)."""
        if self.batch:
            return self.op("Expand", x, self.ints(self.batch, *shape))
        pictures = self.op("Shape", INPUT, start=0, end=1)
        return self.op("Expand", x, self.op("Concat", pictures, self.ints(*shape), axis=0))

    def cut(self, x: str, axis: int, start: int, stop: int) -> str:
        """x[start:stop] along an axis."""
        return self.op("Slice", x, self.ints(start), self.ints(stop), self.ints(axis))

    def split(self, x: str, axis: int, sizes: Sequence[int]) -> list[str]:
        """x cut into parts of these sizes along an axis."""
        if len(sizes) == 1:
            return [x]
        return self.ops("Split", [x, self.ints(*sizes)], len(sizes), axis=axis)

    def concat(self, parts: Sequence[str], axis: int) -> str:
        """The parts one after the other."""
        return parts[0] if len(parts) == 1 else self.op("Concat", *parts, axis=axis)

    def padded(self, x: str, axis: int, count: int, value: float = 0.0, rank: int = 4) -> str:
        """x, of ``rank`` axes, with ``count`` more values at the end of one."""
        if not count:
            return x
        behind = [count if i == axis else 0 for i in range(rank)]
        return self.op("Pad", x, self.ints(*[0] * rank, *behind), self.floats(value))

    def optional_input(self, name: str, values: npt.NDArray[np.float32], dims: Sequence[str | int]) -> str:
        """An input that is these values, if it is not given."""
        self.graph.input.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, dims))
        self.graph.initializer.append(numpy_helper.from_array(values, name))
        self._names.add(name)
        return name

    def output(self, name: str, tensor: str, *shape: Side, kind: int = TensorProto.FLOAT) -> None:
        """The model gives ``tensor``, (n, *shape), under this name."""
        self.output_of(name, tensor, [self.batch or ANY, *shape], kind)

    def output_of(self, name: str, tensor: str, dims: Sequence[str | int], kind: int = TensorProto.FLOAT) -> None:
        """The model gives ``tensor``, of these dimensions, under this name."""
        if tensor != name:
            self.graph.node.append(helper.make_node("Identity", [tensor], [name], f"{name}_Identity"))
        self.graph.output.append(helper.make_tensor_value_info(name, kind, dims))

    def output_layer(self, node: Node, any_size: bool = False) -> None:
        """The model gives a layer's output, which may be of ``any_size``, under the layer's name."""
        shape = _dims(node.shape, f"{node.name}_") if any_size else node.shape
        self.output(node.name, self._tensors[node.index], *shape)

    def constant(self, values: npt.NDArray[np.generic]) -> str:
        """A constant; equal ones are stored once."""
        key = values.dtype.str, values.shape, values.tobytes()
        if key not in self._constants:
            tensor = self._unique(f"constant_{len(self._constants)}")
            self.graph.initializer.append(numpy_helper.from_array(values, tensor))
            self._constants[key] = tensor
        return self._constants[key]

    def _value(self, name: str, shape: Sequence[Side], kind: int = TensorProto.FLOAT) -> ValueInfoProto:
        return helper.make_tensor_value_info(name, kind, [self.batch or ANY, *shape])

    def _unique(self, name: str) -> str:
        """The name, with a number if it is taken."""
        chosen, number = name, 1
        while chosen in self._names:
            number += 1
            chosen = f"{name}_{number}"
        self._names.add(chosen)
        return chosen


def _values(names: Sequence[str], kinds: Sequence[tuple[int, Dims]]) -> list[ValueInfoProto]:
    """Tensors of types and shapes."""
    return [helper.make_tensor_value_info(name, kind, dims) for name, (kind, dims) in zip(names, kinds, strict=True)]


def _dims(shape: Shape, prefix: str) -> list[Side]:
    """A shape of any height and width."""
    return [shape.c, f"{prefix}height", f"{prefix}width"]
