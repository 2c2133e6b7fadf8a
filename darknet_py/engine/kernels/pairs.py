"""Greedy suppression pair by pair: quicker than any tree where groups are small, since many pairs go into a vector."""

from __future__ import annotations

from ..codegen.jit import Floats, function, moved
from .suppression import BOX, Groups, Rule, iou, is_over

__all__ = ["suppress_pairs"]


@function
def suppress_pairs(boxes: Floats, groups: Groups, rule: Rule, columns: Floats, over: Floats) -> None:
    """``suppression.suppress``.  ``columns``: room for the boxes of the largest group, ``over``: for a number for each."""
    for group in range(groups.count):
        first, size = groups.bounds[group], groups.bounds[group + 1] - groups.bounds[group]
        for i in range(size):
            groups.stays[first + i] = 1
            for c in range(BOX):
                columns[c * size + i] = boxes[groups.order[first + i] * BOX + c]
        for i in range(size):
            if groups.stays[first + i] != 0:
                box = groups.order[first + i] * BOX
                for j in range(i + 1, size):
                    over[j] = iou(moved(boxes, box), moved(columns, j), size)
                for j in range(i + 1, size):
                    if over[j] > rule.thresh and groups.stays[first + j] != 0:
                        other = groups.order[first + j] * BOX
                        groups.stays[first + j] = 0 if is_over(over[j], boxes, box, other, rule) else 1
