"""Boxes of which the better ones remove the worse that they overlap: as a tree, so that few of them are compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..engine.codegen.calls import call
from ..engine.kernels import suppression as columns
from ..engine.kernels.neighbours import neighbours, suppress_listed
from ..engine.kernels.suppression import DEPTH, FAN, grow, suppress
from .geometry import corners

__all__ = ["BoxTree", "Overlap", "Rows", "rule_of", "with_corners"]

Rows = npt.NDArray[np.intp]

OFTEN = 2  # times that all boxes are asked for: from then on it is worth to know what each overlaps
ROOM = 1 << 23  # boxes in all such lists


@dataclass(frozen=True)
class Overlap:
    """How two boxes are compared: by IoU, or with ``beta`` by IoU less a power of their distance."""

    beta: float | None = None


class BoxTree:
    """Boxes (n, 4), float32 centre x, y, width, height, of which one removes another that it overlaps by more than
    ``thresh``.
    """

    def __init__(self, xywh: npt.NDArray[np.float32], overlap: Overlap, thresh: float) -> None:
        self.rule, boxes = rule_of(overlap, thresh), with_corners(xywh)
        with np.errstate(all="ignore"):
            finite = np.isfinite(boxes[:, [columns.X, columns.Y, columns.AREA]]).all(1)
            order = np.concatenate([_alike(boxes, np.flatnonzero(finite)), np.flatnonzero(~finite)])
            self.boxes = boxes[order]
            levels = list(_levels(self.boxes))
        self.place = np.empty(len(order), np.int64)
        self.place[order] = np.arange(len(order))
        self.finite = int(np.count_nonzero(finite))
        self.nodes = np.concatenate(levels)
        self.starts = np.cumsum([0, *map(len, levels)], dtype=np.int64)
        self.counts = np.zeros(len(self.nodes), np.int64)
        self.left = np.zeros(len(order), np.int64)
        self.asked = 0
        self.lists: tuple[Rows, Rows] | None = None

    def stay(self, rows: Rows, bounds: Rows) -> npt.NDArray[np.bool_]:
        """Which of these rows stay when each, from the first on, removes all later ones that it overlaps too much.

        ``bounds``: where groups, which know nothing of each other, begin, and where the last one ends.
        """
        stays = np.empty(len(rows), np.int64)
        groups = columns.Groups(self.place[rows], bounds, len(bounds) - 1, stays)
        before, self.asked = self.asked, self.asked + len(rows)
        if before <= OFTEN * len(self.boxes) < self.asked:
            self.lists = self._lists()
        if self.lists:
            found, firsts = self.lists
            call(suppress_listed, left=self.left, groups=groups, found=found, firsts=firsts)
        else:
            call(suppress, tree=self._tree, groups=groups, rule=self.rule, found=np.empty(len(self.boxes), np.int64))
        return stays != 0

    @property
    def _tree(self) -> columns.Tree:
        """What the kernels know of it."""
        return columns.Tree(self.boxes, len(self.boxes), self.finite, self.nodes, self.counts, self.starts,
                            len(self.starts) - 1, self.left)  # fmt: skip

    def _lists(self) -> tuple[Rows, Rows] | None:
        """The boxes that each one overlaps too much, one list behind the other, and where each begins; None of too many."""
        found, firsts = np.empty(ROOM + len(self.boxes), np.int64), np.empty(len(self.boxes) + 1, np.int64)
        call(neighbours, tree=self._tree, rule=self.rule, found=found, room=ROOM, firsts=firsts)
        return (found, firsts) if firsts[-1] >= 0 else None


def rule_of(overlap: Overlap, thresh: float) -> columns.Rule:
    """As kernels take it."""
    return columns.Rule(float(thresh), float(overlap.beta or 0), int(overlap.beta is not None))


def with_corners(xywh: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Boxes (n, 4) → (n, BOX) with corners and areas, in the arithmetic of the reference."""
    out = np.empty((len(xywh), columns.BOX), np.float32)
    with np.errstate(all="ignore"):
        out[:, : columns.LEFT], out[:, columns.AREA] = xywh, xywh[:, 2] * xywh[:, 3]
        out[:, columns.LEFT : columns.AREA] = corners(xywh)
    return out


def _alike(boxes: npt.NDArray[np.float32], rows: Rows) -> Rows:
    """The rows in an order in which those that are alike lie together."""
    order = rows.astype(np.int64)
    call(grow, boxes=boxes, order=order, total=len(order), parts=np.empty(2 * DEPTH, np.int64))
    return order


def _levels(boxes: npt.NDArray[np.float32]) -> Iterator[npt.NDArray[np.float32]]:
    """The tree's nodes (k, NODE), level by level, up to its root."""
    low, high = boxes[:, columns.LEFT : columns.TOP + 1], boxes[:, columns.RIGHT : columns.BOTTOM + 1]
    nodes = np.concatenate([low, boxes[:, columns.AREA :], high, high - low], 1)
    minima, maxima = slice(columns.LEAST + 1), slice(columns.LEAST + 1, columns.NODE)
    while True:
        firsts = np.arange(0, len(nodes), FAN)
        least, most = np.fmin.reduceat(nodes[:, minima], firsts), np.fmax.reduceat(nodes[:, maxima], firsts)
        nodes = np.concatenate([least, most], 1)
        yield nodes
        if len(nodes) == 1:
            return
