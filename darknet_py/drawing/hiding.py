"""What is inside of boxes made unknowable, for pictures that are published.

Of a box no more is left than the means of ``CELLS`` squares along its longer side, however large it is, of fewer where they
would be smaller than ``SIDE``, in ``STEPS`` steps a colour; what is blurred is made of the same means.  Boxes that overlap
are hidden one after the other: the second only sees what the first has left.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

__all__ = ["hide"]

Picture = NDArray[np.uint8]
CELLS, STEPS = 3, 16
SIDE = 16  # pixels of a square, at least


def hide(out: Picture, boxes: Iterable[tuple[int, int, int, int]], blurred: bool) -> None:
    """Pixelate or blur what is inside of boxes (left, top, right, bottom pixel) of a picture (h, w, 3)."""
    from .._support.with_cv2 import cv2

    for left, top, right, bottom in boxes:
        inside = out[top : bottom + 1, left : right + 1]
        height, width = inside.shape[:2]
        cell = max(max(height, width) / CELLS, SIDE)
        grid = max(round(width / cell), 1), max(round(height / cell), 1)
        means = cv2.resize(inside, grid, interpolation=cv2.INTER_AREA)
        rough = means // (256 // STEPS) * (256 // STEPS) + 256 // STEPS // 2
        kind = cv2.INTER_CUBIC if blurred else cv2.INTER_NEAREST
        inside[:] = cv2.resize(rough.reshape(*grid[::-1], 3), (width, height), interpolation=kind)
