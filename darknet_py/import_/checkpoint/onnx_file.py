"""ONNX models: nodes and initializers, also of files beside the model; the package onnx is not needed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .faults import Malformed, Unsupported
from .protobuf import Message
from .tensors import DTYPES, QUANTISED, Storage, widened
from .values import Array

__all__ = ["OnnxGraph", "OnnxNode", "is_onnx", "read"]

TYPES = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 9: "bool",
    10: "float16", 11: "float64", 12: "uint32", 13: "uint64", 14: "complex64", 15: "complex128", 16: "bfloat16",
}  # fmt: skip
FLOAT, INTEGER, TEXT, TENSOR = 1, 2, 3, 4
FLOATS, INTEGERS, TEXTS = 6, 7, 8
# fields of TensorProto
DIMS, TYPE, NAME, RAW, EXTERNAL = 1, 2, 8, 9, 13
FLOAT_DATA, INT32_DATA, INT64_DATA, DOUBLE_DATA, UINT64_DATA = 4, 5, 7, 10, 11


@dataclass(frozen=True)
class OnnxNode:
    """One operation; ``attributes`` are numbers, texts, lists of them, and arrays."""

    kind: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]


@dataclass(frozen=True)
class OnnxGraph:
    """``producer``: the program that wrote it.  ``tensors``: the initializers.  Shapes of inputs and outputs: 0 is any."""

    producer: str
    nodes: tuple[OnnxNode, ...]
    tensors: Mapping[str, Array]
    inputs: Mapping[str, tuple[int, ...]]
    outputs: Mapping[str, tuple[int, ...]]
    metadata: Mapping[str, str]


def is_onnx(head: bytes) -> bool:
    """A message that begins with the version of the format, then the producer or the graph."""
    return len(head) > 2 and head[0] == 0x08 and 1 <= head[1] < 32 and head[2] in (0x12, 0x1A, 0x3A, 0x42)


def read(data: bytes, path: Path) -> OnnxGraph:
    """Raises Malformed, Unsupported; OSError for a file of weights beside the model."""
    model = Message(memoryview(data))
    graphs = model.messages(7)
    if len(graphs) != 1 or not graphs[0].parts(1):
        raise Malformed("an ONNX model without nodes")
    (graph,) = graphs
    beside = _Beside(path)
    tensors = {t.text(NAME): _tensor(t, beside) for t in graph.messages(5)}
    nodes = tuple(_node(n, beside) for n in graph.messages(1))
    metadata = {entry.text(1): entry.text(2) for entry in model.messages(14)}
    return OnnxGraph(model.text(2), nodes, tensors, _shapes(graph, 11), _shapes(graph, 12), metadata)


def _node(node: Message, beside: _Beside) -> OnnxNode:
    attributes = {a.text(1): _attribute(a, beside) for a in node.messages(5)}
    return OnnxNode(node.text(4), node.text(3), tuple(node.texts(1)), tuple(node.texts(2)), attributes)


def _attribute(attribute: Message, beside: _Beside) -> Any:
    """Its value; None for graphs and what else is none of the numbers and texts that detectors have."""
    kind = attribute.integer(20)
    readers = {
        FLOAT: lambda: (attribute.floats(2) or [0.0])[-1], INTEGER: lambda: attribute.integer(3),
        TEXT: lambda: attribute.text(4), TENSOR: lambda: next((_tensor(t, beside) for t in attribute.messages(5)), None),
        FLOATS: lambda: attribute.floats(7), INTEGERS: lambda: attribute.integers(8), TEXTS: lambda: attribute.texts(9),
    }  # fmt: skip
    return readers[kind]() if kind in readers else None


def _shapes(graph: Message, number: int) -> dict[str, tuple[int, ...]]:
    return {value.text(1): _shape(value) for value in graph.messages(number)}


def _shape(value: Message) -> tuple[int, ...]:
    """type.tensor_type.shape.dim.dim_value"""
    dims = (d for t in value.messages(2) for tensor in t.messages(1) for s in tensor.messages(2) for d in s.messages(1))
    return tuple(dim.integer(1) for dim in dims)


def _tensor(tensor: Message, beside: _Beside) -> Array:
    dims, name = tensor.integers(DIMS), tensor.text(NAME)
    dtype = TYPES.get(tensor.integer(TYPE))
    if dtype is None:
        raise Unsupported(QUANTISED.format(f"{name:.60} of ONNX's type {tensor.integer(TYPE)}"))
    if tensor.parts(EXTERNAL):
        raw: memoryview | None = beside.part({e.text(1): e.text(2) for e in tensor.messages(EXTERNAL)}, name)
    else:
        raw = tensor.data(RAW)
    values = _listed(tensor, dtype) if raw is None else Storage(name, raw, dtype).array(dtype)
    if any(n < 0 for n in dims) or math.prod(dims) != len(values) or len(dims) > 32:
        raise Malformed(f"the tensor {name:.60} of {' x '.join(map(str, dims[:9]))} with {len(values)} numbers")
    return values.reshape(dims)


def _listed(tensor: Message, dtype: str) -> Array:
    """Numbers that are fields of their own; types of 16 bits are whole numbers there."""
    if dtype in ("float32", "complex64"):
        return np.array(tensor.floats(FLOAT_DATA), np.float32).view(DTYPES[dtype])
    if dtype in ("float64", "complex128"):
        return np.frombuffer(b"".join(tensor.parts(DOUBLE_DATA)), "<f8").view(DTYPES[dtype])
    if dtype in ("float16", "bfloat16"):
        bits = np.array(tensor.integers(INT32_DATA), np.int64).astype(np.uint16)
        return widened(bits.view(DTYPES[dtype]), dtype)
    numbers = tensor.integers(INT64_DATA) or tensor.integers(INT32_DATA) or tensor.integers(UINT64_DATA)
    return np.array(numbers, np.int64).astype(DTYPES[dtype])


class _Beside:
    """Files of numbers in the model's own folder, each read once."""

    def __init__(self, model: Path) -> None:
        self.folder = model.parent
        self.files: dict[str, memoryview] = {}

    def part(self, place: Mapping[str, str], tensor: str) -> memoryview:
        """``place``: location, offset, length.  Raises Malformed, Unsupported."""
        location = place.get("location", "")
        data = self._file(location)
        try:
            start = int(place.get("offset") or 0)
            size = int(place["length"]) if place.get("length") else len(data) - start
        except ValueError as e:
            raise Malformed(f"the tensor {tensor:.60} at a place that is no number") from e
        if not 0 <= start <= start + size <= len(data):
            raise Malformed(f"the tensor {tensor:.60} reaches beyond the end of {location:.60}")
        return data[start : start + size]

    def _file(self, location: str) -> memoryview:
        if location not in self.files:
            path = self.folder / location
            if not location or "\0" in location or path.resolve().parent != self.folder.resolve():
                raise Malformed(f"weights in {location:.60}, which is no file beside it")
            if not path.is_file():
                raise Unsupported(f"has its weights in {location:.60}, which is not beside it; copy both files")
            self.files[location] = memoryview(path.read_bytes())
        return self.files[location]
