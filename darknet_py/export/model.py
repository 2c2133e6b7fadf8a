"""Graph and weights → ONNX model: every layer that the outputs need, in order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from onnx import ModelProto

from .. import fold
from ..errors import ExportError
from ..graph import Graph
from ..layers import NO_HEADS
from ..layers.base import Node
from ..layers.head import DetectionHead
from ..weights import Params, Weights
from .heads import boxes
from .layers import write
from .onnx_writer import Writer

__all__ = ["build", "build_folded"]


def build(graph: Graph, weights: Weights, decoded: bool, batch: int | None) -> ModelProto:
    """The model, with the detection layers' outputs or, ``decoded``, boxes and scores.  Raises ExportError."""
    folded, params = fold.folded_graph(graph), fold.folded_params(graph, weights.params)
    return _build_decoded(folded, params, batch) if decoded else build_folded(folded, params, folded.heads, batch)


def build_folded(graph: Graph, params: Params, layers: Sequence[int], batch: int | None) -> ModelProto:
    """The model of a graph whose batch norm is folded; its outputs are those of these layers, in this order.

    Raises ExportError.
    """
    w = Writer(graph.net.shape, batch)
    needed = _ancestors(graph, layers)
    for node, arrays in zip(graph.nodes, params, strict=True):
        w.begin_layer(node, arrays)
        if node.index in needed:
            w.end_layer(write(node.layer, w))
    for i in layers:
        w.output_layer(graph.nodes[i])
    return w.model


def _build_decoded(graph: Graph, params: Params, batch: int | None) -> ModelProto:
    heads = [graph.nodes[i] for i in graph.heads]
    _need_boxes(heads)
    w = Writer(graph.net.shape, batch)
    needed = _ancestors(graph, (s for n in heads for s in n.sources))
    tables = []
    for node, arrays in zip(graph.nodes, params, strict=True):
        w.begin_layer(node, arrays)
        if node.index in needed:
            w.end_layer(write(node.layer, w))
        if isinstance(node.layer, DetectionHead):
            tables.append(boxes(node.layer, w, (graph.net.width, graph.net.height)))
    _finish(w, heads, tables)
    return w.model


def _need_boxes(heads: Iterable[Node]) -> None:
    for node in heads:
        if not isinstance(node.layer, DetectionHead):
            raise ExportError(f"{node.label} gives no boxes, and {NO_HEADS}; use -outputs heads")


def _ancestors(graph: Graph, layers: Iterable[int]) -> set[int]:
    """These layers and all that they read from."""
    needed = {i for i in layers if i >= 0}
    for node in reversed(graph.nodes):
        if node.index in needed:
            needed.update(s for s in node.sources if s >= 0)
    return needed


def _finish(w: Writer, heads: list[Node], tables: list[tuple[str, str]]) -> None:
    """The model's outputs, from ``tables``, the boxes and scores of each head."""
    layers = [node.layer for node in heads if isinstance(node.layer, DetectionHead)]
    rows = sum(layer.boxes(node.shape) for node, layer in zip(heads, layers, strict=True))
    classes = max(layer.classes for layer in layers)
    scores = [w.padded(s, 2, classes - layer.classes) for (_, s), layer in zip(tables, layers, strict=True)]
    w.output("boxes", w.concat([b for b, _ in tables], 1), rows, 4)
    w.output("scores", w.concat(scores, 1), rows, classes)
