"""Greedy suppression over a tree of boxes, in which neighbours in place and size lie together; see ``boxtree``.

A node tells the most that any box below it can overlap another, and whether any is left: so a box is compared with the
few that it may remove, though 150,000 lie in the picture.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..codegen.jit import Double, Floats, Int, Ints, Real, function, inline, moved

__all__ = ["DEPTH", "FAN", "Groups", "Rule", "Tree", "count", "grow", "overlapped", "suppress"]

FAN = 8     # boxes of a node, and nodes of a higher one
DEPTH = 64  # parts of parts, at most
X, Y, W, H, LEFT, TOP, RIGHT, BOTTOM, AREA, BOX = range(10)  # columns of a box, and their number
LOW_X, LOW_Y, LEAST, HIGH_X, HIGH_Y, WIDE, TALL, NODE = range(8)  # of a node: the extremes of its boxes


class Tree(NamedTuple):
    """Boxes (total, BOX) in the tree's order, of which those from number ``finite`` on have a place or an area that is not
    finite; its nodes, level by level, where each level starts, how many boxes are left below a node, and which are left.
    """

    boxes: Floats
    total: Int
    finite: Int
    nodes: Floats
    counts: Ints
    starts: Ints
    levels: Int
    left: Ints


class Groups(NamedTuple):
    """``order``: the boxes of ``count`` groups, the best first, where each begins; ``stays``: room for 1 or 0 for each."""

    order: Ints
    bounds: Ints
    count: Int
    stays: Ints


class Rule(NamedTuple):
    """How two boxes are compared: by IoU, less (``by_distance``) ``distance``."""

    thresh: Real
    beta: Double
    by_distance: Int


@inline
def least(a: Real, b: Real) -> Real:
    """The smaller; NaN if one is."""
    return a if a < b or np.isnan(a) else b


@inline
def most(a: Real, b: Real) -> Real:
    """The larger; NaN if one is."""
    return a if a > b or np.isnan(a) else b


@inline
def iou(a: Floats, b: Floats, step: Int) -> Real:
    """Intersection over union of two boxes, the columns of b being ``step`` apart; 0 when either is 0.   C: box.c box_iou"""
    w = least(a[RIGHT], b[step * RIGHT]) - most(a[LEFT], b[step * LEFT])
    h = least(a[BOTTOM], b[step * BOTTOM]) - most(a[TOP], b[step * TOP])
    shared = np.float32(0) if w < 0 or h < 0 else w * h
    union = a[AREA] + b[step * AREA] - shared
    return np.float32(0) if shared == 0 or union == 0 else shared / union


@inline
def distance(boxes: Floats, a: Int, b: Int, beta: Double) -> Real:
    """(Centre distance² / diagonal² of the hull) ** beta, 0 when the hull is a point.   C: box.c box_diounms"""
    w = most(boxes[a + RIGHT], boxes[b + RIGHT]) - least(boxes[a + LEFT], boxes[b + LEFT])
    h = most(boxes[a + BOTTOM], boxes[b + BOTTOM]) - least(boxes[a + TOP], boxes[b + TOP])
    x, y = boxes[a + X] - boxes[b + X], boxes[a + Y] - boxes[b + Y]
    diagonal = w * w + h * h
    return np.float32(0) if diagonal == 0 else np.float32(np.float64((x * x + y * y) / diagonal) ** beta)


@inline
def is_over(over: Real, boxes: Floats, a: Int, b: Int, rule: Rule) -> Any:
    """Whether two boxes overlap too much, whose ``iou`` is ``over``."""
    if over > rule.thresh and rule.by_distance != 0:
        over -= distance(boxes, a, b, rule.beta)
    return over > rule.thresh


@inline
def is_far(boxes: Floats, a: Int, nodes: Floats, k: Int, thresh: Real) -> Any:
    """Whether no box of node k can overlap box a by more than ``thresh`` >= 0.

    The bound goes through the operations of ``iou``, whose roundings keep the order of their operands.
    """
    w = least(boxes[a + RIGHT], nodes[k + HIGH_X]) - most(boxes[a + LEFT], nodes[k + LOW_X])
    h = least(boxes[a + BOTTOM], nodes[k + HIGH_Y]) - most(boxes[a + TOP], nodes[k + LOW_Y])
    if w <= 0 or h <= 0:
        return True
    shared = least(w, nodes[k + WIDE]) * least(h, nodes[k + TALL])
    union = boxes[a + AREA] + nodes[k + LEAST] - shared
    return union > 0 and shared / union <= thresh


@inline
def count(box: Int, change: Int, tree: Tree) -> None:
    """Note that a box is there (1) or gone (-1): in its node, and above while a node is no more empty, or is now."""
    tree.left[box] += change
    node = box
    for level in range(tree.levels):
        node //= FAN
        tree.counts[tree.starts[level] + node] += change
        if tree.counts[tree.starts[level] + node] != (change + 1) // 2:
            return


@inline
def overlapped(box: Int, tree: Tree, rule: Rule, found: Ints, end: Int) -> Int:
    """Walk the tree and put what is left of the boxes that this box overlaps into ``found`` from ``end`` on; its new end."""
    a, level, node, starts = box * BOX, tree.levels - 1, 0, tree.starts
    while True:
        k = starts[level] + node
        if tree.counts[k] > 0 and not (rule.thresh >= 0 and is_far(tree.boxes, a, tree.nodes, k * NODE, rule.thresh)):
            if level > 0:
                level, node = level - 1, node * FAN
                continue
            for b in range(node * FAN, min(node * FAN + FAN, tree.total)):
                if tree.left[b] != 0:
                    over = iou(moved(tree.boxes, a), moved(tree.boxes, b * BOX), 1)
                    if is_over(over, tree.boxes, a, b * BOX, rule):
                        found[end] = b
                        end += 1
        while level < tree.levels - 1 and (node % FAN == FAN - 1 or starts[level] + node + 1 == starts[level + 1]):
            level, node = level + 1, node // FAN
        if level == tree.levels - 1:
            return end
        node += 1


@inline
def widest(boxes: Floats, order: Ints, first: Int, last: Int) -> Int:
    """X, Y, W or H: in which the boxes differ most, for their mean size."""
    best, column = np.float32(-1), 0
    for c in range(4):
        low, high = boxes[order[first] * BOX + c], boxes[order[first] * BOX + c]
        total = np.float32(0)
        for i in range(first, last):
            low, high = min(low, boxes[order[i] * BOX + c]), max(high, boxes[order[i] * BOX + c])
            total += boxes[order[i] * BOX + W + c % 2]
        if (high - low) / total > best:
            best, column = (high - low) / total, c
    return column


@inline
def divide(boxes: Floats, order: Ints, first: Int, last: Int, middle: Int, column: Int) -> None:
    """Bring those with the least values of a column before ``middle``.   C. A. R. Hoare: Algorithm 65, Find."""
    low, high = first, last - 1
    while low < high:
        pivot, i, j = boxes[order[(low + high) // 2] * BOX + column], low, high
        while i <= j:
            while boxes[order[i] * BOX + column] < pivot:
                i += 1
            while boxes[order[j] * BOX + column] > pivot:
                j -= 1
            if i <= j:
                order[i], order[j] = order[j], order[i]
                i, j = i + 1, j - 1
        if middle <= j:
            high = j
        elif middle >= i:
            low = i
        else:
            return


@function
def grow(boxes: Floats, order: Ints, total: Int, parts: Ints) -> None:
    """Put ``order``, of boxes of finite place and area, so that a node's are alike.  ``parts``: room for 2 DEPTH ranges.

    A part is divided where its nodes' borders are, as near to its middle as may be.
    """
    parts[0], parts[1], waiting = 0, total, 1
    while waiting > 0:
        waiting -= 1
        first, last = parts[2 * waiting], parts[2 * waiting + 1]
        if last - first > FAN:
            node = FAN
            while node * FAN < last - first:
                node *= FAN
            middle = first + (last - first + node - 1) // node // 2 * node
            divide(boxes, order, first, last, middle, widest(boxes, order, first, last))
            parts[2 * waiting], parts[2 * waiting + 1] = first, middle
            parts[2 * waiting + 2], parts[2 * waiting + 3] = middle, last
            waiting += 2


@function
def suppress(tree: Tree, groups: Groups, rule: Rule, found: Ints) -> None:
    """Fill in ``stays``.  The tree's ``left`` and ``counts`` are all 0, ``found`` has room for all boxes.

    The overlap of boxes from number ``finite`` on is 0 or NaN, never above a threshold that is not negative.
    """
    for group in range(groups.count):
        for i in range(groups.bounds[group], groups.bounds[group + 1]):
            if groups.order[i] < tree.finite or rule.thresh < 0:
                count(groups.order[i], 1, tree)
        for i in range(groups.bounds[group], groups.bounds[group + 1]):
            box = groups.order[i]
            groups.stays[i] = tree.left[box]
            if tree.left[box] != 0:
                count(box, -1, tree)
                for k in range(overlapped(box, tree, rule, found, 0)):
                    count(found[k], -1, tree)
            elif box >= tree.finite and not rule.thresh < 0:
                groups.stays[i] = 1
