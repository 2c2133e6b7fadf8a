"""ONNX models of ``darknet_py export``, whose weights go back to where they came from: batch norm is folded in them, so the
cfg that belongs to them has none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..cfg import Edit, Section, Text, parse, text_of
from ..errors import CheckpointError
from ..graph import build
from ..layers.base import Node
from .checkpoint import OnnxGraph
from .converting import Converted, Wish

__all__ = ["onnx_of_ours"]

PRODUCER = "darknet_py"
FOLDED = "batch_normalize", "weights_normalization"  # options whose work is done in the weights


def onnx_of_ours(model: object, wish: Wish) -> Converted | None:
    """The network of an ONNX model that ``darknet_py export`` wrote, from its cfg.  Raises CheckpointError, CfgError."""
    if not isinstance(model, OnnxGraph) or model.producer != PRODUCER:
        return None
    if wish.cfg is None:
        raise CheckpointError("is an ONNX model of darknet_py export; give the cfg that it was made from too: -cfg NET.cfg")
    text = _unfolded(wish)
    graph = build(parse(text, wish.cfg))
    params = [{param.name: _array(model, node, param.name, param.shape) for param in node.params} for node in graph.nodes]
    return Converted(f"{Path(wish.cfg).stem}, as darknet_py export wrote it", text, params)


def _unfolded(wish: Wish) -> str:
    """The cfg's text without what is folded."""
    assert wish.cfg is not None
    text = text_of(wish.cfg)
    net, *layers = parse(text, wish.cfg)
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
    key = f"{node.layer.kind}_{node.index}_{name}"
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
