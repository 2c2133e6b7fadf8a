"""The ONNX model that another engine runs: made from a folded graph and its arrays, or a user's file."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from .. import export
from ..engine_api.options import Numerics, Options
from ..engine_api.spec import Spec
from ..errors import DarknetError
from ..graph import Graph
from ..weights import Params

__all__ = ["Dims", "check_fits", "digest", "layer_names", "refuse_numerics", "stored"]

Dims: TypeAlias = Sequence[int | None]  # None: any


def refuse_numerics(options: Options, spec: Spec) -> None:
    """Raises DarknetError for what only the native engine has."""
    if options.numerics is not Numerics.EXACT:
        raise DarknetError(f"numerics={options.numerics.value} is of the native engine; leave it out with engine "
                           f"{spec.name}, which rounds in its own way")  # fmt: skip
    if options.avx_maxpool:
        raise DarknetError(f"avx_maxpool is of the native engine; leave it out with engine {spec.name}")


def layer_names(graph: Graph, layers: Sequence[int]) -> list[str]:
    """The tensors that an exported model has for layers: ``yolo_139``"""
    return [graph.nodes[i].name for i in layers]


@contextmanager
def stored(
    graph: Graph, params: Params, layers: Sequence[int], batch: int | None, spec: Spec, half: bool = False
) -> Iterator[bytes | str]:  # fmt: skip
    """The model whose outputs are those of ``layers``: its bytes or, where it is too large for that, the path of a file,
    which is gone after the block; or the path of the user's own.  ``batch``: pictures a run, None for any number.
    ``half``: in half precision.

    Raises DarknetError where there is no such file, ExportError for what has no ONNX form, and when onnx is missing.
    """
    if spec.model:
        if not Path(spec.model).is_file():
            raise DarknetError(f"{spec.model}: there is no such file; name an ONNX model of this network")
        yield spec.model
        return
    model = export.folded_model(graph, params, layers, export.Form(batch=batch or "dynamic"))
    model = export.to_half(model) if half else model
    if not export.is_large(model):
        data = model.SerializeToString()
        del model  # as large once more
        yield data
        return
    with tempfile.TemporaryDirectory(prefix="darknet_py_", ignore_cleanup_errors=True) as folder:
        path = Path(folder, "model.onnx")
        export.save(path, model)
        yield str(path)


def digest(model: bytes | str) -> str:
    """What tells a model, or the file of one, from others."""
    if isinstance(model, bytes):
        return hashlib.blake2b(model, digest_size=16).hexdigest()
    made = hashlib.blake2b(digest_size=16)
    for path in filter(Path.is_file, (Path(model), Path(f"{model}.data"))):
        with path.open("rb") as file:
            while chunk := file.read(1 << 24):
                made.update(chunk)
    return made.hexdigest()


def check_fits(path: str, graph: Graph, inputs: Mapping[str, Dims], outputs: Mapping[str, Dims]) -> list[str]:
    """The names of a file's outputs for the layers ``graph.outputs``; those of embeddings may be missing.

    ``inputs``, ``outputs``: shapes by name.  Raises DarknetError, with what does not fit.
    """
    wanted = (None, *graph.net.shape)
    if len(inputs) != 1 or not _fit(next(iter(inputs.values())), wanted):
        raise DarknetError(f"{path}: takes {_listed(inputs)}, but the network {_dims(wanted)}; export it from this network, "
                           "or give the size with which it was")  # fmt: skip
    names = layer_names(graph, graph.outputs)
    chosen = [n for n in names if n in outputs] if set(names[: len(graph.heads)]) <= outputs.keys() else list(outputs)
    shapes = {n: (None, *graph.nodes[i].shape) for n, i in zip(names, graph.outputs, strict=True)}
    fit = len(graph.heads) <= len(chosen) <= len(names)
    if not fit or not all(_fit(outputs[n], shape) for n, shape in zip(chosen, shapes.values(), strict=False)):
        raise DarknetError(f"{path}: gives {_listed(outputs)}, but this network {_listed(shapes)}; export it from this "
                           "network with -outputs heads")  # fmt: skip
    return chosen


def _fit(got: Dims, wanted: Dims) -> bool:
    """The first of them, pictures a run, may be any."""
    return len(got) == len(wanted) and all(a is None or a == b for a, b in zip(got[1:], wanted[1:], strict=True))


def _listed(shapes: Mapping[str, Dims]) -> str:
    return ", ".join(f"{name} {_dims(shape)}" for name, shape in shapes.items()) or "nothing"


def _dims(shape: Dims) -> str:
    return "x".join("n" if size is None else str(size) for size in shape)
