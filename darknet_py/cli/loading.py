"""Networks as the commands load them: flags, the lines that the reference prints, names for all classes."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from .. import image
from ..errors import DarknetError, DarknetWarning
from ..network import Network
from ..store import Model
from .facts import LoadFacts, loading_lines
from .flags import NAMES_ENCODING, SIZE, Flag, UsageError, choice, count

__all__ = ["NETWORK_FLAGS", "READING", "bare", "class_names", "load", "reading"]

READING = (
    Flag("exif", "turn pictures upright as their EXIF orientation says; Darknet, and this without the flag, does not"),
    Flag("no_exif", "take pictures as they are stored, without the warning"),
    Flag("max_pixels", f"refuse pictures of more pixels, {image.MAX_PIXELS} if not given", "N", count),
)

NETWORK_FLAGS = (
    Flag("names", "class names, one a line", "FILE"),
    NAMES_ENCODING,
    Flag("numerics", "exact (default): Darknet's own bits; fast: equal within rounding", "exact|fast",
         choice("exact", "fast"), "exact"),
    SIZE,
    Flag("threads", "how many threads, all cores if not given", "N", count),
    Flag("avx_maxpool", "repeat the wrong max pool of Darknet's AVX build"),
    Flag("show_layers", "print the table of layers on stderr"),
    Flag("quiet", "print results only"),
    Flag("dont_show", "accepted for Darknet's sake: no window is ever opened"),
    Flag("i", "accepted for Darknet's sake: there is no GPU to choose", "N"),
)  # fmt: skip


def load(model: Model, names: Any, flags: SimpleNamespace, detector: bool = True) -> Network:
    """The network as the flags want it, after printing what the reference prints about it.

    Raises DarknetError, also when a ``detector`` is wanted and this is none, or pictures have not its channels.
    """
    net = Network.load(
        model.cfg, model.weights, numerics=flags.numerics, size=flags.size, threads=flags.threads,
        names=names or model.names, avx_maxpool=flags.avx_maxpool,
        names_encoding=flags.names_encoding,
    )  # fmt: skip
    image.check_channels(net.graph.net.channels, net.graph.net.where)
    if flags.show_layers:
        print(net.summary(), file=sys.stderr)
    if detector and not net.heads:
        raise DarknetError(f"{model.label}: no [yolo], [Gaussian_yolo] or [region] layer, so there are no boxes to find; "
                           "a classifier is for darknet_py classifier predict")  # fmt: skip
    if not flags.quiet and not bare(flags):
        print(*loading_lines(_facts(net)), sep="\n", flush=True)
    return net


def reading(flags: SimpleNamespace) -> image.Reading:
    """How the flags of READING want picture files read.  Raises UsageError."""
    if flags.exif and flags.no_exif:
        raise UsageError("-exif and -no_exif exclude each other", "")
    chosen = flags.exif or flags.no_exif
    return image.Reading(flags.exif if chosen else None, flags.max_pixels, image.Told())


def bare(flags: SimpleNamespace) -> bool:
    """Whether stdout takes results in a format, and nothing else."""
    out = getattr(flags, "out", None)
    return out == "-" or bool(getattr(flags, "format", None) and not out)


def _facts(net: Network) -> LoadFacts:
    layers = [node.layer for node in net.graph.nodes]
    seen_bits = 64 if net.weights.header.size == 20 else 32
    return LoadFacts(layers, net.width, net.height, net.graph.net.subdivisions, net.seen, seen_bits)


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
