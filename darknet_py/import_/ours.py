"""ONNX models of ``darknet_py export``, whose weights go back to where they came from: batch norm is folded in them, so the
cfg that belongs to them has none.  What the cfg says is in their metadata; older ones need it beside them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from ..cfg import Edit, Section, Text, parse, text_of
from ..errors import CheckpointError
from ..export.about import CFG, NAMES, SOURCES
from ..graph import build
from ..layers.base import Node
from .checkpoint import OnnxGraph
from .converting import Converted, Wish

__all__ = ["onnx_of_ours"]

T = TypeVar("T")
PRODUCER = "darknet_py"
FOLDED = "batch_normalize", "weights_normalization"  # options whose work is done in the weights


def onnx_of_ours(model: object, wish: Wish) -> Converted | None:
    """The network of an ONNX model that ``darknet_py export`` wrote, from its own cfg or the one that is wished.

    Raises CheckpointError, CfgError.
    """
    if not isinstance(model, OnnxGraph) or model.producer != PRODUCER:
        return None
    if any(tensor.dtype == np.int8 for tensor in model.tensors.values()):
        raise CheckpointError("is a model of darknet_py export -int8, whose weights are rounded to 8 bits; give the one "
                              "without -int8, or the .weights that it was made from")  # fmt: skip
    said, path = _cfg(model, wish)
    text = _unfolded(said, path, wish)
    graph = build(parse(text, path))
    params = [{param.name: _array(model, node, param.name, param.shape) for param in node.params} for node in graph.nodes]
    rounded = any(tensor.dtype == np.float16 for tensor in model.tensors.values())
    notes = ("its weights are rounded to half precision, as they are in it",) if rounded else ()
    return Converted(f"{Path(path).stem}, as darknet_py export wrote it", text, params, _names(model), notes)


def _cfg(model: OnnxGraph, wish: Wish) -> tuple[str, str]:
    """The text of a cfg, and what it is called."""
    if wish.cfg is not None:
        return text_of(wish.cfg), wish.cfg
    text = model.metadata.get(CFG)
    if not text:
        raise CheckpointError("is an ONNX model of darknet_py export that does not hold its cfg; give the cfg that it was "
                              "made from too: -cfg NET.cfg")  # fmt: skip
    return text, _source(model)


def _source(model: OnnxGraph) -> str:
    """The name of the cfg that the model was made from."""
    sources = _json(model, SOURCES, dict) or {}
    return next((name for name in sources if str(name).endswith(".cfg")), "the model's own cfg")


def _names(model: OnnxGraph) -> tuple[str, ...]:
    return tuple(map(str, _json(model, NAMES, list) or ()))


def _json(model: OnnxGraph, key: str, kind: type[T]) -> T | None:
    """What an entry of the metadata holds; None where there is none.  Raises CheckpointError for what is no ``kind``."""
    try:
        value = json.loads(model.metadata.get(key, "null"))
    except ValueError as e:
        raise CheckpointError(f"has metadata {key} that are no JSON ({e}); export it again") from e
    if value is not None and not isinstance(value, kind):
        raise CheckpointError(f"has metadata {key} that are no {kind.__name__}; export it again")
    return value


def _unfolded(text: str, path: str, wish: Wish) -> str:
    """The cfg's text without what is folded."""
    net, *layers = parse(text, path)
    edits = [*_sized(net, wish), *(edit for section in layers for edit in _without(section))]
    return Text.of(text.encode()).edited(edits)[0].data.decode()


def _sized(net: Section, wish: Wish) -> Iterator[Edit]:
    for key, side in zip(("width", "height"), wish.size or ()):
        yield Edit(net.line_of(key), key, str(side))


def _without(section: Section) -> Iterator[Edit]:
    """[connected] layers keep their batch norm."""
    if section.name in ("convolutional", "conv", "shortcut"):
        yield from (Edit(section.options[key].line, key, None) for key in FOLDED if key in section.options)


def _array(model: OnnxGraph, node: Node, name: str, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """An array of a layer, which ``export`` has named after it; that of a shortcut is there in rows."""
    key = f"{node.name}_{name}"
    whole = model.tensors.get(key)
    if whole is not None and whole.size == np.prod(shape, dtype=np.int64):
        return np.asarray(whole, np.float32).reshape(shape)
    rows = [row for i in range(shape[0]) if (row := model.tensors.get(f"{key}_{i}")) is not None]
    found = np.zeros((shape[0], int(np.prod(shape[1:]))), np.float32)
    if whole is not None or len(rows) != shape[0] or any(row.size > found.shape[1] for row in rows):
        size = " x ".join(map(str, shape))
        raise CheckpointError(f"has no {name} of {node.label}, {size}; give the cfg that it was made from")
    for to, row in zip(found, rows):
        to[: row.size] = row.ravel()
    return found.reshape(shape)
