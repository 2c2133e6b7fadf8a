"""Triton's config.pbtxt, a text of protobuf: written for a model's inputs and outputs, and held to them.

Triton stacks requests to batches where every input and output begins with the same free size, the batch; ``dims`` are
then those of one picture.  Else they are all of the model's, a free one as -1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from onnx import ModelProto, TensorProto, ValueInfoProto

from ..._support.version import __version__
from .protobuf_text import Fields

__all__ = ["Config", "difference"]

MODEL = "model.onnx"
LABELS = "labels.txt"
MAX_BATCH = 8
TYPES: dict[int, str] = {
    TensorProto.FLOAT: "TYPE_FP32", TensorProto.FLOAT16: "TYPE_FP16", TensorProto.DOUBLE: "TYPE_FP64",
    TensorProto.INT32: "TYPE_INT32", TensorProto.INT64: "TYPE_INT64", TensorProto.INT8: "TYPE_INT8",
    TensorProto.UINT8: "TYPE_UINT8", TensorProto.BOOL: "TYPE_BOOL",
}  # fmt: skip
TENSORRT = """
# TensorRT on NVIDIA's cards; the first request waits for its engine, for minutes:
# optimization { execution_accelerators { gpu_execution_accelerator [ { name: "tensorrt"
#   parameters { key: "precision_mode" value: "FP16" } } ] } }
"""

Tensors = Mapping[str, tuple[str, tuple[int, ...]]]  # type and dims by name


@dataclass(frozen=True)
class Config:
    """What config.pbtxt says of a model: ``name``, whether requests are ``batched``, types and dims."""

    name: str
    batched: bool
    inputs: Tensors
    outputs: Tensors

    @classmethod
    def of(cls, model: ModelProto, name: str) -> Config:
        preset = {tensor.name for tensor in model.graph.initializer}  # inputs that may be left out, which Triton does
        inputs = [value for value in model.graph.input if value.name not in preset]
        first = {_sizes(value)[0] if _sizes(value) else 1 for value in (*inputs, *model.graph.output)}
        batched = len(first) == 1 and isinstance(first.pop(), str)
        return cls(name, batched, _tensors(inputs, batched), _tensors(model.graph.output, batched))

    def text(self, classes: int) -> str:
        """The file; ``classes``: how many names ``labels.txt`` has, 0 if there is none."""
        size = MAX_BATCH if self.batched else 0
        batching = ["dynamic_batching { }"] if self.batched else []
        return "\n".join([
            f"# Written by darknet_py {__version__}; the input is RGB, value / 255.",
            f'name: "{self.name}"', 'backend: "onnxruntime"', f"max_batch_size: {size}",
            *_lines("input", self.inputs), *_lines("output", self.outputs, classes),
            "instance_group [ { count: 1 kind: KIND_AUTO } ]", *batching,
        ]) + TENSORRT  # fmt: skip


def difference(there: Fields, config: Config) -> str:
    """What a config.pbtxt says that is not so of a model, in words; "" if it can stand.  What else it says is the user's.

    Raises ValueError for figures that are none.
    """
    name, engine = _last(there, "name", config.name), _last(there, "backend", _last(there, "platform", "onnxruntime"))
    file, size = _last(there, "default_model_filename", MODEL), _whole(_last(there, "max_batch_size", "0"))
    if name != config.name:
        return f"its name is {name}"
    if engine not in ("onnxruntime", "onnxruntime_onnx") or file != MODEL:
        return f"it runs {file} with {engine}"
    if (size > 0) != config.batched:
        return f"its max_batch_size is {size}, the model's batch is {'dynamic' if config.batched else 'fixed'}"
    return _other(there, "input", config.inputs) or _other(there, "output", config.outputs)


def _other(there: Fields, key: str, tensors: Tensors) -> str:
    said = {_last(fields, "name", ""): fields for fields in there.get(key, []) if not isinstance(fields, str)}
    for name, fields in said.items():
        if name not in tensors:
            return f"its {key} {name} is none of the model's: {', '.join(tensors)}"
        kind, dims = _last(fields, "data_type", ""), tuple(map(_whole, fields.get("dims", [])))
        if (kind, dims) != tensors[name]:
            return f"its {key} {name} is {_shown(kind, dims)}, the model's {_shown(*tensors[name])}"
    missing = [name for name in tensors if said and name not in said and key == "input"]
    return f"it lacks the {key} {missing[0]}" if missing else ""


def _tensors(values: Iterable[ValueInfoProto], batched: bool) -> Tensors:
    found = {}
    for value in values:
        dims = tuple(n if isinstance(n, int) else -1 for n in _sizes(value)[batched:])
        found[value.name] = TYPES.get(value.type.tensor_type.elem_type, "TYPE_INVALID"), dims
    return found


def _sizes(value: ValueInfoProto) -> list[int | str]:
    """A free size by its name."""
    return [d.dim_value if d.HasField("dim_value") else d.dim_param or "?" for d in value.type.tensor_type.shape.dim]


def _lines(key: str, tensors: Tensors, classes: int = 0) -> list[str]:
    rows = []
    for name, (kind, dims) in tensors.items():
        labels = f' label_filename: "{LABELS}"' if classes and _of_classes(name, dims, classes, len(tensors)) else ""
        rows.append(f'  {{ name: "{name}" data_type: {kind} dims: [ {", ".join(map(str, dims))} ]{labels} }}')
    return [f"{key} [", *(row + "," for row in rows[:-1]), rows[-1], "]"]


def _of_classes(name: str, dims: tuple[int, ...], classes: int, outputs: int) -> bool:
    """Whether an output has a value for each class: the scores of boxes, or all that a classifier gives."""
    return dims[-1] == classes if name == "scores" else outputs == 1 and math.prod(dims) in (classes, -classes)


def _shown(kind: str, dims: tuple[int, ...]) -> str:
    return f"{kind} [{', '.join(map(str, dims))}]"


def _last(fields: Fields, key: str, default: str) -> str:
    """A field that stands once; of several the last counts, as in protobuf."""
    return str(fields[key][-1]) if fields.get(key) else default


def _whole(text: object) -> int:
    try:
        return int(str(text))
    except ValueError as e:
        raise ValueError(f"{text} stands where a whole number belongs") from e
