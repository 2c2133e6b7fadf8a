"""How far boxes overlap, in ONNX operators, in the arithmetic of ``engine/kernels/suppression``.   C: box.c"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...boxes.suppression import NMS_KINDS
from ..onnx_writer import Writer
from ..sides import Grid, floats

__all__ = ["Compare", "comparison", "measured", "net_corners"]

COLUMNS = 1  # of a table of boxes
MEASURES = 7  # of a box: centre x, y, left, top, right, bottom, area
Compare = Callable[[str, str], str]


def measured(w: Writer, centres: str, sides: str) -> str:
    """Centres and sides (k, 2) of boxes as (k, MEASURES)."""
    low, high = _edges(w, centres, sides)
    width, height = w.split(sides, COLUMNS, [1, 1])
    return w.concat([centres, low, high, w.op("Mul", width, height)], COLUMNS)


def net_corners(w: Writer, boxes: str, size: Grid) -> str:
    """Boxes (..., 4), centre x, y, width, height relative to the network's input of ``size`` → left, top, right, bottom in
    its pixels.
    """
    scaled = w.op("Mul", boxes, floats(w, [*size, *size]))
    return w.concat([*_edges(w, *w.split(scaled, -1, [2, 2]))], -1)


def _edges(w: Writer, centres: str, sides: str) -> tuple[str, str]:
    half = w.op("Mul", sides, w.floats(0.5))
    return w.op("Sub", centres, half), w.op("Add", centres, half)


def comparison(w: Writer, kind: str, beta: float, thresh: float) -> Compare:
    """(a (k, MEASURES), b (m, MEASURES)) → (k, m), whether by this kind of suppression two boxes overlap too much."""
    overlap = NMS_KINDS[kind](beta)

    def compare(a: str, b: str) -> str:
        first = w.split(a, COLUMNS, [1] * MEASURES)
        other = w.split(w.op("Transpose", b, perm=(1, 0)), 0, [1] * MEASURES)
        over = _iou(w, first, other)
        if overlap.beta is not None:
            over = w.op("Sub", over, _distance(w, first, other, overlap.beta))
        return w.op("Greater", over, w.floats(thresh))

    return compare


def _iou(w: Writer, a: Sequence[str], b: Sequence[str]) -> str:
    """0 where the shared area or the joint one is 0.   C: box.c box_iou"""
    width, height = (_between(w, a, b, edge, "Min", "Max") for edge in (0, 1))
    apart = w.op("Or", w.op("Less", width, w.floats(0)), w.op("Less", height, w.floats(0)))
    shared = w.op("Where", apart, w.floats(0), w.op("Mul", width, height))
    union = w.op("Sub", w.op("Add", a[6], b[6]), shared)
    empty = w.op("Or", w.op("Equal", shared, w.floats(0)), w.op("Equal", union, w.floats(0)))
    return w.op("Where", empty, w.floats(0), w.op("Div", shared, union))


def _distance(w: Writer, a: Sequence[str], b: Sequence[str], beta: float) -> str:
    """(Centre distance² / diagonal² of the hull) ** beta, 0 when the hull is a point.   C: box.c box_diounms"""
    diagonal = _squares(w, *(_between(w, a, b, edge, "Max", "Min") for edge in (0, 1)))
    between = _squares(w, *(w.op("Sub", a[axis], b[axis]) for axis in (0, 1)))
    far = w.op("Pow", w.op("Div", between, diagonal), w.floats(beta))
    return w.op("Where", w.op("Equal", diagonal, w.floats(0)), w.floats(0), far)


def _between(w: Writer, a: Sequence[str], b: Sequence[str], axis: int, end: str, start: str) -> str:
    """From one of the low edges to one of the high ones."""
    low, high = 2 + axis, 4 + axis
    return w.op("Sub", w.op(end, a[high], b[high]), w.op(start, a[low], b[low]))


def _squares(w: Writer, x: str, y: str) -> str:
    return w.op("Add", w.op("Mul", x, x), w.op("Mul", y, y))
