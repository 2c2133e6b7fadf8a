"""Darknet's own suppression in plain ONNX operators: the boxes, the order and the ties of ``boxes/suppression``.

C sorts the rows of boxes by the probability of one class after the other, with a sort that leaves equal ones as they were,
and in each class every box that is left removes later ones.  TopK keeps the order of equal values too.  Suppression of a
class changes nothing that later sorts see, so all sorts come first; then *pairs* of a row and a class, class by class and
the best first, are compared in blocks: a block's boxes with each other, and what is left of them with the rest of their
classes.  (Only what is not 0 is sorted, since not every engine's TopK keeps that order.)
"""

from __future__ import annotations

from dataclasses import dataclass

from onnx import TensorProto

from ..onnx_writer import Writer
from .overlap import Compare
from .vectors import column, flat, head, is_any, length, none, nonzero, tail, total, zero

__all__ = ["Found", "candidates", "listed", "numbered", "suppressed"]

INT64, FLOAT = TensorProto.INT64, TensorProto.FLOAT
BLOCK = 256  # pairs that are compared with all of their classes at once
ROWS, CLASSES = 0, 1


@dataclass(frozen=True)
class Found:
    """Tensors of the detections of a picture in Darknet's order: rows of their boxes (d), classes (d), probabilities (d)."""

    rows: str
    classes: str
    probs: str


@dataclass(frozen=True)
class _Pairs:
    """Rows (m) and classes (m), class by class and the best first; ``order``: of all rows (k) after the last sort."""

    rows: str
    classes: str
    order: str


def candidates(w: Writer, scores: str, thresh: float) -> tuple[str, str]:
    """Of scores (rows, classes): the rows (k) that have one above ``thresh``, and theirs (k, classes), 0 where not above."""
    passing = w.op("Where", w.op("Greater", scores, w.floats(thresh)), scores, w.floats(0))
    rows = nonzero(w, w.op("ReduceSum", passing, w.ints(CLASSES), keepdims=0))
    return rows, w.op("Gather", passing, rows, axis=ROWS)


def suppressed(w: Writer, probs: str, boxes: str, compare: Compare) -> tuple[str, str]:
    """Probabilities (k, classes) of boxes (k, MEASURES), 0 where a better one removes it; rows in Darknet's order (k)."""
    pairs = _sorted_pairs(w, probs)
    kept = _kept(w, pairs, boxes, compare)
    places = w.concat([column(w, w.op("Gather", x, kept)) for x in (pairs.rows, pairs.classes)], 1)
    zeros = w.op("ConstantOfShape", w.op("Shape", probs))
    return w.op("ScatterND", zeros, places, w.op("GatherND", probs, places)), pairs.order


def listed(w: Writer, probs: str, order: str) -> Found:
    """What is left of probabilities (k, classes), row by row in this order (k)."""
    ordered = w.op("Gather", probs, order, axis=ROWS)
    places = w.op("NonZero", ordered)
    ranks, classes = (flat(w, x) for x in w.split(places, 0, [1, 1]))
    found = w.op("GatherND", ordered, w.op("Transpose", places, perm=(1, 0)))
    return Found(w.op("Gather", order, ranks), classes, found)


def numbered(w: Writer, x: str) -> str:
    """0, 1 ... for each of the first axis: (k)"""
    count = w.op("Gather", w.op("Shape", x), w.number(0))
    return w.op("Range", w.number(0), count, w.number(1))


def _sorted_pairs(w: Writer, probs: str) -> _Pairs:
    """C: the qsort of each class in box.c do_nms_sort"""
    present = nonzero(w, w.op("ReduceSum", probs, w.ints(ROWS), keepdims=0))

    def sort(number: str, order: str, rows: str, classes: str) -> tuple[str, list[str]]:
        one = w.op("Gather", present, w.op("Reshape", number, w.ints(1)))
        values = w.op("Gather", flat(w, w.op("Gather", probs, one, axis=CLASSES)), order)
        some, others = (w.op("Gather", order, places) for places in (nonzero(w, values), zero(w, values)))
        values = w.op("Gather", values, nonzero(w, values))
        some = w.op("Gather", some, w.ops("TopK", [values, length(w, values)], 2)[1])
        more = w.concat([rows, some], 0), w.concat([classes, w.op("Expand", one, length(w, some))], 0)
        return "", [w.concat([some, others], 0), *more]

    order = numbered(w, probs)
    carried = [(x, INT64, [None]) for x in (order, none(w, order), none(w, order))]
    order, rows, classes = w.loop(w.op("Size", present), "", carried, sort)
    return _Pairs(rows, classes, order)


def _kept(w: Writer, pairs: _Pairs, boxes: str, compare: Compare) -> str:
    """The numbers of the pairs that no better one removes."""

    def compared(_: str, alive: str, kept: str) -> tuple[str, list[str]]:
        block = head(w, alive, w.ints(BLOCK))
        window, others = _of_its_classes(w, pairs, block, alive)
        over = _removes(w, pairs, boxes, compare, block, window)
        stay = _staying(w, head(w, over, length(w, block), 1))
        kept = w.concat([kept, w.op("Gather", block, nonzero(w, flat(w, stay)))], 0)
        lost = flat(w, w.op("MatMul", stay, over))
        rest, lost = (tail(w, x, length(w, block)) for x in (window, lost))
        left = w.op("Gather", rest, zero(w, lost))
        alive = w.concat([left, others], 0)
        return is_any(w, alive), [alive, kept]

    every = numbered(w, pairs.rows)
    return w.loop("", is_any(w, every), [(x, INT64, [None]) for x in (every, none(w, every))], compared)[1]


def _of_its_classes(w: Writer, pairs: _Pairs, block: str, alive: str) -> tuple[str, str]:
    """The pairs up to the end of the class of the block's last one, and the others."""
    classes = w.op("Gather", pairs.classes, alive)
    last = w.op("Gather", pairs.classes, w.op("Gather", block, w.ints(-1)))
    count = w.op("Reshape", total(w, w.op("LessOrEqual", classes, last), 0), w.ints(1))
    return head(w, alive, count), tail(w, alive, count)


def _removes(w: Writer, pairs: _Pairs, boxes: str, compare: Compare, block: str, window: str) -> str:
    """1 where a pair of the block (b) would remove one of the window (m): later, of the same class, overlapping; else 0."""
    a, b = (w.op("Gather", boxes, w.op("Gather", pairs.rows, x), axis=ROWS) for x in (block, window))
    first, other = (w.op("Gather", pairs.classes, x) for x in (block, window))
    later = w.op("Less", column(w, block), window)
    alike = w.op("And", later, w.op("Equal", column(w, first), other))
    return w.op("Cast", w.op("And", alike, compare(a, b)), to=FLOAT)


def _staying(w: Writer, removes: str) -> str:
    """Of pairs of which each would remove later ones (b, b), those that none removes that stays itself: (1, b) of 1 and 0.

    What is right of the first pairs makes the next one right, so that nothing changes any more when all are.
    """

    def again(_: str, stay: str) -> tuple[str, list[str]]:
        lost = w.op("MatMul", stay, removes)
        now = w.op("Cast", w.op("Equal", lost, w.floats(0)), to=FLOAT)
        return is_any(w, w.op("NonZero", w.op("Sub", now, stay))), [now]

    unthreatened = w.op("Equal", w.op("ReduceSum", removes, w.ints(0), keepdims=1), w.floats(0))
    return w.loop("", "", [(w.op("Cast", unthreatened, to=FLOAT), FLOAT, [1, None])], again)[0]
