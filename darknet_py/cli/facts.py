"""The lines about a network that the reference prints on stdout.   C: parser.c, detector.c test_detector

Left out: what it says about the CPU, training options (stopbackward, counters_per_class) and shortcut weights.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

__all__ = ["head_lines", "loading_lines"]

LAYER_TYPES = {"region": 27, "yolo": 28, "Gaussian_yolo": 29}  # C: darknet.h LAYER_TYPE
NMS_IDS = {"greedynms": 1, "diounms": 2, "cornersnms": 3}  # C: darknet.h NMS_KIND
STEP = 32


def loading_lines(
    layers: Sequence[Any], size: tuple[int, int], subdivisions: int, seen: int, seen_bits: int = 64
) -> list[str]:
    """What loading a cfg and a weights file prints, as text with its blank lines.

    ``size``: (width, height) of the input; ``seen``: pictures in training, stored in ``seen_bits`` bits.
    """
    notes = [NOTES[layer.kind](layer) for layer in layers if layer.kind in NOTES]
    thousands = float(np.float32(seen // 1000))
    batches = float(np.float32(seen // 64000))
    return [
        f"mini_batch = 1, batch = {subdivisions}, time_steps = 1, train = 0 ",
        *(note for note in notes if note),
        *_odd_size(layers, *size),
        f"\n seen {seen_bits}, trained: {thousands:.0f} K-images ({batches:.0f} Kilo-batches_64) ",
    ]


def head_lines(heads: Sequence[tuple[int, Any]]) -> list[str]:
    """One line for each detection layer, printed again for every picture.  ``heads``: (layer number, layer)."""
    return [f" Detection layer: {index} - type = {LAYER_TYPES[head.kind]} " for index, head in heads]


def _nms(head: Any) -> str:
    if head.nms_kind not in NMS_IDS:
        return ""
    return f"nms_kind: {head.nms_kind} ({NMS_IDS[head.nms_kind]}), beta = {np.float32(head.beta_nms):.6f} "


NOTES: dict[str, Callable[[Any], str]] = {"yolo": _nms, "Gaussian_yolo": _nms, "reorg": lambda layer: "\n reorg_old "}


def _odd_size(layers: Sequence[Any], width: int, height: int) -> list[str]:
    last = layers[-1].kind if layers else ""
    if last not in ("yolo", "region") or (width % STEP == 0 and height % STEP == 0):
        return []
    size = f"width={width} and height={height}"
    return [f"\n Warning: {size} in cfg-file must be divisible by 32 for default networks Yolo v1/v2/v3!!! \n"]
