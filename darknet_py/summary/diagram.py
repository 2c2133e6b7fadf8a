"""The graph of a network in Graphviz's language, and drawn by Graphviz."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._support.optional import from_extra
from ..errors import ExportError
from ..graph import Graph
from ..layers.base import Node
from .stages import Block, Stage, stages

__all__ = ["dot", "svg"]

MOST_BOXES = 1000

COLORS = {
    "convolutional": "#dbe9f6", "maxpool": "#fde8c8", "route": "#eeeeee", "shortcut": "#e2f0d9", "upsample": "#e8def8",
    "yolo": "#f9d5d3", "Gaussian_yolo": "#f9d5d3", "region": "#f9d5d3",
    "detection": "#f9d5d3", "local": "#dbe9f6",
}  # fmt: skip
STYLE = (
    'graph [rankdir=TB, fontname="Helvetica", fontsize=12, ranksep=0.3, nodesep=0.25]',
    'node [shape=box, style="filled,rounded", fontname="Helvetica", fontsize=10, margin="0.12,0.05", color="#666666"]',
    'edge [color="#888888", arrowsize=0.6]',
)


def dot(graph: Graph, title: str = "", every_layer: bool = False) -> str:
    """The graph as Graphviz text: stages of one resolution framed, runs of residual blocks as one box each.

    ``every_layer``: a box for each layer.
    """
    parts = stages(graph, every_layer)
    lines = ["digraph network {", *STYLE, f"label={_quoted(title)}", "labelloc=t"]
    lines.append(f'input [label="input\\n{graph.net.shape}", fillcolor="#ffffff"]')
    for number, stage in enumerate(parts):
        lines += _cluster(number, stage)
    lines += _edges(parts)
    return "\n".join([*lines, "}"]) + "\n"


def svg(text: str) -> bytes:
    """Graphviz text as an SVG picture.  Raises ExportError without Graphviz, and for more boxes than it draws in minutes."""
    if (boxes := text.count(" [label=")) > MOST_BOXES:
        raise ExportError(f"{boxes} boxes are too many to be drawn, at most {MOST_BOXES}: write -dot FILE")
    with from_extra("draw", "drawing needs Graphviz", ExportError, otherwise="; or write -dot FILE"):
        import pygraphviz
    drawn: bytes = pygraphviz.AGraph(string=text).draw(format="svg", prog="dot")
    return drawn


def _cluster(number: int, stage: Stage) -> list[str]:
    boxes = [f"{block.last.index} [label={_quoted(_label(block))}, fillcolor={_quoted(_color(block))}]"
             for block in stage.blocks]  # fmt: skip
    if len(boxes) == 1:
        return boxes
    frame = f'label={_quoted(stage.title)}; labeljust=l; color="#bbbbbb"; style=rounded'
    return [f"subgraph cluster_{number} {{ {frame}", *boxes, "}"]


def _label(block: Block) -> str:
    last = block.last
    shape = str(last.shape)
    if block.repeats:
        return f"{block.nodes[0].index}–{last.index}: {block.repeats} × residual block\n{shape}"
    return f"{last.index}: {_what(last)}\n{shape}"


def _what(node: Node) -> str:
    """Kind, kernel, stride and activation, where the layer has them."""
    layer = node.layer
    words = [layer.kind]
    if size := getattr(layer, "kernel_size", 0):
        words.append(f"{size}x{size}")
    y, x = layer.downsampling
    if x != y:
        words.append(f"/{x}x{y}")
    elif x != 1:
        words.append(f"/{x}" if x > 1 else f"×{1 / x}")
    activation = getattr(layer, "activation", "linear")
    return " ".join(words if activation == "linear" else [*words, activation])


def _color(block: Block) -> str:
    return COLORS["shortcut"] if block.repeats else COLORS.get(block.last.layer.kind, "#ffffff")


def _edges(parts: Sequence[Stage]) -> Iterator[str]:
    """One for each source of a block that lies outside of it."""
    home = {node.index: block.last.index for stage in parts for block in stage.blocks for node in block.nodes}
    for stage in parts:
        for block in stage.blocks:
            inside = {node.index for node in block.nodes}
            sources = {source for node in block.nodes for source in node.sources} - inside
            for source in sorted(sources):
                yield f"{home.get(source, 'input')} -> {block.last.index}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
