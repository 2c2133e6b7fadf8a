"""Head outputs → boxes of the picture → [Detection]: thresholds, letterbox inverse, non-maximum suppression."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from .boxes.tree import BoxTree, Overlap
from .layers.head import Boxes, DetectionHead, FloatArray

__all__ = [
    "NMS_KINDS", "Detection", "box_iou", "correct_boxes", "detections", "get_network_boxes", "in_pixels", "listed",
    "non_max_suppression", "scaled_size", "suppressed",
]  # fmt: skip

Rows = npt.NDArray[np.intp]
Size = tuple[int, int]
Stay = Callable[[Rows, Sequence[int]], npt.NDArray[np.bool_]]

GREEDY_BETA = 0.6
PAIRS = 1 << 20     # of a box and a class, suppressed at once
BELOW_ONE = np.nextafter(np.float32(1), np.float32(0))


@dataclass(frozen=True)
class Detection:
    """One class of one box.  ``box``: centre x, centre y, width, height, relative to the picture."""

    class_id: int
    name: str
    prob: float
    objectness: float
    box: tuple[float, float, float, float]


def detections(
    heads: Sequence[DetectionHead],
    outputs: Sequence[FloatArray],
    picture_size: Size,
    net_size: Size,
    thresh: float = 0.25,
    nms: float = 0.45,
    letter_box: bool = False,
    names: Sequence[str] = (),
) -> list[Detection]:
    """What a network sees: ``get_network_boxes``, suppression as the last head says, then ``listed``.

    ``outputs`` are the heads' (c, h, w) arrays in cfg order; sizes are (width, height) in pixels; ``nms`` 0: none.
    """
    boxes = get_network_boxes(heads, outputs, picture_size, net_size, thresh, letter_box)
    if nms and heads:
        boxes = non_max_suppression(boxes, heads[-1].nms_kind, heads[-1].beta_nms, nms)
    return listed(boxes, thresh, names)


def get_network_boxes(
    heads: Sequence[DetectionHead],
    outputs: Sequence[FloatArray],
    picture_size: Size,
    net_size: Size,
    thresh: float,
    letter_box: bool = False,
) -> Boxes:
    """The boxes of all heads in cfg order, relative to the picture, before suppression.

    A network whose heads differ in classes has rows as wide as the widest.   C: network.c get_network_boxes
    """
    parts = []
    for head, output in zip(heads, outputs, strict=True):
        boxes = head.decode(output, net_size, thresh)
        parts.append(correct_boxes(boxes, picture_size, net_size, letter_box, head.direct_scale))
    return Boxes.concat(parts)


def listed(boxes: Boxes, thresh: float, names: Sequence[str] = ()) -> list[Detection]:
    """One Detection for each class above ``thresh`` of each row, rows first; a class without a name has its number."""
    rows, classes = np.nonzero(boxes.probs > np.float32(thresh))
    probs, objectness = boxes.probs[rows, classes].tolist(), boxes.objectness[rows].tolist()
    found = zip(classes.tolist(), probs, objectness, boxes.xywh[rows].tolist(), strict=True)
    return [Detection(c, names[c] if c < len(names) else str(c), p, o, (x, y, w, h)) for c, p, o, (x, y, w, h) in found]


def correct_boxes(
    boxes: Boxes, picture_size: Size, net_size: Size, letter_box: bool, direct_scale: bool = False
) -> Boxes:
    """Boxes relative to the net input → relative to the picture.   C: yolo_layer.c correct_yolo_boxes

    The offset of a letterbox is the exact half of the free pixels, where letterbox_image used a whole number.
    ``direct_scale``: sides times net/new as float32 (C: correct_gaussian_yolo_boxes), not times 1/(new/net).
    """
    net = np.array(net_size, np.float64)
    new = np.array(scaled_size(picture_size, net_size) if letter_box else net_size, np.float64)
    with np.errstate(all="ignore"):
        ratio = (new / net).astype(np.float32)
        offset = (net - new) / 2.0 / net
        xy = (boxes.xywh[:, :2] - offset) / ratio.astype(np.float64)
        scale = (net / new).astype(np.float32) if direct_scale else _reciprocal(ratio)
        xywh = np.concatenate([xy.astype(np.float32), boxes.xywh[:, 2:] * scale], 1)
    return replace(boxes, xywh=xywh)


def in_pixels(boxes: Boxes, picture_size: Size) -> Boxes:
    """Boxes relative to the picture → in its pixels.   C: get_network_boxes with relative=0"""
    with np.errstate(all="ignore"):
        return replace(boxes, xywh=boxes.xywh * np.array(picture_size * 2, np.float32))


def _reciprocal(ratio: FloatArray) -> FloatArray:
    """1 / ratio as the reference's build computes it: a 12-bit estimate and one Newton step, which miss 1/1 by one bit."""
    return np.where(ratio == 1, BELOW_ONE, np.float32(1) / ratio)


def scaled_size(picture_size: Size, net_size: Size) -> Size:
    """The picture's (width, height) within a letterboxed net input, truncated to whole pixels."""
    (w, h), (net_w, net_h) = picture_size, net_size
    if np.float32(net_w) / np.float32(w) < np.float32(net_h) / np.float32(h):
        return net_w, h * net_w // w
    return w * net_h // h, net_h


