"""Boxes drawn into a picture.   C: image.c draw_detections_v3; the letters are OpenCV's"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..boxes.geometry import drawn_corners
from ..boxes.lines import GAP, Line
from ..boxes.table import Boxes
from .printed_lines import Best, best_classes

__all__ = ["class_color", "draw_detections", "draw_lines"]


def class_color(class_id: int, classes: int) -> tuple[int, int, int]:
    """The (blue, green, red) of a class, 0 to 255.   C: image.c get_color"""
    ratio = np.float32(class_id * 123457 % classes) / np.float32(classes) * np.float32(5)
    low, part = int(ratio), ratio - np.float32(int(ratio))
    high = low + 1 if part > 0 else low
    mixed = [(np.float32(1) - part) * a + part * b for a, b in zip(_COLORS[low], _COLORS[high])]
    blue, green, red = (int(np.float32(255) * v) for v in mixed)
    return blue, green, red


LINE_COLOR = 60, 200, 60
_COLORS = tuple(np.array(c, np.float32) for c in ((1, 0, 1), (0, 0, 1), (0, 1, 1), (0, 1, 0), (1, 1, 0), (1, 0, 0)))


def draw_detections(
    picture: NDArray[np.uint8], rows: Boxes, names: Sequence[str], thresh: float, label: Callable[[Best], str] | None = None
) -> NDArray[np.uint8]:
    """A copy of the BGR picture (h, w, 3) with boxes and labels, the most probable on top.

    ``label`` gives the text of a box; ``dog: 0.93, cat`` without it.
    C: image.c draw_detections_v3; the letters are OpenCV's.
    """
    label = label or partial(_name_and_prob, rows, names)
    out = np.ascontiguousarray(picture).copy()
    best, places = best_classes(rows, names, thresh), drawn_corners(rows.xywh, (out.shape[1], out.shape[0])).tolist()
    for b in sorted(best, key=lambda b: float(rows.probs[b.row, b.class_id])):
        color = class_color(b.class_id, rows.probs.shape[1])
        left, top, *_ = places[b.row]
        _box(out, places[b.row], color)
        _label(out, label(b), left, top, color)
    return out


def _name_and_prob(rows: Boxes, names: Sequence[str], b: Best) -> str:
    return ", ".join([f"{names[b.class_id]}: {rows.probs[b.row, b.class_id]:.2f}", *(names[j] for j in b.others)])


def draw_lines(picture: NDArray[np.uint8], lines: Sequence[Line]) -> NDArray[np.uint8]:
    """A copy of the BGR picture (h, w, 3) with a box around each line of text, and what it reads above it."""
    out = np.ascontiguousarray(picture).copy()
    for line in lines:
        left, top, *_ = place = drawn_corners(np.array(line.box, np.float32), (out.shape[1], out.shape[0])).tolist()
        _box(out, place, LINE_COLOR)
        _label(out, line.text.replace(GAP, " "), left, top, LINE_COLOR)
    return out


def _box(out: NDArray[np.uint8], box: Sequence[int], color: tuple[int, int, int]) -> None:
    from .._support.with_cv2 import cv2

    left, top, right, bottom = box
    for i in range(_thickness(out)):
        cv2.rectangle(out, (left + i, top + i), (right - i, bottom - i), color, 1)


def _thickness(out: NDArray[np.uint8]) -> int:
    return max(int(out.shape[0] * 0.002), 1)


def _label(out: NDArray[np.uint8], text: str, left: int, top: int, color: tuple[int, int, int]) -> None:
    """Text on a filled ground above the box, or just inside it where there is no room above."""
    from .._support.with_cv2 import cv2

    font, height, width = cv2.FONT_HERSHEY_SIMPLEX, *out.shape[:2]
    scale = max(height * 0.0011, 0.45)
    thick = max(round(scale * 1.6), 1)
    (wide, _), _ = cv2.getTextSize(text, font, scale, thick)
    scale *= min(1.0, (width - 4) / max(wide, 1))
    (wide, high), base = cv2.getTextSize(text, font, scale, thick)
    x = max(min(left, width - wide - 4), 0)
    y = top - high - base - 2 if top - high - base - 2 >= 0 else min(top + _thickness(out), height - high - base - 2)
    cv2.rectangle(out, (x, y), (x + wide + 3, y + high + base + 1), color, cv2.FILLED)
    bright = 0.114 * color[0] + 0.587 * color[1] + 0.299 * color[2] > 110
    ink = (0, 0, 0) if bright else (255, 255, 255)
    cv2.putText(out, text, (x + 2, y + high + base // 2), font, scale, ink, thick, cv2.LINE_AA)
