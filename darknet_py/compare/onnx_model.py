"""References that ONNX Runtime computes from a model: of ``darknet_py export``, or of any other exporter."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .._support.optional import from_extra
from ..boxes.table import Boxes
from ..engines.onnxruntime.session import failures, first_line
from ..errors import CompareError
from ..graph import Graph
from ..layers.convolutional import Convolutional
from ..layers.head import DetectionHead
from .pipeline import Array, Arrays
from .reference import Reference, layer_number, shaped

if TYPE_CHECKING:
    import onnx
    import onnxruntime

__all__ = ["read"]

TYPES: Mapping[str, type[np.generic]] = {"tensor(float)": np.float32, "tensor(float16)": np.float16}
PARAMS = ("biases", "weights")
BOXES, SCORES = "boxes", "scores"
_TENSOR = re.compile(r"[A-Za-z_]+_\d+")  # a number alone is what many exporters call any tensor


def read(path: str | Path, graph: Graph, x: Array, threads: int) -> Reference:
    """Run a model on the network's input ``x`` (c, h, w).

    Compared are tensors named ``layer_12`` or after a layer and its kind, ``maxpool_12``; outputs of other names that
    have the shapes of the detection layers, in order; ``boxes`` and ``scores`` of ``darknet_py export -outputs boxes``.
    Raises CompareError when the model cannot be read or run, takes another input, or has nothing to compare.
    """
    onnx, runtime = _packages()
    model = _loaded(onnx, path)
    named = _named(model, graph)
    for name in named.keys() - {output.name for output in model.graph.output}:
        model.graph.output.append(onnx.ValueInfoProto(name=name))
    session = _session(runtime, model, Path(path), threads)
    outputs = _run(runtime, session, path, x)
    layers = {number: shaped(outputs[name], number, graph, f"{path}: {name}") for name, number in named.items()}
    layers = _unnamed(outputs, named, graph) | layers
    decoded = _decoded(outputs, graph, path)
    if not layers and decoded is None:
        names = ", ".join(f"{name} {y.shape}" for name, y in outputs.items())
        raise CompareError(f"{path}: nothing in it is this network's (outputs: {names}); export it with darknet_py export, "
                           "or name tensors like layer_12")  # fmt: skip
    about = f"ONNX model run by ONNX Runtime {runtime.__version__}, {len(layers)} arrays of layers"
    loaders = {i: _holding(y) for i, y in sorted(layers.items())}
    return Reference(about, loaders, None, decoded, _params(onnx, model, graph, path), reduced=_reduced(onnx, model))


def _packages() -> tuple[Any, Any]:
    problem = "the packages onnx and onnxruntime cannot be used ({reason}); install them"
    with from_extra("compare", problem, CompareError):
        import onnx
        import onnxruntime
    return onnx, onnxruntime


def _loaded(onnx: Any, path: str | Path) -> onnx.ModelProto:
    """The model without the weights that lie in other files."""
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load(str(path), load_external_data=False)
    except DecodeError as e:
        raise CompareError(f"{path}: damaged, or not an ONNX model; export or copy it again") from e
    if not model.graph.node:
        raise CompareError(f"{path}: an ONNX model without nodes; export it again")
    return model


def _named(model: onnx.ModelProto, graph: Graph) -> dict[str, int]:
    """{tensor: layer} of the tensors that bear a layer's name."""
    names = (name for node in model.graph.node for name in node.output if _TENSOR.fullmatch(name))
    numbers = ((name, layer_number(name, graph)) for name in names if not name.startswith("in"))
    return {name: number for name, number in numbers if number is not None}


def _session(runtime: Any, model: onnx.ModelProto, path: Path, threads: int) -> onnxruntime.InferenceSession:
    options = runtime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(path.parent.resolve()))
    try:
        return runtime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    except failures(runtime) as e:
        raise CompareError(f"{path}: ONNX Runtime cannot load it: {first_line(e)}") from e