def non_max_suppression(boxes: Boxes, kind: str, beta: float, thresh: float) -> Boxes:
    """Zero the probability of a class where a better box of that class overlaps by more than ``thresh``.

    ``kind``: default (IoU), greedynms, diounms, cornersnms (IoU), or objectness: all classes of a row at once.
    Rows come back in the reference's order: it sorts them once for each class.
    C: box.c do_nms_sort, diounms_sort, do_nms_obj
    """
    return suppressed(boxes, kind, beta, thresh)[1]


def suppressed(boxes: Boxes, kind: str, beta: float, thresh: float) -> tuple[Rows, Boxes]:
    """``non_max_suppression``, and for each row the number that it had before."""
    order, live = _empty_last(boxes.objectness)
    boxes = boxes.take(order)
    if live:
        stay = partial(BoxTree(boxes.xywh[:live]).stay, overlap=NMS_KINDS[kind](beta), thresh=thresh)
        suppress = _suppress_rows if kind == "objectness" else _suppress_classes
        rank, boxes = suppress(boxes, live, stay)
        in_order = np.concatenate([np.argsort(rank), np.arange(live, len(boxes))])
        order, boxes = order[in_order], boxes.take(in_order)
    return order, boxes


def _suppress_classes(boxes: Boxes, live: int, stay: Stay) -> tuple[Rows, Boxes]:
    """The place of each of the ``live`` first rows after all sorts, and the rows as they were, without what lost."""
    probs, rank = boxes.probs.copy(), np.arange(live)
    together = max(1, PAIRS // live)
    for first in range(0, boxes.classes, together):
        some = probs[:live, first : first + together]
        rows, classes, bounds = _sorted_by_class(some, rank)
        lost = ~stay(rows, bounds)
        some[rows[lost], classes[lost]] = 0
        rank[np.argsort(rank)] = np.arange(live)
    return rank, replace(boxes, probs=probs)


def _suppress_rows(boxes: Boxes, live: int, stay: Stay) -> tuple[Rows, Boxes]:
    """The same, by objectness and for all classes of a row at once."""
    order = np.argsort(-boxes.objectness[:live], kind="stable")
    lost = order[~stay(order, [0, live])]
    objectness, probs = boxes.objectness.copy(), boxes.probs.copy()
    objectness[lost], probs[lost] = 0, 0
    return np.argsort(order), replace(boxes, objectness=objectness, probs=probs)


def _empty_last(objectness: FloatArray) -> tuple[Rows, int]:
    """Row numbers after those with objectness 0 were swapped with the last ones, and how many have any."""
    order = np.arange(len(objectness))
    live, i = len(order), 0
    empty = (objectness == 0).tolist()
    if not any(empty):
        return order, live
    while i < live:
        if empty[order[i]]:
            live -= 1
            order[i], order[live] = order[live], order[i]
        else:
            i += 1
    return order, live


def _sorted_by_class(probs: FloatArray, rank: Rows) -> tuple[Rows, Rows, list[int]]:
    """The (row, class) pairs of a probability other than 0, and where a class begins: of each its best row first.

    Keeps ``rank``, the place of each row, up to date: a stable sort of all rows by one class moves its few rows to the
    front and leaves the others in order, so that rows of equal probability stand as earlier classes left them.
    Probabilities below 0, which a negative threshold lets through, move to the end.
    """
    classes, rows = np.nonzero((probs != 0).T)
    values = probs[rows, classes]
    descending = _descending(values) << 32
    bounds = [*np.flatnonzero(np.diff(classes, prepend=-1)).tolist(), len(rows)]
    front, back = 0, len(rank)
    for start, stop in itertools.pairwise(bounds):
        best = np.argsort(descending[start:stop] + rank[rows[start:stop]])
        group = rows[start:stop] = rows[start:stop][best]
        above = int(np.count_nonzero(values[start:stop] > 0))
        below = len(group) - above
        rank[group[:above]] = np.arange(front - above, front)
        rank[group[above:]] = np.arange(back, back + below)
        front, back = front - above, back + below
    return rows, classes, bounds


def _descending(values: FloatArray) -> npt.NDArray[np.int64]:
    """Integers in the order of the values turned round, NaN last: one sort of them is far quicker than of pairs."""
    bits = np.where(np.isnan(values), np.float32(np.inf), -values).view(np.int32)
    return (bits ^ ((bits >> 31) & 0x7FFFFFFF)).astype(np.int64)


def box_iou(a: FloatArray, b: FloatArray) -> FloatArray:
    """Intersection over union of boxes (4, ...); 0 when either is 0.   C: box.c box_iou"""
    with np.errstate(all="ignore"):
        (low_a, high_a), (low_b, high_b) = _corners(a), _corners(b)
        w, h = np.minimum(high_a, high_b) - np.maximum(low_a, low_b)
        shared = np.where((w < 0) | (h < 0), np.float32(0), w * h)
        union = a[2] * a[3] + b[2] * b[3] - shared
        return np.where((shared == 0) | (union == 0), np.float32(0), shared / union)


def _corners(box: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Left and top (2, ...), right and bottom (2, ...) of boxes (4, ...)."""
    half = box[2:] / np.float32(2)
    return box[:2] - half, box[:2] + half


# What each kind compares with the threshold, given beta_nms
NMS_KINDS: dict[str, Callable[[float], Overlap]] = {
    "default": lambda beta: Overlap(),
    "greedynms": lambda beta: Overlap(GREEDY_BETA),
    "diounms": lambda beta: Overlap(float(np.float32(beta))),
    "cornersnms": lambda beta: Overlap(),
    "objectness": lambda beta: Overlap(),
}
