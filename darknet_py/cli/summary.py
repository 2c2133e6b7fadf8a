"""``darknet_py summary cfg|name``: the table of layers, and the graph as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .. import cfg, graph, summary
from ..output.files import write
from ..store import cfg_of
from .flags import SIZE, Command, Flag, UsageError
from .guard import Guard
from .roles import check_network

__all__ = ["COMMAND", "run"]

COMMAND = Command(
    "summary",
    "CFG|NAME",
    "Print the table of layers as Darknet does, with parameters and activation memory of each, and totals.\n"
    "-svg draws the graph: frames around stages of one resolution, runs of residual blocks as one box\n"
    "(needs: pip install darknet-runtime[draw]); -dot writes the same for Graphviz.",
    "darknet_py summary cfg/yolov4-p5.cfg -svg p5.svg",
    (
        SIZE,
        Flag("svg", "draw the graph into this file", "FILE"),
        Flag("dot", "write the graph in Graphviz's language into this file", "FILE"),
        Flag("every_layer", "draw a box for each layer"),
    ),
    least=1,
)


def run(argv: Sequence[str]) -> int:
    """The command, without its name; the exit code.  Raises UsageError, DarknetError."""
    if (parsed := COMMAND.parse(argv)) is None:
        return 0
    (path, *rest), flags = parsed
    if rest:
        raise UsageError(f"{rest[0]}: summary takes one network", COMMAND.name)
    check_network([path], COMMAND)
    guard = Guard(path)
    guard.target("-dot", flags.dot)
    guard.target("-svg", flags.svg)
    network = graph.build(cfg.read(cfg_of(path)), flags.size)
    print(summary.table(network))
    text = summary.dot(network, Path(path).name.removesuffix(".cfg"), flags.every_layer)
    if flags.dot:
        write(flags.dot, text.encode())
    if flags.svg:
        write(flags.svg, summary.svg(text))
    return 0
