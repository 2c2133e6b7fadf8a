"""``darknet_py summary cfg|name``: the table of layers, and the graph as a picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .. import cfg, summary
from ..graph import build
from ..output.files import write
from .command import Command, UsageError
from .flags import Size, switch, valued
from .guard import Guard
from .options import size_flag
from .roles import only_cfg

__all__ = ["Options", "run"]


@dataclass(frozen=True)
class Options(Command):
    name = "summary"
    arguments = "CFG|NAME"
    about = """Print the table of layers as Darknet does, with parameters and activation memory of each, and totals.
    -svg draws the graph: frames around stages of one resolution, runs of residual blocks as one box
    (needs: pip install "darknet-runtime[draw]"); -dot writes the same for Graphviz."""
    example = "darknet_py summary cfg/yolov4-p5.cfg -svg p5.svg"

    size: Size | None = size_flag()
    svg: str | None = valued("draw the graph into this file", "FILE", str)
    dot: str | None = valued("write the graph in Graphviz's language into this file", "FILE", str)
    every_layer: bool = switch("draw a box for each layer")


def run(arguments: list[str], options: Options) -> int:
    path, source, rest = only_cfg(arguments, options)
    if rest:
        raise UsageError(f"{rest[0]}: summary takes one network", options.name)
    guard = Guard(path)
    guard.target("-dot", options.dot)
    guard.target("-svg", options.svg)
    graph = build(cfg.read(source), options.size)
    print(summary.table(graph))
    text = summary.dot(graph, Path(path).name.removesuffix(".cfg"), options.every_layer)
    if options.dot:
        write(options.dot, text.encode())
    if options.svg:
        write(options.svg, summary.svg(text))
    return 0
