"""Non-maximum suppression: of the boxes of a class that overlap, the best stays.   C: box.c"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..engine.codegen.calls import call
from ..engine.kernels.ranking import COUNTS, Ranks, Table, sort_classes
from ..layers.head import DetectionHead
from .overlaps import Overlaps
from .table import Boxes, FloatArray
from .tree import Overlap, Rows

__all__ = ["NMS_KINDS", "as_head_says", "non_max_suppression", "suppressed"]

GREEDY_BETA = 0.6
PAIRS = 1 << 20  # of a box and a class, suppressed at once


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
    if not live:
        return order, boxes.take(order)
    whole_rows = kind == "objectness"
    values = boxes.objectness[:, None] if whole_rows else boxes.probs
    lost, classes = _lost(values, order, live, Overlaps(boxes.xywh, NMS_KINDS[kind](beta), thresh))
    kept, place = boxes.take(order), np.empty_like(order)
    place[order] = np.arange(len(order))
    if whole_rows:
        kept.objectness[place[lost]], kept.probs[place[lost]] = 0, 0
    else:
        kept.probs[place[lost], classes] = 0
    return order, kept


def _lost(values: FloatArray, order: Rows, live: int, overlaps: Overlaps) -> tuple[Rows, Rows]:
    """The rows, and of which class, that lose against better ones among the ``live`` first in ``order``, which is sorted
    by one class after the other.  ``values`` (n, classes): those that are not 0 take part.
    """
    values, lost, classes = np.ascontiguousarray(values, np.float32), [], []
    together = max(1, PAIRS // live)
    for first in range(0, values.shape[1], together):
        rows, bounds = _sorted(values, order, live, first, min(together, values.shape[1] - first))
        gone = ~overlaps.stay(rows, bounds)
        lost.append(rows[gone])
        classes.append(np.repeat(np.arange(first, first + len(bounds) - 1), np.diff(bounds))[gone])
    return np.concatenate(lost), np.concatenate(classes)


def _sorted(values: FloatArray, order: Rows, live: int, first: int, classes: int) -> tuple[Rows, Rows]:
    """The rows of ``classes`` classes from number ``first`` on, and where each class begins: of each its best row first."""
    pairs = live * classes
    rows, words, bounds = np.empty(pairs, np.int64), np.empty(pairs, np.int64), np.empty(classes + 2, np.int64)
    ranks = Ranks(np.empty(len(order), np.int64), np.empty(live + 2 * pairs, np.int64), words, np.empty(live, np.int64),
                  np.empty(COUNTS, np.int64))  # fmt: skip
    table = Table(values, len(order), values.shape[1], first, classes, order, live)
    call(sort_classes, table=table, rows=rows, bounds=bounds, ranks=ranks)
    return rows[: bounds[classes]], bounds[: classes + 1]


def _empty_last(objectness: FloatArray) -> tuple[Rows, int]:
    """Row numbers after those with objectness 0 were swapped with the last ones, and how many have any."""
    order = np.arange(len(objectness))
    live, i = len(order), 0
    if (objectness != 0).all():
        return order, live
    empty = (objectness == 0).tolist()
    while i < live:
        if empty[order[i]]:
            live -= 1
            order[i], order[live] = order[live], order[i]
        else:
            i += 1
    return order, live


# What each kind compares with the threshold, given beta_nms
NMS_KINDS: dict[str, Callable[[float], Overlap]] = {
    "default": lambda beta: Overlap(),
    "greedynms": lambda beta: Overlap(GREEDY_BETA),
    "diounms": lambda beta: Overlap(float(np.float32(beta))),
    "cornersnms": lambda beta: Overlap(),
    "objectness": lambda beta: Overlap(),
}
