"""Greedy suppression pair by pair: quicker than any tree where groups are small, since many pairs go into a vector."""

from __future__ import annotations

from ..codegen.jit import Floats, Int, Ints, function, inline, moved
from .ranking import Ranks, Table, sort_classes
from .suppression import BOX, Rule, iou, is_over

__all__ = ["rank_and_suppress"]


@inline
def suppress_pairs(table: Table, k: Int, rows: Ints, first: Int, size: Int, boxes: Floats, rule: Rule, room: Floats) -> None:
    """Class k of the rows from number ``first`` on, the best first: each that is left removes later ones.  ``room``: for
    ``size`` boxes and as many numbers.
    """
    over = moved(room, BOX * size)
    for i in range(size):
        for c in range(BOX):
            room[c * size + i] = boxes[rows[first + i] * BOX + c]
    for i in range(size):
        if table.values[rows[first + i] * table.step + k] != 0:
            box = rows[first + i] * BOX
            for j in range(i + 1, size):
                over[j] = iou(moved(boxes, box), moved(room, j), size)
            for j in range(i + 1, size):
                if over[j] > rule.thresh:
                    other = rows[first + j]
                    value = table.values[other * table.step + k]
                    if value != 0 and is_over(over[j], boxes, box, other * BOX, rule):
                        table.values[other * table.step + k] = 0


@function
def rank_and_suppress(
    table: Table, rows: Ints, bounds: Ints, ranks: Ranks, boxes: Floats, rule: Rule, room: Floats, few: Int
) -> None:
    """``sort_classes``; then, if all classes together have no more than ``few`` pairs, the values that lose become 0, and
    the last of ``bounds`` 1; else that is 0.  ``room``: for all boxes and a number for each.
    """
    sort_classes(table, rows, bounds, ranks)
    pairs = 0
    for k in range(table.classes):
        pairs += (bounds[k + 1] - bounds[k]) * (bounds[k + 1] - bounds[k])
    bounds[table.classes + 1] = 1 if pairs <= few else 0
    for k in range(table.classes if pairs <= few else 0):
        first, size = bounds[k], bounds[k + 1] - bounds[k]
        suppress_pairs(table, table.first + k, rows, first, size, boxes, rule, room)
