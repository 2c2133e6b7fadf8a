"""The strokes that every OpenCV has, of ASCII."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from .writer import Writer

__all__ = ["writer"]

HEIGHT = 30.0  # of letters at scale 1, in pixels


class _Strokes:
    def lacks(self, text: str) -> frozenset[str]:
        return frozenset(c for c in text if not (c.isascii() and c.isprintable()))

    def ink(self, text: str, size: int) -> tuple[NDArray[np.uint8], int]:
        from ..._support.with_cv2 import cv2

        font, scale, thick = cv2.FONT_HERSHEY_SIMPLEX, size / HEIGHT, max(round(size / 11), 1)
        (width, _), _ = cv2.getTextSize(text, font, scale, thick)
        canvas = np.zeros((2 * size, width + 2 * size), np.uint8)
        baseline = round(1.4 * size)
        cv2.putText(canvas, text, (size, baseline), font, scale, (255,), thick, cv2.LINE_AA)
        return canvas, baseline


@cache
def writer() -> Writer:
    return _Strokes()
