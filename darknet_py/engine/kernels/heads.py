"""What detection heads do to their input's planes, in place."""

from __future__ import annotations

import numpy as np

from ..codegen.jit import Floats, Int, Real, kernel, moved
from .activations import call_activation
from .exponential import exp

__all__ = ["logistic_planes", "region_rows", "scale_planes", "softmax_rows"]


@kernel
def logistic_planes(y: Floats, anchor: Int, first: Int, count: Int, logistic: Int, job: Int) -> None:
    """The logistic function over ``count`` floats from ``first`` on of anchor number ``job``; anchors lie ``anchor`` apart.

    C: yolo_layer.c forward_yolo_layer
    """
    call_activation(logistic, moved(y, job * anchor + first), count)


@kernel
def scale_planes(y: Floats, anchor: Int, first: Int, count: Int, factor: Real, shift: Real, job: Int) -> None:
    """y · factor + shift over ``count`` floats of anchor number ``job``.   C: blas.c scal_add_cpu"""
    for i in range(job * anchor + first, job * anchor + first + count):
        y[i] = np.float32(y[i] * factor) + shift


@kernel
def region_rows(x: Floats, y: Floats, channels: Int, cells: Int, entries: Int, objectness: Int, job: Int) -> None:
    """(channels, cells) → (cells, channels) for cell number ``job``, the objectness of each anchor through the logistic.

    C: region_layer.c forward_region_layer
    """
    for c in range(channels):
        v = np.float64(x[c * cells + job])
        y[job * channels + c] = 1.0 / (1.0 + exp(-v)) if c % entries == objectness else v


@kernel
def softmax_rows(x: Floats, y: Floats, row: Int, first: Int, count: Int, temperature: Real, job: Int) -> None:
    """Softmax over the ``count`` floats that begin at job · row + first.   C: blas.c softmax"""
    start = job * row + first
    largest = x[start]
    for i in range(count):
        v = x[start + i]
        largest = v if v > largest else largest
    total = 0.0
    for i in range(count):
        total += exp(np.float64(x[start + i]) / temperature - np.float64(largest) / temperature)
    for i in range(count):
        v = exp(np.float64(x[start + i]) / temperature - np.float64(largest) / temperature)
        y[start + i] = v / total