def _run(runtime: Any, session: onnxruntime.InferenceSession, path: str | Path, x: Array) -> dict[str, npt.NDArray[Any]]:
    inputs = session.get_inputs()
    if len(inputs) != 1 or inputs[0].type not in TYPES:
        kinds = ", ".join(f"{i.name} {i.type}" for i in inputs)
        raise CompareError(f"{path}: takes {kinds or 'no input'}; it must take one picture, float (n, c, h, w)")
    feed = {inputs[0].name: _batch(inputs[0].shape, path, x).astype(TYPES[inputs[0].type])}
    names = [output.name for output in session.get_outputs()]
    try:
        return dict(zip(names, (y[:1] for y in session.run(names, feed)), strict=True))
    except failures(runtime) as e:
        raise CompareError(f"{path}: ONNX Runtime cannot run it on {x.shape}: {first_line(e)}") from e


def _batch(shape: Sequence[int | str | None], path: str | Path, x: Array) -> Array:
    """x as often as the model wants pictures.  Raises CompareError for a model of another size."""
    fits = len(shape) == 4 and all(a == b or not isinstance(a, int) for a, b in zip(shape[1:], x.shape, strict=True))
    if not fits:
        size = f"give -size {shape[3]}x{shape[2]}, or " if len(shape) == 4 and shape[1] == x.shape[0] else ""
        raise CompareError(f"{path}: takes {_dims(shape[1:])}, the network {_dims(x.shape)}; {size}export it from this "
                           "network")  # fmt: skip
    return np.repeat(x[None], shape[0] if isinstance(shape[0], int) else 1, 0)


def _unnamed(outputs: Mapping[str, npt.NDArray[Any]], named: Mapping[str, int], graph: Graph) -> dict[int, Array]:
    """{layer: array} of outputs whose names mean nothing, by the shapes of the heads, the first ones first."""
    free = [y for name, y in outputs.items() if name not in named]
    heads: dict[int, Array] = {}
    for number in graph.heads:
        shape = (1, *graph.nodes[number].shape)
        at = next((i for i, y in enumerate(free) if y.shape == shape), None)
        if at is not None:
            heads[number] = np.ascontiguousarray(free.pop(at)[0], np.float32)
    return heads


def _decoded(outputs: Mapping[str, npt.NDArray[Any]], graph: Graph, path: str | Path) -> Boxes | None:
    if BOXES not in outputs or SCORES not in outputs:
        return None
    boxes, scores = (outputs[name][0].astype(np.float32) for name in (BOXES, SCORES))
    nodes = [graph.nodes[i] for i in graph.heads]
    heads = [(node, node.layer) for node in nodes if isinstance(node.layer, DetectionHead)]
    rows = sum(head.boxes(node.shape) for node, head in heads)
    classes = max((head.classes for _, head in heads), default=0)
    if boxes.shape != (rows, 4) or scores.shape != (rows, classes):
        raise CompareError(f"{path}: boxes {boxes.shape} and scores {scores.shape}, but this network has {(rows, 4)} and "
                           f"{(rows, classes)}; export it from this network")  # fmt: skip
    return Boxes(boxes, np.ones(rows, np.float32), scores, np.zeros((rows, 4), np.float32))


def _reduced(onnx: Any, model: onnx.ModelProto) -> str:
    """With which fewer digits a model computes, if it does."""
    if any(node.op_type == "DequantizeLinear" for node in model.graph.node):
        return "int8"
    return "half precision" * any(a.data_type == onnx.TensorProto.FLOAT16 for a in model.graph.initializer)


def _params(onnx: Any, model: onnx.ModelProto, graph: Graph, path: str | Path) -> dict[int, Callable[[], Arrays]]:
    """{layer: what loads its biases and weights} of convolutions in a model of ``darknet_py export``."""
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    params: dict[int, Callable[[], Arrays]] = {}
    for node in graph.nodes:
        names = {name: f"{node.name}_{name}" for name in PARAMS}
        if isinstance(node.layer, Convolutional) and all(name in stored for name in names.values()):
            tensors = {key: stored[name] for key, name in names.items()}
            params[node.index] = partial(_arrays, onnx, tensors, Path(path).parent)
    return params


def _arrays(onnx: Any, tensors: Mapping[str, onnx.TensorProto], folder: Path) -> Arrays:
    arrays = {name: onnx.numpy_helper.to_array(tensor, str(folder)) for name, tensor in tensors.items()}
    return {name: np.asarray(array, np.float32) for name, array in arrays.items()}


def _holding(y: Array) -> Callable[[], Array]:
    return lambda: y


def _dims(shape: Sequence[object]) -> str:
    return " x ".join(map(str, shape[::-1]))
