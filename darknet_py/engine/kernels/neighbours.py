"""Greedy suppression by lists of what each box overlaps, made once for all classes: quicker than the tree, which is walked
again for each of them, where most boxes have some probability of many classes; see ``boxes.tree``.
"""

from __future__ import annotations

from ..codegen.jit import Int, Ints, function
from .suppression import Groups, Rule, Tree, count, overlapped

__all__ = ["neighbours", "suppress_listed"]


@function
def neighbours(tree: Tree, rule: Rule, found: Ints, room: Int, firsts: Ints) -> None:
    """``found[firsts[i] : firsts[i + 1]]``: what box i overlaps, itself too; where that are more than ``room``,
    ``firsts[total]`` is -1.  The tree's ``left`` and ``counts`` are all 0; ``found`` has room for ``total`` more.
    """
    end = 0
    for box in range(tree.total):
        if box < tree.finite or rule.thresh < 0:
            count(box, 1, tree)
    for box in range(tree.total):
        firsts[box] = end
        if (box < tree.finite or rule.thresh < 0) and end <= room:
            end = overlapped(box, tree, rule, found, end)
    firsts[tree.total] = end if end <= room else -1
    for box in range(tree.total):
        if box < tree.finite or rule.thresh < 0:
            count(box, -1, tree)


@function
def suppress_listed(left: Ints, groups: Groups, found: Ints, firsts: Ints) -> None:
    """``suppress``, by the lists of ``neighbours``."""
    for group in range(groups.count):
        for i in range(groups.bounds[group], groups.bounds[group + 1]):
            left[groups.order[i]] = 1
        for i in range(groups.bounds[group], groups.bounds[group + 1]):
            box = groups.order[i]
            groups.stays[i] = left[box]
            if left[box] != 0:
                left[box] = 0
                for k in range(firsts[box], firsts[box + 1]):
                    left[found[k]] = 0
