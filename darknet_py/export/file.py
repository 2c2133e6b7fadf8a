"""An ONNX model → a file, all at once or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import onnx

from .._support import whole_file, whole_files
from .._support.words import reason
from ..errors import ExportError

__all__ = ["MAX_SIZE", "Written", "weights_size", "write"]

MAX_SIZE = 2**31 - 2**20  # of a protobuf file, with room for what is not weights
Shapes = dict[str, tuple[int | str, ...]]


@dataclass(frozen=True)
class Written:
    """What was written: bytes on disk, and the shapes of inputs and outputs by name, a free batch as "batch"."""

    path: Path
    size: int
    inputs: Shapes
    outputs: Shapes


def write(path: Path, model: onnx.ModelProto) -> Written:
    """Write a model; what is too large for one file goes to ``path`` + ".data" too.  Raises ExportError."""
    if path.is_dir():
        raise ExportError(f"{path}: cannot be written (it is a folder; name a file in it)")
    large = weights_size(model) >= MAX_SIZE
    try:
        size = _save_two(Path(os.path.realpath(path)), model) if large else _save(path, model)
    except OSError as e:
        raise ExportError(f"{path}: cannot be written ({reason(e)})") from e
    return Written(path, size, _shapes(model.graph.input), _shapes(model.graph.output))


def weights_size(model: onnx.ModelProto) -> int:
    """Bytes of the arrays in a model."""
    return sum(len(tensor.raw_data) for tensor in model.graph.initializer)


def _save(path: Path, model: onnx.ModelProto) -> int:
    """The bytes written."""
    with whole_file(path) as file:
        onnx.save_model(model, file)
    return model.ByteSize()


def _save_two(path: Path, model: onnx.ModelProto) -> int:
    """The weights in a file beside the model's, which is written last; the bytes of both."""
    with whole_files(path.with_name(f"{path.name}.data"), path) as (weights, whole):
        onnx.save_model(model, whole, save_as_external_data=True, location=weights.name)
        return weights.stat().st_size + whole.stat().st_size


def _shapes(values: Iterable[onnx.ValueInfoProto]) -> Shapes:
    return {v.name: tuple(d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim) for v in values}
