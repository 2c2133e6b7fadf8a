"""Networks as the commands load them: with the lines that the reference prints, and names for all classes."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

from .. import image
from ..errors import DarknetError, DarknetWarning
from ..layers import HEAD_NAMES
from ..network import Network
from ..store import Model
from .facts import loading_lines
from .options import NetworkOptions

__all__ = ["class_names", "load"]


def load(
    model: Model, options: NetworkOptions, names: str | Path | None, silent: bool = False, detector: bool = True
) -> Network:
    """The network as the flags want it, after printing what the reference prints about it, if it is not ``silent``.

    Raises DarknetError, also when a ``detector`` is wanted and this is none, or pictures have not its channels.
    """
    net = Network.load(
        model.cfg, model.weights, numerics=options.numerics, size=options.size, threads=options.threads,
        names=names or model.names, avx_maxpool=options.avx_maxpool, names_encoding=options.names_encoding,
    )  # fmt: skip
    image.check_channels(net.graph.net.channels, net.graph.net.where)
    if options.show_layers:
        print(net.summary(), file=sys.stderr)
    if detector and not net.heads:
        raise DarknetError(f"{model.label}: no {HEAD_NAMES} layer, so there are no boxes to find; "
                           "a classifier is for darknet_py classifier predict")  # fmt: skip
    if not (silent or options.quiet):
        layers, seen_bits = [node.layer for node in net.graph.nodes], 64 if net.weights.header.size == 20 else 32
        lines = loading_lines(layers, (net.width, net.height), net.graph.net.subdivisions, net.seen, seen_bits)
        print(*lines, sep="\n", flush=True)
    return net


def class_names(net: Network, file: str | Path | None = None) -> list[str]:
    """A name for every class: its number where the list of names, read from ``file``, is too short."""
    index, last = max(net.heads, key=lambda head: head[1].classes)
    classes, given = last.classes, len(net.names)
    if given != classes:
        rest = "classes without a name are shown by number"
        if given > classes:
            rest = f"those after the first {classes} are not used; is it another network's list?"
        message = f"{given} class names for classes={classes} ({net.graph.nodes[index].where}); {rest}"
        warnings.warn(DarknetWarning(message, f"{file}:" if file else ""), stacklevel=2)
    return [*net.names, *(str(j) for j in range(given, classes))]
