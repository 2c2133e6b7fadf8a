"""Boxes as the lines ``dog: 93%`` that the reference prints.   C: image.c draw_detections_v3"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..boxes.detection import HIDDEN
from ..boxes.geometry import corners, left_top, pixels
from ..boxes.table import Boxes
from ..errors import printable
from ..image import Size

__all__ = ["Best", "best_classes", "best_lines", "detection_lines"]

_ROUND = np.float32(0.49999997)  # with truncation: halves away from zero, as C's round


class Best(NamedTuple):
    """A box that passes: its row, its most probable class that may be shown, and the other classes that pass."""

    row: int
    class_id: int
    others: tuple[int, ...]


def detection_lines(
    rows: Boxes, names: Sequence[str], thresh: float, width: int, height: int, ext_output: bool = False
) -> list[str]:
    """The lines ``dog: 93%``, boxes from left to right, in each the best class first.   C: image.c draw_detections_v3

    ``width`` and ``height`` are the picture's, in pixels; ``ext_output`` appends the box in pixels.
    """
    best = best_classes(rows, names, thresh)
    with np.errstate(all="ignore"):
        left, percents = corners(rows.xywh)[:, 0], rows.probs * np.float32(100)
    best.sort(key=lambda b: float(left[b.row]))
    lines, places = [], _whole_pixels(rows.xywh, (width, height))
    for b in best:
        tail = _place(*places[b.row].tolist()) if ext_output else ""
        lines += [f"{printable(names[j])}: {float(percents[b.row, j]):.0f}%{tail}" for j in (b.class_id, *b.others)]
    return lines


def best_lines(
    rows: Boxes, names: Sequence[str], thresh: float, width: int, height: int, ext_output: bool = False
) -> list[str]:
    """The lines of YOLOv1: each box's best class, in the order of the rows; as ``detection_lines`` else.

    C: image.c draw_detections
    """
    best = rows.probs.argmax(1) if rows.classes else np.zeros(0, int)
    with np.errstate(all="ignore"):
        percents = rows.probs * np.float32(100)
    lines, places = [], _whole_pixels(rows.xywh, (width, height))
    for row, class_id in enumerate(best.tolist()):
        if rows.probs[row, class_id] > np.float32(thresh):
            tail = _place(*places[row].tolist()) if ext_output else ""
            lines.append(f"{printable(names[class_id])}: {float(percents[row, class_id]):.0f}%{tail}")
    return lines


def best_classes(rows: Boxes, names: Sequence[str], thresh: float) -> list[Best]:
    """The boxes that have a class above ``thresh`` whose name does not start with dont_show.

    C: image.c get_actual_detections
    """
    hidden = np.array([name.startswith(HIDDEN) for name in names], bool)
    passes = rows.probs > np.float32(thresh)
    shown = np.where(passes & ~hidden[: passes.shape[1]], rows.probs, np.float32(0))
    best = []
    for row in np.flatnonzero(shown.any(axis=1)).tolist():
        class_id = int(shown[row].argmax())
        best.append(Best(row, class_id, tuple(j for j in np.flatnonzero(passes[row]).tolist() if j != class_id)))
    return best


def _whole_pixels(xywh: NDArray[np.float32], size: Size) -> NDArray[np.float32]:
    values = pixels(left_top(xywh), size)
    with np.errstate(all="ignore"):
        return np.trunc(values + np.copysign(_ROUND, values))


def _place(left: float, top: float, wide: float, high: float) -> str:
    return f"\t(left_x: {left:4.0f}   top_y: {top:4.0f}   width: {wide:4.0f}   height: {high:4.0f})"
