"""Boxes of which better ones remove worse: compared pair by pair where groups are small, by a tree where they are not."""

from __future__ import annotations

import numpy as np

from .._support.lazy import cached_property
from ..engine.codegen.calls import call
from ..engine.kernels.pairs import rank_and_suppress
from ..engine.kernels.ranking import COUNTS, Ranks, Table
from ..engine.kernels.suppression import BOX
from .geometry import FloatArray
from .tree import BoxTree, Overlap, Rows, rule_of, with_corners

__all__ = ["Overlaps"]

FEW = 4096  # pairs of boxes for each box, as all groups have: with more a tree is quicker


class Overlaps:
    """Boxes (n, 4), float32 centre x, y, width, height, of which one removes another that it overlaps by more than
    ``thresh``.
    """

    def __init__(self, xywh: FloatArray, overlap: Overlap, thresh: float) -> None:
        self.xywh, self.overlap, self.thresh = xywh, overlap, thresh
        self.corners, self.rule = with_corners(xywh), rule_of(overlap, thresh)

    def suppress(self, values: FloatArray, first: int, classes: int, order: Rows, live: int) -> None:
        """Of ``values`` (n, all classes), those of ``classes`` classes from number ``first`` on that lose become 0.

        The ``live`` first rows in ``order`` take part, which is brought to what the sorts by these classes leave.
        """
        rows, bounds, done = self.ranked(values, first, classes, order, live, FEW * len(self.xywh))
        if not done:
            lost = np.flatnonzero(~self.tree.stay(rows, bounds))
            values[rows[lost], first + np.searchsorted(bounds, lost, "right") - 1] = 0

    def ranked(
        self, values: FloatArray, first: int, classes: int, order: Rows, live: int, few: int
    ) -> tuple[Rows, Rows, bool]:
        """The rows of each class, its best first, where each begins, and whether they were compared pair by pair."""
        pairs = live * classes
        rows, bounds = np.empty(pairs, np.int64), np.empty(classes + 2, np.int64)
        ranks = Ranks(*(np.empty(size, np.int64) for size in (len(order), live + 2 * pairs, pairs, live, COUNTS)))
        table = Table(values, len(order), values.shape[1], first, classes, order, live)
        call(rank_and_suppress, table=table, rows=rows, bounds=bounds, ranks=ranks, boxes=self.corners, rule=self.rule,
             room=np.empty((BOX + 1, live), np.float32), few=few)  # fmt: skip
        return rows[: bounds[classes]], bounds[: classes + 1], bool(bounds[classes + 1])

    @cached_property
    def tree(self) -> BoxTree:
        """Of all boxes, grown when it is asked for."""
        return BoxTree(self.xywh, self.overlap, self.thresh)
