"""Boxes with labels."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..boxes.geometry import whole_pixels
from .colors import Color, class_color
from .marks import Mark, Style

__all__ = ["draw", "text_of"]

Picture = NDArray[np.uint8]


def draw(picture: Picture, marks: Sequence[Mark], style: Style | None = None, classes: int | None = None) -> Picture:
    """A copy of the BGR picture (h, w, 3) with the marks, the most probable on top.

    ``classes``: how many the network has, which the reference's colours depend on.
    """
    style = style or Style()
    out = np.ascontiguousarray(picture).copy()
    classes = classes or max((mark.class_id for mark in marks), default=0) + 1
    xyxy = np.array([mark.xyxy for mark in marks], np.float64).reshape(-1, 4)
    places = whole_pixels(xyxy, (out.shape[1], out.shape[0])).tolist()
    for mark, place in sorted(zip(marks, places, strict=True), key=lambda pair: pair[0].prob):
        color = class_color(mark.class_id, classes)
        _box(out, place, color)
        if text := text_of(mark, style):
            _label(out, text, place[0], place[1], color)
    return out


def text_of(mark: Mark, style: Style) -> str:
    """What is written at a mark: ``dog 93%``; nothing where no labels are asked for."""
    if style.labels == "off":
        return ""
    percent = f" {mark.prob * 100:.0f}%" if style.labels == "prob" and math.isfinite(mark.prob) else ""
    return f"{mark.label}{percent}{mark.also}"


def _box(out: Picture, box: Sequence[int], color: Color) -> None:
    from .._support.with_cv2 import cv2

    left, top, right, bottom = box
    for i in range(_thickness(out)):
        cv2.rectangle(out, (left + i, top + i), (right - i, bottom - i), color, 1)


def _thickness(out: Picture) -> int:
    return max(int(out.shape[0] * 0.002), 1)


def _label(out: Picture, text: str, left: int, top: int, color: Color) -> None:
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
