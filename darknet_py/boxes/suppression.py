"""Non-maximum suppression: of the boxes of a class that overlap, the best stays.   C: box.c"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from ..errors import DarknetError
from ..layers.head import DetectionHead
from .overlaps import Overlaps
from .table import Boxes, FloatArray
from .tree import Overlap, Rows

__all__ = [
    "IN_PLACE", "NMS_KINDS", "agnostically", "as_head_says", "non_max_suppression", "suppressed", "suppressed_in_place",
]  # fmt: skip

GREEDY_BETA = 0.6
IN_PLACE = "in_place"  # as default, but rows keep their order
PAIRS = 1 << 20  # of a box and a class, suppressed at once


def as_head_says(
    boxes: Boxes, head: DetectionHead, nms: float, kind: str | None = None, agnostic: bool = False
) -> Boxes:
    """Suppression by nms_kind= and beta_nms= of a head, or another ``kind``, which may be ``IN_PLACE``; ``nms`` 0: none.

    ``agnostic``: see ``agnostically``.  Raises DarknetError for that without suppression.
    """
    if not nms and agnostic:
        raise DarknetError("agnostic_nms has no effect with nms=0, which suppresses nothing; leave one of them out")
    if not nms:
        return boxes
    suppress = partial(_by_kind, kind=kind or head.nms_kind, beta=head.beta_nms, nms=nms)
    return agnostically(boxes, suppress) if agnostic else suppress(boxes)[1]


def _by_kind(boxes: Boxes, kind: str, beta: float, nms: float) -> tuple[Rows, Boxes]:
    """Each row's number before, and the boxes."""
    if kind == IN_PLACE:
        return np.arange(len(boxes)), suppressed_in_place(boxes, nms)
    return suppressed(boxes, kind, beta, nms)


def agnostically(boxes: Boxes, suppress: Callable[[Boxes], tuple[Rows, Boxes]]) -> Boxes:
    """Rows with their best class alone, suppressed as though all were of one class."""
    best = boxes.probs.max(1, keepdims=True, initial=0)
    order, left = suppress(replace(boxes, probs=best))
    is_best = np.arange(boxes.classes) == boxes.probs.argmax(1)[:, None] if boxes.classes else boxes.probs > 0
    probs = np.where(is_best[order] & (left.probs > 0), boxes.probs[order], np.float32(0))
    return replace(left, probs=probs)


def suppressed_in_place(boxes: Boxes, thresh: float) -> Boxes:
    """``default`` suppression of rows of any objectness, which stay where they are.   C: box.c do_nms_sort_v2"""
    order, after = suppressed(replace(boxes, objectness=np.ones_like(boxes.objectness)), "default", GREEDY_BETA, thresh)
    probs = np.empty_like(after.probs)
    probs[order] = after.probs
    return replace(boxes, probs=probs)


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
    if live:
        overlaps = Overlaps(boxes.xywh, NMS_KINDS[kind](beta), thresh)
        suppress = _rows_suppressed if kind == "objectness" else _classes_suppressed
        boxes = suppress(boxes, order, live, overlaps)
    return order, boxes.take(order)


def _classes_suppressed(boxes: Boxes, order: Rows, live: int, overlaps: Overlaps) -> Boxes:
    """Each class of a row for itself."""
    return replace(boxes, probs=_suppressed(boxes.probs, order, live, overlaps))


def _rows_suppressed(boxes: Boxes, order: Rows, live: int, overlaps: Overlaps) -> Boxes:
    """By objectness, for all classes of a row at once."""
    objectness = _suppressed(boxes.objectness[:, None], order, live, overlaps)[:, 0]
    lost = (objectness == 0) & (boxes.objectness != 0)
    return replace(boxes, objectness=objectness, probs=np.where(lost[:, None], np.float32(0), boxes.probs))


def _suppressed(values: FloatArray, order: Rows, live: int, overlaps: Overlaps) -> FloatArray:
    """``values`` (n, classes), 0 where a row loses against better ones of that class; those that are not 0 take part.

    The ``live`` first in ``order`` are sorted by one class after the other.
    """
    values = np.array(values, np.float32, order="C")
    together = max(1, PAIRS // live)
    for first in range(0, values.shape[1], together):
        overlaps.suppress(values, first, min(together, values.shape[1] - first), order, live)
    return values


def _empty_last(objectness: FloatArray) -> tuple[Rows, int]:
    """Row numbers after those with objectness 0 were swapped with the last ones, and how many have any."""
    order = np.arange(len(objectness))
    live, i = len(order), 0
    if np.count_nonzero(objectness) == live:
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
