"""``darknet_py statistics cfg weights``.   C: darknet.c statistics_net"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

from .. import cfg, summary, weights
from ..errors import DarknetWarning
from ..graph import build
from .command import Command
from .flags import switch
from .roles import NETWORK, network_and_rest

__all__ = ["Options", "run"]


@dataclass(frozen=True)
class Options(Command):
    name = "statistics"
    arguments = NETWORK
    about = """Figures of weights.  Darknet's own are of [connected] layers with batch norm alone, an empty line behind each
    layer, and of the weights of as many numbers as there are outputs; its MSE is the root of the mean square."""
    example = "darknet_py statistics my.cfg my.weights -every_layer"

    every_layer: bool = switch("a table of all arrays of all layers in place of Darknet's lines")


def run(arguments: list[str], options: Options) -> int:
    source, rest = network_and_rest(arguments, options)
    options.no_more(rest)
    graph = build(cfg.read(source.cfg))
    loaded = weights.load(graph, source.weights)
    if not options.every_layer and not any(map(summary.has_statistics, graph.nodes)):
        message = "no [connected] with batch norm, of which alone Darknet tells; -every_layer tells of all"
        warnings.warn(DarknetWarning(message, f"{source.label}:"), stacklevel=2)
    lines = summary.array_table if options.every_layer else summary.statistics_lines
    for line in lines(graph, loaded):
        print(line)
    return 0
