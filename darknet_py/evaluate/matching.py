"""The boxes that a network found in a picture against the objects that are there.   C: detector.c validate_detector_map"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..boxes.geometry import box_iou
from ..boxes.table import Boxes
from ..files.labels import Labels
from ..files.samples import Sample

__all__ = ["Found", "Match", "best_overlaps", "match"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Found:
    """What a network found in a picture: an entry for each class of each row, in the reference's order.

    ``classes`` int64 (n,), ``probs`` float32 (n,), ``xywh`` float32 (n, 4) relative to the picture.
    """

    classes: Ints
    probs: Floats
    xywh: Floats

    def __len__(self) -> int:
        return len(self.classes)

    @classmethod
    def of(cls, boxes: Boxes) -> Found:
        """The entries of rows after suppression: every probability above 0."""
        rows, classes = np.nonzero(boxes.probs > 0)
        return cls(classes.astype(np.int64), boxes.probs[rows, classes], boxes.xywh[rows])


@dataclass(frozen=True)
class Match:
    """For each entry of a Found: ``truth``, the label that it hits, -1 for none, and its ``iou`` with that, or 0.

    ``counts``: not so where it hits none but a difficult object.
    """

    truth: Ints
    iou: Floats
    counts: NDArray[np.bool_]


def match(found: Found, sample: Sample, iou_thresh: float) -> Match:
    """Each entry hits the label of its class that it overlaps most, if by more than ``iou_thresh``.

    Several may hit the same label.
    """
    truth, iou = best_overlaps(found, sample.labels, iou_thresh)
    difficult, _ = best_overlaps(found, sample.difficult, iou_thresh)
    return Match(truth, iou, (truth >= 0) | (difficult < 0))


def best_overlaps(found: Found, labels: Labels, iou_thresh: float) -> tuple[Ints, Floats]:
    """The label that each entry overlaps most, the first of equal ones, and by how much: (n,), (n,)."""
    truth, best = np.full(len(found), -1, np.int64), np.zeros(len(found), np.float32)
    if not len(labels):
        return truth, best
    i, j = np.nonzero(found.classes[:, None] == labels.classes)
    iou = box_iou(found.xywh[i], labels.xywh[j])
    over = iou > np.float32(iou_thresh)
    i, j, iou = i[over], j[over], iou[over]
    order = np.lexsort((-j, iou, i))  # of each entry its best label last
    truth[i[order]], best[i[order]] = j[order], iou[order]
    return truth, best
