"""``darknet_py average cfg out weights ...``.   C: darknet.c average"""

from __future__ import annotations

from dataclasses import dataclass

from .. import cfg, weights
from .._support.words import counted
from ..graph import build
from .command import Command
from .flags import switch
from .guard import Guard
from .roles import first_cfg
from .weights_files import force_flag, write

__all__ = ["Options", "run"]


@dataclass(frozen=True)
class Options(Command):
    name = "average"
    arguments = "CFG|NAME OUT WEIGHTS ..."
    about = """Write the mean of several weights of one network, as of the last ones of a training; OUT comes first.
    As in Darknet, whose file is the same to the byte, that is the mean of all arrays of [convolutional], and of weights and
    biases of [connected]; all others are those of the first file."""
    example = "darknet_py average my.cfg mean.weights backup/my_8000.weights backup/my_9000.weights"
    least = 3

    every_array: bool = switch("the mean of all others too: [batchnorm], weighted [shortcut], batch norm of [connected]")
    force: bool = force_flag()


def run(arguments: list[str], options: Options) -> int:
    path, out, *files = arguments
    source = first_cfg(path, options)
    Guard(path, *files).new("OUT", out, options.force)
    graph = build(cfg.read(source))
    loaded = [weights.load(graph, file) for file in files]
    return write(out, weights.average(graph, loaded, options.every_array), f"the mean of {counted(len(files), 'file')}")
