"""Non-maximum suppression: of the boxes of a class that overlap, the best stays.   C: box.c"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ..layers.head import DetectionHead
from .table import Boxes, FloatArray
from .tree import BoxTree, Overlap, Rows

__all__ = ["NMS_KINDS", "as_head_says", "non_max_suppression", "suppressed"]

Stay = Callable[[Rows, Sequence[int]], npt.NDArray[np.bool_]]

GREEDY_BETA = 0.6
PAIRS = 1 << 20     # of a box and a class, suppressed at once


def as_head_says(boxes: Boxes, head: DetectionHead, nms: float, kind: str | None = None) -> Boxes:
    """Suppression by nms_kind= and beta_nms= of a head, or another ``kind``; ``nms`` 0: none."""
    return non_max_suppression(boxes, kind or head.nms_kind, head.beta_nms, nms) if nms else boxes


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
        stay = BoxTree(boxes.xywh[:live], NMS_KINDS[kind](beta), thresh).stay
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


# What each kind compares with the threshold, given beta_nms
NMS_KINDS: dict[str, Callable[[float], Overlap]] = {
    "default": lambda beta: Overlap(),
    "greedynms": lambda beta: Overlap(GREEDY_BETA),
    "diounms": lambda beta: Overlap(float(np.float32(beta))),
    "cornersnms": lambda beta: Overlap(),
    "objectness": lambda beta: Overlap(),
}
