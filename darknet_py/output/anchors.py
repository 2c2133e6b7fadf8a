"""Anchors as text, and drawn among the boxes that they are for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..drawing import class_color
from ..evaluate import Anchors

__all__ = ["anchor_text", "plot_anchors"]

SIDE, MARGIN = 700, 50  # of the plot, in pixels
INK, PAPER, GREY = (40, 40, 40), 255, (200, 200, 200)
TICKS = 8


def anchor_text(anchors: Anchors, rounded: bool) -> str:
    """The anchors as a cfg has them, in whole pixels or with four decimals.   C: detector.c calc_anchors"""
    digits = "3.0f" if rounded else "2.4f"
    return ", ".join(f"{w:{digits}},{h:{digits}}" for w, h in anchors.sizes.tolist())


def plot_anchors(boxes: NDArray[np.float64], anchors: Anchors, size: tuple[int, int]) -> NDArray[np.uint8]:
    """A BGR picture: each box (w, h) a dot in the colour of its anchor, anchors as frames from the lower left corner.

    ``size``: width and height that the axes reach to.
    """
    from .._support.with_cv2 import cv2

    out = np.full((SIDE + 2 * MARGIN, SIDE + 2 * MARGIN, 3), PAPER, np.uint8)
    _axes(out, size)
    colors = [class_color(j, len(anchors.sizes)) for j in range(len(anchors.sizes))]
    for (x, y), j in zip(_places(boxes, size).tolist(), anchors.assigned.tolist()):
        cv2.circle(out, (x, y), 3, colors[j], cv2.FILLED, cv2.LINE_AA)
    for j, (x, y) in enumerate(_places(anchors.sizes, size).tolist()):
        cv2.rectangle(out, (MARGIN, SIDE + MARGIN), (x, y), colors[j], 2)
        _text(out, f"{anchors.sizes[j, 0]:.0f} x {anchors.sizes[j, 1]:.0f}", (x + 5, y - 5))
    _text(out, f"{len(boxes)} boxes (width to the right, height upwards), {len(anchors.sizes)} anchors, "
               f"average IoU {anchors.average_iou * 100:.2f} %", (MARGIN, MARGIN - 16), 0.5)  # fmt: skip
    return out


def _text(out: NDArray[np.uint8], text: str, at: tuple[int, int], scale: float = 0.4) -> None:
    """Text from its lower left corner, on paper, inside the picture."""
    from .._support.with_cv2 import cv2

    (wide, high), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    x, y = min(at[0], out.shape[1] - wide - 4), max(at[1], high + 4)
    cv2.rectangle(out, (x - 2, y - high - 2), (x + wide + 2, y + 3), (PAPER,) * 3, cv2.FILLED)
    cv2.putText(out, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, INK, 1, cv2.LINE_AA)


def _places(sizes: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.int64]:
    """The pixels (n, 2) of the plot where sizes lie; what is larger than the axes lies at their end."""
    shares = np.clip(sizes / np.array(size, np.float64), 0, 1)
    return np.stack([MARGIN + shares[:, 0] * SIDE, MARGIN + (1 - shares[:, 1]) * SIDE], 1).round().astype(np.int64)


def _axes(out: NDArray[np.uint8], size: tuple[int, int]) -> None:
    from .._support.with_cv2 import cv2

    for step in range(TICKS + 1):
        at, (wide, high) = round(step * SIDE / TICKS), (step * side / TICKS for side in size)
        cv2.line(out, (MARGIN + at, MARGIN), (MARGIN + at, MARGIN + SIDE), GREY, 1)
        cv2.line(out, (MARGIN, MARGIN + at), (MARGIN + SIDE, MARGIN + at), GREY, 1)
        below, left = (MARGIN + at - 12, MARGIN + SIDE + 20), (8, MARGIN + SIDE - at + 4)
        _text(out, f"{wide:.0f}", below)
        _text(out, f"{high:.0f}", left)
