"""Networks as the commands load them: with the lines that the reference prints, and names for all classes.

Left out of the lines: the CPU, training options (stopbackward, counters_per_class) and shortcut weights.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .. import image
from ..errors import DarknetError, DarknetWarning
from ..layers import HEAD_NAMES
from ..network import Network
from ..store import Model
from .options import NetworkOptions

__all__ = ["class_names", "head_lines", "load", "loading_lines", "named"]

LAYER_TYPES = {"region": 27, "yolo": 28, "Gaussian_yolo": 29}  # C: darknet.h LAYER_TYPE
NMS_IDS = {"greedynms": 1, "diounms": 2, "cornersnms": 3}  # C: darknet.h NMS_KIND
STEP = 32


def load(
    model: Model, options: NetworkOptions, silent: bool = False, detector: bool = True, as_training: bool = False
) -> Network:
    """The network as the flags want it, after printing what the reference prints about it, if it is not ``silent``.

    ``as_training``: the reference's program reads the cfg as for training, and says so.
    Raises DarknetError, also when a ``detector`` is wanted and this is none, or pictures have not its channels.
    """
    net = Network.load(
        model.cfg, model.weights, numerics=options.numerics, size=options.size, threads=options.threads,
        names=model.names, avx_maxpool=options.avx_maxpool, names_encoding=options.names_encoding,
        engine=options.engine,
    )  # fmt: skip
    image.check_channels(net.graph.net.channels, net.graph.net.where)
    if options.show_layers:
        print(net.summary(), file=sys.stderr)
    if detector and not net.heads:
        raise DarknetError(f"{model.label}: no {HEAD_NAMES} layer, so there are no boxes to find; "
                           "a classifier is for darknet_py classifier predict")  # fmt: skip
    if not (silent or options.quiet):
        layers, seen_bits = [node.layer for node in net.graph.nodes], 64 if net.weights.header.size == 20 else 32
        batch, subdivisions = net.graph.net.batch if as_training else 0, net.graph.net.subdivisions
        lines = loading_lines(layers, (net.width, net.height), subdivisions, net.seen, seen_bits, batch)
        print(*lines, sep="\n", flush=True)
    return net


def class_names(net: Network, file: str | Path | None = None) -> list[str]:
    """``named`` of a network's classes; ``file``: where its names are from."""
    index, last = max(net.heads, key=lambda head: head[1].classes)
    return named(net.names, last.classes, file, f" ({net.graph.nodes[index].where})")


def named(names: Sequence[str], classes: int, file: str | Path | None = None, where: str = "") -> list[str]:
    """``names``, and numbers for the classes without one; warns (DarknetWarning) when there are more or less.

    ``file``: where the names are from, ``where`` the cfg says how many classes there are.
    """
    given = len(names)
    if given != classes:
        rest = "classes without a name are shown by number"
        if given > classes:
            rest = f"those after the first {classes} are not used; is it another network's list?"
        message = f"{given} class names for classes={classes}{where}; {rest}"
        warnings.warn(DarknetWarning(message, f"{file}:" if file else ""), stacklevel=2)
    return [*names, *(str(j) for j in range(given, classes))]


def loading_lines(
    layers: Sequence[Any], size: tuple[int, int], subdivisions: int, seen: int, seen_bits: int = 64, batch: int = 0
) -> list[str]:
    """What loading a cfg and a weights file prints, as text with its blank lines.   C: parser.c

    ``size``: (width, height) of the input; ``seen``: pictures in training, stored in ``seen_bits`` bits.
    ``batch``: pictures a step where the cfg is read as for training, else 0.
    """
    notes = [NOTES[layer.kind](layer) for layer in layers if layer.kind in NOTES]
    thousands = float(np.float32(seen // 1000))
    batches = float(np.float32(seen // 64000))
    return [
        f"mini_batch = {batch or 1}, batch = {(batch or 1) * subdivisions}, time_steps = 1, train = {int(batch > 0)} ",
        *(note for note in notes if note),
        *_odd_size(layers, *size),
        f"\n seen {seen_bits}, trained: {thousands:.0f} K-images ({batches:.0f} Kilo-batches_64) ",
    ]


def head_lines(heads: Sequence[tuple[int, Any]]) -> list[str]:
    """One line for each detection layer but [detection], printed again for every picture.  ``heads``: (number, layer)."""
    told = ((index, LAYER_TYPES[head.kind]) for index, head in heads if head.kind in LAYER_TYPES)
    return [f" Detection layer: {index} - type = {kind} " for index, kind in told]


def _nms(head: Any) -> str:
    if head.nms_kind not in NMS_IDS:
        return ""
    return f"nms_kind: {head.nms_kind} ({NMS_IDS[head.nms_kind]}), beta = {np.float32(head.beta_nms):.6f} "


def _yolo(head: Any) -> str:
    embedding = f" embedding_layer_id = {head.embedding_layer},  embedding_size = {head.embedding_size} "
    return "\n".join(filter(None, (_nms(head), "" if head.embedding_layer is None else embedding)))


NOTES: dict[str, Callable[[Any], str]] = {"yolo": _yolo, "Gaussian_yolo": _nms, "reorg": lambda layer: "\n reorg_old "}


def _odd_size(layers: Sequence[Any], width: int, height: int) -> list[str]:
    last = layers[-1].kind if layers else ""
    if last not in ("yolo", "region", "detection") or (width % STEP == 0 and height % STEP == 0):
        return []
    size = f"width={width} and height={height}"
    return [f"\n Warning: {size} in cfg-file must be divisible by 32 for default networks Yolo v1/v2/v3!!! \n"]
