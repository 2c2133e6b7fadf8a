"""Which boxes stay of those that better ones overlap: by pairs where groups are small, by a tree where they are not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .._support.lazy import cached_property
from ..engine.codegen.calls import call
from ..engine.kernels.pairs import suppress_pairs
from ..engine.kernels.suppression import BOX, Groups
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

    def stay(self, rows: Rows, bounds: Rows) -> npt.NDArray[np.bool_]:
        """Which of these rows stay when each, from the first on, removes all later ones that it overlaps too much.

        ``bounds``: where groups, which know nothing of each other, begin, and where the last one ends.
        """
        sizes = np.diff(bounds)
        if np.dot(sizes, sizes) > FEW * len(self.xywh):
            return self.tree.stay(rows, bounds)
        stays, largest = np.empty(len(rows), np.int64), int(sizes.max())
        call(suppress_pairs, boxes=self.corners, groups=Groups(rows, bounds, len(sizes), stays),
             rule=rule_of(self.overlap, self.thresh), columns=np.empty((BOX, largest), np.float32),
             over=np.empty(largest, np.float32))  # fmt: skip
        return stays != 0

    @cached_property
    def corners(self) -> FloatArray:
        """The boxes with their corners and areas."""
        return with_corners(self.xywh)

    @cached_property
    def tree(self) -> BoxTree:
        """Of all boxes, grown when it is asked for."""
        return BoxTree(self.xywh, self.overlap, self.thresh)
