"""``darknet_py rgbgr cfg weights out``.   C: darknet.c rgbgr_net"""

from __future__ import annotations

from dataclasses import dataclass

from .. import cfg, weights
from ..graph import build
from .command import Command
from .guard import Guard
from .roles import NETWORK
from .weights_files import force_flag, source_of, write

__all__ = ["Options", "run"]


@dataclass(frozen=True)
class Options(Command):
    name = "rgbgr"
    arguments = f"{NETWORK} OUT"
    about = """Write weights for pictures whose red and blue are exchanged: for a network that was trained with the one order
    of colours, to be used with the other."""
    example = "darknet_py rgbgr my.cfg my.weights my_bgr.weights"
    least = 2

    force: bool = force_flag()


def run(arguments: list[str], options: Options) -> int:
    *network, out = arguments
    source = source_of(network, options)
    Guard(*source.files).new("OUT", out, options.force)
    graph = build(cfg.read(source.cfg))
    return write(out, weights.rgbgr(graph, weights.load(graph, source.weights)), "red and blue exchanged")
