"""Greedy suppression by lists of what each box overlaps, made once for all classes: quicker than the tree, which is walked
again for each of them, where most boxes have some probability of many classes; see ``boxes.tree``.
"""

from __future__ import annotations

from ..codegen.jit import Double, Floats, Int, Ints, Real, function
from .suppression import count, overlapped

__all__ = ["neighbours", "suppress_listed"]


@function
def neighbours(boxes: Floats, total: Int, whole: Int, nodes: Floats, counts: Ints, starts: Ints, levels: Int, left: Ints,
               thresh: Real, beta: Double, by_distance: Int, found: Ints, room: Int, firsts: Ints) -> None:  # fmt: skip
    """``found[firsts[i] : firsts[i + 1]]``: what box i overlaps, itself too; where that are more than ``room``,
    ``firsts[total]`` is -1.  ``left`` and ``counts`` are all 0; ``found`` has room for ``total`` more.
    """
    end = 0
    for box in range(total):
        if box < whole or thresh < 0:
            count(box, 1, left, counts, starts, levels)
    for box in range(total):
        firsts[box] = end
        if (box < whole or thresh < 0) and end <= room:
            end = overlapped(box, boxes, total, nodes, counts, starts, levels, left, thresh, beta, by_distance, found, end)
    firsts[total] = end if end <= room else -1
    for box in range(total):
        if box < whole or thresh < 0:
            count(box, -1, left, counts, starts, levels)


@function
def suppress_listed(left: Ints, order: Ints, bounds: Ints, groups: Int, stays: Ints, found: Ints, firsts: Ints) -> None:
    """``suppress``, by the lists of ``neighbours``."""
    for group in range(groups):
        for i in range(bounds[group], bounds[group + 1]):
            left[order[i]] = 1
        for i in range(bounds[group], bounds[group + 1]):
            box = order[i]
            stays[i] = left[box]
            if left[box] != 0:
                left[box] = 0
                for k in range(firsts[box], firsts[box + 1]):
                    left[found[k]] = 0
