"""How a profile is made of times, whoever took them."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ..layers.base import Node
from .profile import LayerTime

__all__ = ["enough_runs", "layer_time", "seconds_of"]

SECONDS, LEAST_RUNS, MOST_RUNS = 2.0, 3, 50  # of a profile whose number of runs nobody chose


def enough_runs(seconds: float) -> int:
    """How many runs of so many seconds are timed, with time stamps and without."""
    return max(LEAST_RUNS, min(MOST_RUNS, int(SECONDS / 2 / seconds)))


def seconds_of(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def layer_time(node: Node, seconds: npt.NDArray[np.float64], steps: int, fused: int | None = None) -> LayerTime:
    """``seconds``: (runs,)"""
    flops, middle, least = node.layer.flops(node.inputs, node.shape), float(np.median(seconds)), float(seconds.min())
    kind = node.layer.kind
    return LayerTime(node.index, kind, _kernel(node), node.inputs, node.shape, middle, least, flops, steps, fused)


def _kernel(node: Node) -> str:
    """``3x3 / 8 groups`` of a layer whose weights are (filters, channels, y, x)."""
    for param in node.params:
        if param.name == "weights" and len(param.shape) == 4:
            _, channels, height, width = param.shape
            groups = node.inputs[0].c // channels
            return f"{width}x{height}" + (f" / {groups} groups" if groups > 1 else "")
    return ""
