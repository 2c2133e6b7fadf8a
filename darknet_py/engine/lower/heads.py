"""How the last layers are computed: detection heads, softmax."""

from __future__ import annotations

import numpy as np

from ...layers.detection import Detection
from ...layers.head import DetectionHead
from ...layers.region import OBJECTNESS, Region
from ...layers.softmax import Softmax
from ..kernels import heads
from ..kernels.activations import FUNCTIONS
from ..steps import Builder
from .base import lower

__all__ = []


@lower.register(DetectionHead)
def _head(layer: DetectionHead, b: Builder) -> None:
    """The logistic function, then scale_x_y.   C: yolo_layer.c forward_yolo_layer"""
    y = b.planar_output()
    plane, anchor = y.shape.h * y.shape.w, layer.entries * y.shape.h * y.shape.w
    b.copy(b.source(0), 0, y, 0, y.shape.c)
    for start, stop in layer.logistic_channels():
        b.step(heads.logistic_planes, len(layer.mask), y=y, anchor=anchor, first=start * plane,
               count=(stop - start) * plane, logistic=FUNCTIONS["logistic"].address())  # fmt: skip
    factor = float(np.float32(layer.scale_x_y))
    for start, stop in layer.scaled_channels():
        b.step(heads.scale_planes, len(layer.mask), y=y, anchor=anchor, first=start * plane,
               count=(stop - start) * plane, factor=factor, shift=-0.5 * (factor - 1))  # fmt: skip
    b.store_output(y)


@lower.register(Detection)
def _detection(layer: Detection, b: Builder) -> None:
    """C: detection_layer.c forward_detection_layer"""
    y = b.planar_output()
    b.copy(b.source(0), 0, y, 0, y.shape.c)
    if layer.softmax:
        b.step(heads.softmax_rows, layer.cells, x=y, y=y, row=layer.classes, first=0, count=layer.classes, temperature=1.0)
    b.store_output(y)


@lower.register(Region)
def _region(layer: Region, b: Builder) -> None:
    """C: region_layer.c forward_region_layer"""
    x, y = b.planar(0), b.planar_output()
    cells = y.shape.h * y.shape.w
    b.step(heads.region_rows, cells, x=x, y=y, channels=y.shape.c, cells=cells, entries=layer.entries,
           objectness=OBJECTNESS)  # fmt: skip
    for start, stop in layer.softmax_groups():
        b.step(heads.softmax_rows, cells * len(layer.mask), x=y, y=y, row=layer.entries, first=start,
               count=stop - start, temperature=1.0)  # fmt: skip
    b.store_output(y)


@lower.register(Softmax)
def _softmax(layer: Softmax, b: Builder) -> None:
    """C: softmax_layer.c forward_softmax_layer"""
    x, y = b.planar(0), b.planar_output()
    runs, temperature = layer.runs(y.shape.size), float(layer.temperature)
    if not layer.tree:
        count = runs[0][1]
        b.step(heads.softmax_rows, len(runs), x=x, y=y, row=count, first=0, count=count, temperature=temperature)
    else:
        for start, stop in runs:
            b.step(heads.softmax_rows, 1, x=x, y=y, row=0, first=start, count=stop - start, temperature=temperature)
    b.store_output(y)
