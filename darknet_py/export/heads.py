"""The ONNX form of detection layers: their output as in the reference, or boxes and scores.

A head's input (n, c, h, w) is taken as (n, anchors, entries, h·w) and cut into runs of entries, which forward treats
alike; the pieces are joined again ("heads"), or combined into boxes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from itertools import pairwise

import numpy as np

from ..errors import ExportError
from ..layers import gaussian_yolo, region, yolo
from ..layers.detection import Detection
from ..layers.gaussian_yolo import GaussianYolo
from ..layers.head import DetectionHead
from ..layers.region import Region
from ..layers.yolo import Yolo
from .layers import write
from .onnx_writer import Writer
from .sides import Grid, any_of, column, columns_and_rows, sides

__all__ = ["boxes"]

ENTRIES = 2  # the axis of an anchor's channels
CELLS_FIRST, CELLS_LAST = (0, 3, 1, 2), (0, 2, 3, 1)

Runs = dict[int, str]
Decoded = tuple[str, str, str]
Ranges = Sequence[tuple[int, int]]


@write.register(DetectionHead)
def _head(layer: DetectionHead, w: Writer) -> str:
    """C: yolo_layer.c forward_yolo_layer"""
    return w.reshape(_joined(w, _forward(layer, w)), w.node.shape.c, *sides(w, w.sources[0], w.node.shape))


@write.register(Region)
def _region(layer: Region, w: Writer) -> str:
    """(cells, anchors, entries) in memory, whatever the shape says.   C: region_layer.c forward_region_layer"""
    joined = _joined(w, _forward(layer, w))
    cells_first = w.op("Transpose", joined, perm=CELLS_FIRST)
    return w.reshape(cells_first, w.node.shape.c, *sides(w, w.sources[0], w.node.shape))


@write.register(Detection)
def _detection(layer: Detection, w: Writer) -> str:
    """C: detection_layer.c forward_detection_layer"""
    if not layer.softmax:
        return w.sources[0]
    classes, others = _flat(layer, w, layer.values - layer.cells * layer.classes)
    both = [w.reshape(classes, layer.cells * layer.classes), others]
    return w.reshape(w.concat(both, 1), *w.node.shape)


def _flat(layer: Detection, w: Writer, *sizes: int) -> list[str]:
    """The classes (n, cells, classes), then parts of these sizes."""
    values = w.reshape(w.sources[0], layer.values)
    classes, *others = w.split(values, 1, [layer.cells * layer.classes, *sizes])
    classes = w.reshape(classes, layer.cells, layer.classes)
    return [w.op("Softmax", classes, axis=-1) if layer.softmax else classes, *others]


def _joined(w: Writer, runs: Runs) -> str:
    return w.concat(list(runs.values()), ENTRIES)


def _forward(layer: DetectionHead, w: Writer, cuts: Sequence[int] = ()) -> Runs:
    """{first entry: (n, anchors, entries of the run, cells)}, cut wherever forward changes and at ``cuts``."""
    logistic, scaled, softmax = layer.logistic_channels(), layer.scaled_channels(), layer.softmax_groups()
    bounds = sorted({0, layer.entries, *cuts, *(n for pair in (*logistic, *scaled, *softmax) for n in pair)})
    cells = -1 if w.form.dynamic_size else w.node.shape.h * w.node.shape.w
    grid = w.reshape(w.sources[0], len(layer.mask), layer.entries, cells)
    runs = dict(zip(bounds, w.split(grid, ENTRIES, [stop - start for start, stop in pairwise(bounds)]), strict=False))
    for start, x in runs.items():
        x = w.op("Sigmoid", x) if _within(start, logistic) else x
        x = w.op("Softmax", x, axis=ENTRIES) if _within(start, softmax) else x
        runs[start] = _scaled(layer, w, x) if _within(start, scaled) else x
    return runs


def _within(entry: int, ranges: Ranges) -> bool:
    return any(start <= entry < stop for start, stop in ranges)


def _scaled(layer: DetectionHead, w: Writer, x: str) -> str:
    """C: blas.c scal_add_cpu"""
    factor = float(np.float32(layer.scale_x_y))
    if factor == 1:
        return x
    return w.op("Add", w.op("Mul", x, w.floats(factor)), w.floats(-0.5 * (factor - 1)))


def boxes(layer: DetectionHead, w: Writer, net_size: Grid) -> tuple[str, str]:
    """Boxes (n, rows, 4) and scores (n, rows, classes) of a head, rows as ``decode`` orders them.

    ``net_size`` (width, height) in pixels.  Raises ExportError for a head that has no such form.
    """
    centres, extents, scores = _decode(layer, w, net_size)
    return _rows(layer, w, w.concat([centres, extents], ENTRIES), 4), _rows(layer, w, scores, layer.classes)


@singledispatch
def _decode(layer: DetectionHead, w: Writer, net_size: Grid) -> Decoded:
    """Centres, sides and scores: (n, anchors, 2 or classes, cells)."""
    raise ExportError(f"{w.node.label} has no ONNX form of its boxes; use -outputs heads")


@_decode.register(Yolo)
def _yolo_boxes(layer: Yolo, w: Writer, net_size: Grid) -> Decoded:
    """C: yolo_layer.c get_yolo_box"""
    runs = _forward(layer, w, (2, yolo.OBJECTNESS, yolo.CLASSES))
    if layer.new_coords:
        squares = w.op("Mul", runs[2], runs[2])
        extents = w.op("Mul", squares, _anchors(layer, w, net_size, 4))
    else:
        extents = _extents(layer, w, runs[2], net_size)
    scores = w.op("Mul", runs[yolo.OBJECTNESS], runs[yolo.CLASSES])
    if layer.new_coords and w.form.suppresses:  # elsewhere classes have 1 at most, so that no score passes alone
        above = w.op("Greater", runs[yolo.OBJECTNESS], w.floats(w.form.thresh))
        scores = w.op("Where", above, scores, w.floats(0))
    return _centres(w, runs[0], _grid(w)), extents, scores


@_decode.register(GaussianYolo)
def _gaussian_boxes(layer: GaussianYolo, w: Writer, net_size: Grid) -> Decoded:
    """C: gaussian_yolo_layer.c get_gaussian_yolo_detections"""
    runs = _forward(layer, w, range(gaussian_yolo.CLASSES + 1))
    x, y, width, height = (runs[n] for n in gaussian_yolo.MEANS)
    extents = _extents(layer, w, w.concat([width, height], ENTRIES), net_size)
    centres = _centres(w, w.concat([x, y], ENTRIES), _grid(w))
    point = gaussian_yolo.POINTS[layer.yolo_point][1]
    if point:
        centres = w.op("Add", centres, w.op("Mul", extents, w.floats(point / 2)))
    sigmas = w.concat([runs[n] for n in gaussian_yolo.SIGMAS], ENTRIES)
    certainty = w.op("Sub", w.floats(1), w.op("ReduceMean", sigmas, w.ints(ENTRIES), keepdims=1))
    scores = w.op("Mul", runs[gaussian_yolo.OBJECTNESS], runs[gaussian_yolo.CLASSES])
    scores = w.op("Mul", scores, certainty)
    return centres, extents, scores


@_decode.register(Region)
def _region_boxes(layer: Region, w: Writer, net_size: Grid) -> Decoded:
    """C: region_layer.c get_region_boxes"""
    if layer.tree:
        raise ExportError(f"{w.node.label} has a tree of classes, which leaves a class to each box by the threshold; "
                          "use -outputs heads")  # fmt: skip
    runs = _forward(layer, w, (2, region.OBJECTNESS, region.CLASSES))
    extents = _extents(layer, w, runs[2], _grid(w))
    objectness = runs[region.OBJECTNESS]
    if layer.classfix == -1:
        low = w.op("Less", objectness, w.floats(region.SURE))
        objectness = w.op("Where", low, w.floats(0), objectness)
    scores = w.op("Mul", objectness, runs[region.CLASSES])
    return _centres(w, w.op("Sigmoid", runs[0]), _grid(w)), extents, scores


@_decode.register(Detection)
def _detection_boxes(layer: Detection, w: Writer, net_size: Grid) -> Decoded:
    """C: detection_layer.c get_detection_detections"""
    num, cells = len(layer.mask), layer.cells
    classes, objectness, places = _flat(layer, w, cells * num, cells * num * layer.coords)
    scores = w.op("Mul", w.reshape(objectness, cells, num, 1), w.reshape(classes, cells, 1, layer.classes))
    by_box = w.op("Transpose", w.reshape(places, cells, num, layer.coords), perm=CELLS_LAST)
    centres, extents = w.split(by_box, ENTRIES, [2, 2])
    extents = w.op("Mul", extents, extents) if layer.sqrt else extents
    return _centres(w, centres, (layer.side, layer.side)), extents, w.op("Transpose", scores, perm=CELLS_LAST)


def _grid(w: Writer) -> Grid:
    """(width, height) of the output in cells."""
    height, width = sides(w, w.sources[0], w.node.shape)
    return width, height


def _centres(w: Writer, offsets: str, grid: Grid) -> str:
    """Offsets within cells → x and y relative to the network's input: (n, anchors, 2, cells)."""
    return w.op("Div", w.op("Add", offsets, columns_and_rows(w, grid)), column(w, grid))


def _extents(layer: DetectionHead, w: Writer, logs: str, whole: Grid) -> str:
    """exp(logs)·anchors/whole: (n, anchors, 2, cells)."""
    return w.op("Mul", w.op("Exp", logs), _anchors(layer, w, whole))


def _anchors(layer: DetectionHead, w: Writer, whole: Grid, factor: int = 1) -> str:
    """``factor`` times the anchors in parts of ``whole``: (anchors, 2, 1)."""
    anchors = factor * layer.masked_anchors.astype(np.float64)[:, :, None]
    if any_of(whole):
        return w.op("Div", w.floats(anchors), column(w, whole))
    return w.floats(anchors / np.reshape(whole, (2, 1)))


def _rows(layer: DetectionHead, w: Writer, x: str, columns: int) -> str:
    """(n, anchors, columns, cells) → (n, cells·anchors, columns)"""
    cells_first = w.op("Transpose", x, perm=CELLS_FIRST)
    return w.reshape(cells_first, -1 if w.form.dynamic_size else layer.boxes(w.node.shape), columns)
