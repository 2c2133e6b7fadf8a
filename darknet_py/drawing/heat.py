"""Where a network sees something, and how sure it is: a map a class, laid over the picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..boxes.decode import get_network_boxes
from ..boxes.geometry import corners, pixels
from ..boxes.table import Boxes
from ..image import Fit, Size
from ..layers.head import DetectionHead

__all__ = ["LEAST", "Heat", "heat_of", "heat_of_rows", "heatmap"]

Heat = Mapping[int, NDArray[np.float32]]
Doubles = NDArray[np.float64]

GRID = 160      # places along a picture's longer side
LEAST = 0.01    # probability of what is a place's heat
MOST = 5000     # boxes: the surest
SPREAD = 0.25   # of a box's side: where its heat is at 61 %


def heatmap(heads: Sequence[DetectionHead], outputs: Sequence[NDArray[np.float32]], fit: Fit, least: float = LEAST) -> Heat:
    """{class: float32 (h, w)} of a picture: the probability that something of the class is there, 0 to 1.

    ``heads``, ``outputs``: a network's detection layers and what they put out for a picture that went in as ``fit`` says.
    Every box above ``least`` counts, before suppression: at its centre with its probability, less towards its edges.
    """
    return heat_of_rows(get_network_boxes(heads, outputs, fit, least), fit.picture_size)


def heat_of_rows(rows: Boxes, size: Size) -> Heat:
    """``heatmap`` of boxes relative to a picture of ``size`` (width, height), before suppression."""
    edges = pixels(corners(rows.xywh.astype(np.float64)), size)
    row, class_id = np.nonzero(rows.probs > 0)
    return heat_of(edges[row], class_id.astype(np.int64), rows.probs[row, class_id].astype(np.float64), size)


def heat_of(xyxy: Doubles, class_ids: NDArray[np.int64], probs: Doubles, size: Size) -> Heat:
    """``heatmap`` of boxes (n, 4) in pixels of a picture of ``size`` (width, height), a class and a probability each."""
    scale = min(GRID / max(size), 1.0)
    shape = max(round(size[1] * scale), 1), max(round(size[0] * scale), 1)
    maps: dict[int, NDArray[np.float32]] = {}
    with np.errstate(all="ignore"):
        boxes = xyxy * (np.array(shape[::-1] * 2) / np.array(size * 2))
        known = np.isfinite(boxes).all(1) & (probs > 0) & (boxes[:, 2:] >= 0).all(1) & (boxes[:, :2] <= shape[::-1]).all(1)
    strongest = np.flatnonzero(known)[np.argsort(-probs[known], kind="stable")[:MOST]]
    for i in strongest.tolist():
        heat = maps.setdefault(int(class_ids[i]), np.zeros(shape, np.float32))
        _warm(heat, boxes[i].tolist(), min(float(probs[i]), 1.0))
    return maps


def _warm(heat: NDArray[np.float32], box: Sequence[float], prob: float) -> None:
    """A box's heat, where it is more than there is already."""
    left, top, right, bottom = box
    y0, y1 = max(int(top), 0), min(int(bottom) + 1, heat.shape[0])
    x0, x1 = max(int(left), 0), min(int(right) + 1, heat.shape[1])
    rows, columns = _bell(y0, y1, top, bottom), _bell(x0, x1, left, right)
    here = heat[y0:y1, x0:x1]
    np.maximum(here, prob * rows[:, None] * columns, out=here, casting="same_kind")


def _bell(first: int, end: int, low: float, high: float) -> Doubles:
    """From 1 in the middle between ``low`` and ``high`` down to both sides, at places ``first`` to ``end``."""
    away = (np.arange(first, end) + 0.5 - (low + high) / 2) / max(SPREAD * (high - low), 0.5)
    bell: Doubles = np.exp(-0.5 * away * away)
    return bell
