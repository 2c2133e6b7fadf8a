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
from .any_size import check_any_size
from .form import Form
from .heads import boxes
from .layers import write
from .nms import RULES
from .nms.outputs import All, Suppression
from .onnx_writer import INPUT, Side, Writer
from .opsets import check_opset, to_opset
from .sides import Grid, sides

__all__ = ["build", "build_folded"]


def build(graph: Graph, weights: Weights, form: Form) -> ModelProto:
    """The model, with the detection layers' outputs, their boxes, or what suppression leaves.  Raises ExportError."""
    check_opset(form.opset)
    folded, params = fold.folded_graph(graph), fold.folded_params(graph, weights.params)
    if form.outputs == "heads":
        return build_folded(folded, params, folded.heads, form)
    w, found = _all_boxes(folded, params, form)
    w.scope = form.outputs
    RULES[form.outputs](w, found, Suppression(form.thresh, form.nms, form.max_det))
    to_opset(w.model, form.opset)
    return w.model


def build_folded(graph: Graph, params: Params, layers: Sequence[int], form: Form) -> ModelProto:
    """The model of a graph whose batch norm is folded; its outputs are those of these layers, in this order.

    Raises ExportError.
    """
    w = Writer(graph.net.shape, form)
    needed = _ancestors(graph, layers)
    varying = check_any_size(graph, needed) if form.dynamic_size else frozenset()
    for node, arrays in zip(graph.nodes, params, strict=True):
        w.begin_layer(node, arrays)
        if node.index in needed:
            w.end_layer(write(node.layer, w))
    for i in layers:
        w.output_layer(graph.nodes[i], i in varying)
    to_opset(w.model, form.opset)
    return w.model


def _all_boxes(graph: Graph, params: Params, form: Form) -> tuple[Writer, All]:
    """A model without outputs, and its boxes and scores."""
    heads = [graph.nodes[i] for i in graph.heads]
    _need_boxes(heads)
    w = Writer(graph.net.shape, form)
    needed = _ancestors(graph, (s for n in heads for s in n.sources))
    if form.dynamic_size:
        check_any_size(graph, needed | set(graph.heads))
    height, width = sides(w, INPUT, graph.net.shape)
    tables = []
    for node, arrays in zip(graph.nodes, params, strict=True):
        w.begin_layer(node, arrays)
        if node.index in needed:
            w.end_layer(write(node.layer, w))
        if isinstance(node.layer, DetectionHead):
            tables.append(boxes(node.layer, w, (width, height)))
    return w, _joined(w, graph, tables, (width, height))


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


def _joined(w: Writer, graph: Graph, tables: list[tuple[str, str]], size: Grid) -> All:
    """The boxes and scores of all heads, from those of each."""
    nodes = [graph.nodes[i] for i in graph.heads]
    layers = [node.layer for node in nodes if isinstance(node.layer, DetectionHead)]
    rows: Side = sum(layer.boxes(node.shape) for node, layer in zip(nodes, layers, strict=True))
    classes = max(layer.classes for layer in layers)
    scores = [w.padded(s, 2, classes - layer.classes, rank=3) for (_, s), layer in zip(tables, layers, strict=True)]
    both = w.concat([b for b, _ in tables], 1), w.concat(scores, 1)
    rows = "rows" if w.form.dynamic_size else rows
    return All(*both, rows, classes, layers[-1], size, bool(graph.net.letter_box))
