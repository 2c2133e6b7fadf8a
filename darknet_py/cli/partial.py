"""``darknet_py partial cfg weights out n``.   C: darknet.c partial"""

from __future__ import annotations

from dataclasses import dataclass

from .. import cfg, weights
from ..graph import build
from .command import Command, UsageError
from .flags import count
from .guard import Guard
from .roles import NETWORK
from .weights_files import force_flag, source_of, write

__all__ = ["Options", "run"]


@dataclass(frozen=True)
class Options(Command):
    name = "partial"
    arguments = f"{NETWORK} OUT N"
    about = """Write the weights of the first N layers, to start a training from, as yolov4.conv.137 is of yolov4's.
    WEIGHTS may be of another network, if that begins with the same N layers.  The file is Darknet's to the byte."""
    example = "darknet_py partial cfg/yolov4-tiny.cfg yolov4-tiny.weights yolov4-tiny.conv.29 29"
    least = 3

    force: bool = force_flag()


def run(arguments: list[str], options: Options) -> int:
    *network, out, number = arguments
    source = source_of(network, options)
    try:
        layers = count(number)
    except ValueError as e:
        raise UsageError(f"{number}: {e}, where N belongs, the number of layers: {options.usage()}", options.name) from e
    Guard(*source.files).new("OUT", out, options.force)
    graph = build(cfg.read(source.cfg))
    what = f"the first {layers} of the {len(graph.nodes)} layers of {source.stem}"
    return write(out, weights.partial(graph, source.weights, layers), what)
