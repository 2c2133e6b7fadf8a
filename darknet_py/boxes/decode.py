"""The outputs of detection heads → the table of boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import singledispatch
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from ..engine.codegen.calls import address, call
from ..engine.kernels.rows import Heads, Rows, yolo_rows
from ..errors import CfgError
from ..image.fit import Fit, Size
from ..layers import gaussian_yolo, region, yolo
from ..layers.detection import Detection
from ..layers.gaussian_yolo import GaussianYolo
from ..layers.head import DetectionHead
from ..layers.region import Region
from ..layers.yolo import Yolo
from .embeddings import embeddings_of
from .geometry import FloatArray, correct_gaussian_yolo_boxes, correct_yolo_boxes
from .hierarchy import mapped_probabilities, tree_probabilities
from .table import Boxes

__all__ = [
    "correct", "decode", "get_detection_boxes", "get_detections", "get_network_boxes", "get_yolo_detections",
]  # fmt: skip


def get_network_boxes(
    heads: Sequence[DetectionHead], outputs: Sequence[FloatArray], fit: Fit, thresh: float,
    embeddings: Sequence[FloatArray | None] = (),
) -> Boxes:  # fmt: skip
    """The boxes of all heads in cfg order, relative to the picture, before suppression.

    ``outputs``: the heads' (c, h, w) arrays; ``embeddings``: those of the layers of their embeddings.  A network whose heads
    differ in classes has rows as wide as the widest.   C: network.c get_network_boxes
    """
    if any(layer is not None for layer in embeddings):
        each = zip(heads, outputs, embeddings, strict=True)
        return Boxes.concat([_embedded(head, output, layer, fit, thresh) for head, output, layer in each])
    pairs = zip(heads, outputs, strict=True)
    runs = [list(run) for _, run in groupby(pairs, lambda pair: (type(pair[0]), pair[0].classes))]
    return Boxes.concat([correct(run[0][0], _decoded(run, fit.net_size, thresh), fit) for run in runs])


def _embedded(head: DetectionHead, output: FloatArray, layer: FloatArray | None, fit: Fit, thresh: float) -> Boxes:
    """The boxes of a head with what ``layer`` (c, h, w) has for each, if there is one."""
    boxes = correct(head, decode(head, output, fit.net_size, thresh), fit)
    if layer is None:
        return boxes
    cell, used = np.divmod(_above(head, output, yolo.OBJECTNESS, thresh), len(head.mask))
    return replace(boxes, embeddings=embeddings_of(layer, len(head.mask), cell, used))


def _decoded(alike: list[tuple[DetectionHead, FloatArray]], net_size: Size, thresh: float) -> Boxes:
    """``decode`` of heads of one kind and as many classes, each with its output."""
    if get_detections.dispatch(type(alike[0][0])) is get_yolo_detections:
        return _yolo_detections(alike, net_size, thresh)
    return Boxes.concat([decode(head, output, net_size, thresh) for head, output in alike])


@singledispatch
def correct(head: DetectionHead, boxes: Boxes, fit: Fit) -> Boxes:
    """Boxes of a head relative to the net input → relative to the picture."""
    return replace(boxes, xywh=correct_yolo_boxes(boxes.xywh, fit))


@correct.register(Detection)
def _correct_detection(head: Detection, boxes: Boxes, fit: Fit) -> Boxes:
    """Sides keep their bits where there is no letterbox; the reference leaves them even where there is one."""
    return boxes if fit.inner_size == fit.net_size else replace(boxes, xywh=correct_yolo_boxes(boxes.xywh, fit))


@correct.register(GaussianYolo)
def _correct_gaussian(head: GaussianYolo, boxes: Boxes, fit: Fit) -> Boxes:
    return replace(boxes, xywh=correct_gaussian_yolo_boxes(boxes.xywh, fit))


def decode(head: DetectionHead, output: FloatArray, net_size: Size, thresh: float) -> Boxes:
    """The boxes in ``output`` (c, h, w), which is the C program's l.output after its forward function.

    ``net_size`` is (width, height) of the net input in pixels, which boxes are relative to.  Rows: cells row-major, then
    anchors.  What is NaN or beyond float32 makes the boxes that it makes in C, without a word of numpy's.
    """
    with np.errstate(all="ignore"):
        return get_detections(head, output, net_size, thresh)


@singledispatch
def get_detections(head: DetectionHead, output: FloatArray, net_size: Size, thresh: float) -> Boxes:
    """``decode`` of one kind of head.  Raises CfgError for one that has no function here."""
    raise CfgError(f"[{head.kind}] has no boxes here: boxes/decode.py does not say what its output means; take the arrays "
                   "of Network.predict")  # fmt: skip


@get_detections.register(Yolo)
def get_yolo_detections(head: Yolo, output: FloatArray, net_size: Size, thresh: float) -> Boxes:
    """Boxes whose objectness is above ``thresh``.   C: yolo_layer.c get_yolo_detections, get_yolo_box"""
    return _yolo_detections([(head, output)], net_size, thresh)


def _yolo_detections(alike: list[tuple[Any, FloatArray]], net_size: Size, thresh: float) -> Boxes:
    """The boxes of [yolo] heads of as many classes, each with its output."""
    classes = alike[0][0].classes
    grids = [np.ascontiguousarray(out, np.float32).reshape(len(head.mask), head.entries, out.shape[1], out.shape[2])
             for head, out in alike]  # fmt: skip
    anchors = [head.masked_anchors for head, _ in alike]
    words = [(address(g), address(a), len(a), *g.shape[2:], head.new_coords)
             for g, a, (head, _) in zip(grids, anchors, alike, strict=True)]  # fmt: skip
    most = sum(g[:, 0].size for g in grids)
    xywh, objectness, probs = (np.empty(shape, np.float32) for shape in ((most, 4), most, (most, classes)))
    count = np.empty(1, np.int64)
    call(yolo_rows, heads=Heads(np.array(words, np.int64), len(words), classes, *net_size), thresh=float(thresh),
         rows=Rows(xywh, objectness, probs, count))  # fmt: skip
    n = int(count[0])
    return Boxes(xywh[:n].copy(), objectness[:n].copy(), probs[:n].copy(), np.zeros((n, 4), np.float32))


@get_detections.register(GaussianYolo)
def get_gaussian_yolo_detections(head: GaussianYolo, output: FloatArray, net_size: Size, thresh: float) -> Boxes:
    """Boxes whose objectness is above ``thresh``.   C: gaussian_yolo_layer.c get_gaussian_yolo_detections"""
    cell, used = np.divmod(_above(head, output, gaussian_yolo.OBJECTNESS, thresh), len(head.mask))
    rows = output.reshape(len(head.mask), head.entries, -1)[used, :, cell]
    columns = gaussian_yolo.OBJECTNESS, gaussian_yolo.MEANS, gaussian_yolo.SIGMAS
    objectness, means, sigmas = (rows[:, column] for column in columns)
    wh = _sides(means[:, 2:], head.masked_anchors[used], net_size)
    xy = (_places(cell, output.shape[2]) + means[:, :2]) / _extent(output)
    xy = xy + np.float32(gaussian_yolo.POINTS[head.yolo_point][1]) * (wh / np.float32(2))
    probs = _certain_probabilities(objectness, rows[:, gaussian_yolo.CLASSES :], sigmas, thresh)
    return Boxes(np.concatenate([xy, wh], 1), objectness, probs, sigmas)


@get_detections.register(Region)
def custom_get_region_detections(head: Region, output: FloatArray, net_size: Size, thresh: float) -> Boxes:
    """Every box of every cell, all with objectness 1.   C: network.c custom_get_region_detections

    ``output`` has the shape (c, h, w) and the memory order (h, w, anchor, entry), see ``Region.logistic_channels``.
    """
    height, width = output.shape[1:]
    rows = output.reshape(-1, head.entries)
    cell, used = np.divmod(np.arange(len(rows)), len(head.mask))
    xy = (_places(cell, width) + _logistic(rows[:, :2])) / _extent(output)
    wh = _sides(rows[:, 2:4], head.masked_anchors[used], (width, height))
    probs = _region_probabilities(head, rows, thresh)
    one, zero = np.ones(len(rows), np.float32), np.zeros((len(rows), 4), np.float32)
    return Boxes(np.concatenate([xy, wh], 1), one, probs, zero)


@get_detections.register(Detection)
def get_detection_detections(head: Detection, output: FloatArray, net_size: Size, thresh: float) -> Boxes:
    """Every box of every cell, whatever its objectness.   C: detection_layer.c get_detection_detections"""
    return get_detection_boxes(head, output, (1, 1), thresh)


def get_detection_boxes(head: Detection, output: FloatArray, size: Size, thresh: float) -> Boxes:
    """The boxes of a [detection] in pixels of a picture of ``size`` (width, height).   C: get_detection_boxes"""
    ends = head.cells * head.classes, head.cells * (head.classes + len(head.mask))
    classes, objectness, places = np.split(output.reshape(-1), ends)
    cell, places = np.repeat(np.arange(head.cells), len(head.mask)), places.reshape(-1, head.coords)
    step = np.float32(1) / np.float32(head.side) * np.array(size, np.float32)  # of a cell, as the compiler has it
    xy = (places[:, :2] + _places(cell, head.side)) * step
    sides = places[:, 2:].astype(np.float64)
    wh = (sides ** (2 if head.sqrt else 1) * size).astype(np.float32)
    probs = _class_probabilities(objectness, classes.reshape(head.cells, -1)[cell], thresh)
    return Boxes(np.concatenate([xy, wh], 1), objectness, probs, np.zeros((len(cell), 4), np.float32))


def _above(head: DetectionHead, output: FloatArray, entry: int, thresh: float) -> npt.NDArray[np.intp]:
    """The boxes of ``output`` (c, h, w) whose channel ``entry`` is above ``thresh``: cell number · anchors + the anchor's
    place in the mask, ascending.
    """
    grid = output.reshape(len(head.mask), head.entries, -1)
    return np.flatnonzero(grid[:, entry].T > np.float32(thresh))


def _places(cell: npt.NDArray[np.intp], width: int) -> FloatArray:
    """Column and row of cells: (n, 2)."""
    return np.stack([cell % width, cell // width], 1).astype(np.float32)


def _extent(output: FloatArray) -> FloatArray:
    """(width, height) of an output in cells."""
    return np.array(output.shape[:0:-1], np.float32)


def _sides(logs: FloatArray, anchors: FloatArray, extent: Size) -> FloatArray:
    """``exp(logs)*anchors/extent`` in double, then float32: widths and heights (n, 2).   C: exp of math.h"""
    scaled = np.exp(logs.astype(np.float64)) * anchors / np.array(extent, np.float64)
    return scaled.astype(np.float32)


def _class_probabilities(objectness: FloatArray, scores: FloatArray, thresh: float) -> FloatArray:
    """``objectness*score`` where that is above ``thresh``, else 0: (n, classes)."""
    return _passing(objectness[:, None] * scores, thresh)


def _certain_probabilities(objectness: FloatArray, scores: FloatArray, sigmas: FloatArray, thresh: float) -> FloatArray:
    """``objectness * score * (1 - mean sigma)`` where above ``thresh``, else 0: (n, classes).

    The sum and the mean are float32, the factor is double.
    """
    mean = (sigmas[:, 0] + sigmas[:, 1] + sigmas[:, 2] + sigmas[:, 3]) / np.float32(4)
    certainty = 1.0 - mean.astype(np.float64)
    return _passing((objectness[:, None] * scores * certainty[:, None]).astype(np.float32), thresh)


def _passing(probs: FloatArray, thresh: float) -> FloatArray:
    return np.where(probs > np.float32(thresh), probs, np.float32(0))


def _region_probabilities(head: Region, rows: FloatArray, thresh: float) -> FloatArray:
    """Class probabilities of boxes (n, entries): (n, classes).   C: region_layer.c get_region_boxes"""
    objectness, scores = rows[:, region.OBJECTNESS], rows[:, region.CLASSES :]
    if head.classfix == -1:
        objectness = np.where(objectness < region.SURE, np.float32(0), objectness)
    if head.tree is None:
        return _class_probabilities(objectness, scores, thresh)
    if head.class_map:
        return mapped_probabilities(head.tree, head.class_map, objectness, scores, thresh)
    return tree_probabilities(head.tree, objectness, scores, thresh)


def _logistic(x: FloatArray) -> FloatArray:
    """1 / (1 + exp(-x)) in float32.   C: activations.h logistic_activate"""
    return np.float32(1) / (np.float32(1) + np.exp(-x))
