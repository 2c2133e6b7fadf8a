"""What a detection head gives in OpenCV: a row for each box.   OpenCV: region_layer.cpp"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...boxes.decode import decode
from ...boxes.geometry import FloatArray, left_top
from ...cfg import Section
from ...errors import WeightsError
from ...layers.head import DetectionHead
from ...layers.region import OBJECTNESS, Region
from ...shapes import Shape
from .native import NATIVE

__all__ = ["Thresholds", "rows"]


@dataclass(frozen=True)
class Thresholds:
    """What OpenCV alone reads of a head: probabilities that are not above ``thresh`` become 0, and, unless ``nms`` is 0,
    those of a class whose box overlaps a better one by more than that."""

    thresh: float
    nms: float

    @classmethod
    def parse(cls, section: Section) -> Thresholds:
        """``thresh`` and ``nms_threshold`` of a head's section; the latter is fixed in [region]."""
        if section.name == "region":
            return cls(section.number("thresh", REGION.thresh), REGION.nms)
        return cls(section.number("thresh", COMMON.thresh), section.number("nms_threshold", COMMON.nms))


REGION, COMMON = Thresholds(0.001, 0.4), Thresholds(0.2, 0.0)


def rows(head: DetectionHead, output: FloatArray, size: tuple[int, int], thresholds: Thresholds) -> FloatArray:
    """The boxes in a head's ``output`` (c, h, w), cell by cell and anchor by anchor: (boxes, 5 + classes).

    Columns: centre x, centre y, width, height relative to the input of ``size`` (width, height), objectness, and for each
    class the product of objectness and probability.
    Raises WeightsError when the output is not a number.
    """
    boxes = decode(head, output, size, -np.inf)
    if len(boxes) != head.boxes(Shape(*output.shape)):
        raise WeightsError(f"the output of [{head.kind}] has NaN: the weights, or the blob, are damaged")
    objectness = output.reshape(-1, head.entries)[:, OBJECTNESS] if isinstance(head, Region) else boxes.objectness
    scores = np.where(boxes.probs > np.float32(thresholds.thresh), boxes.probs, np.float32(0))
    if thresholds.nms > 0:
        scores = _suppressed(boxes.xywh, scores, thresholds)
    return np.concatenate([boxes.xywh, objectness[:, None], scores], 1)


def _suppressed(xywh: FloatArray, scores: FloatArray, thresholds: Thresholds) -> FloatArray:
    """The scores that stay, class by class."""
    boxes = left_top(xywh.astype(np.float64))
    kept = np.zeros_like(scores)
    for c in np.flatnonzero(scores.any(0)):
        passing = np.flatnonzero(scores[:, c])
        best = passing[NATIVE.NMSBoxes(boxes[passing], scores[passing, c], thresholds.thresh, thresholds.nms)]
        kept[best, c] = scores[best, c]
    return kept
