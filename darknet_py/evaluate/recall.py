"""How many labels any box covers, whatever its class.   C: detector.c validate_detector_recall"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..boxes.geometry import box_iou
from ..boxes.table import Boxes
from ..files.labels import Labels

__all__ = ["Recall"]

IOU = np.float32(0.5)


@dataclass(frozen=True)
class Recall:
    """Counts over ``pictures``: boxes, labels, labels that a box covers by more than one half, sum of best IoUs."""

    pictures: int = 0
    proposals: int = 0
    labels: int = 0
    covered: int = 0
    iou: float = 0.0

    def with_picture(self, boxes: Boxes, labels: Labels, thresh: float) -> Recall:
        """One more picture: its boxes with an objectness above ``thresh`` count."""
        proposed = boxes.xywh[boxes.objectness > np.float32(thresh)]
        iou = np.asarray(box_iou(proposed[:, None], labels.xywh))  # (boxes, labels)
        best = iou.max(axis=0, initial=np.float32(0))
        total = float(np.cumsum([self.iou, *best], dtype=np.float32)[-1])
        return Recall(
            self.pictures + 1, self.proposals + len(proposed), self.labels + len(labels),
            self.covered + int(np.count_nonzero(best > IOU)), total,
        )  # fmt: skip

    @property
    def proposals_per_picture(self) -> float:
        return self.proposals / max(self.pictures, 1)

    @property
    def mean_iou(self) -> float:
        """NaN without labels."""
        return self.iou / self.labels if self.labels else float("nan")

    @property
    def recall(self) -> float:
        """NaN without labels."""
        return self.covered / self.labels if self.labels else float("nan")
