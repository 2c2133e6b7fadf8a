"""The letters that come along with OpenCV 5: Latin, Cyrillic, Greek, Chinese, Japanese, Korean, Hebrew."""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray

from .arabic import in_order
from .writer import Writer

__all__ = ["writer"]

WEIGHT = 500  # of 100 to 1000
UNKNOWN = "?"  # which it writes in place of what it does not have


class _Letters:
    def __init__(self) -> None:
        from ..._support.with_cv2 import cv2

        self.face = cv2.FontFace("sans")
        self.has = cache(self._has)

    def lacks(self, text: str) -> frozenset[str]:
        return frozenset(c for c in text if not (c.isascii() or self.has(c)))

    def ink(self, text: str, size: int) -> tuple[NDArray[np.uint8], int]:
        from ..._support.with_cv2 import cv2

        text = in_order(text, lambda joined: False)
        _, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), self.face, size, WEIGHT)
        canvas = np.zeros((2 * size, width + 2 * size), np.uint8)
        baseline = round(1.4 * size)
        cv2.putText(canvas, text, (size, baseline), (255,), self.face, size, WEIGHT)
        return canvas, baseline

    def _has(self, character: str) -> bool:
        """Not of scripts whose letters join, which it does not."""
        joins = unicodedata.bidirectional(character) == "AL" or unicodedata.combining(character)
        return not joins and not np.array_equal(self.ink(character, 24)[0], self.ink(UNKNOWN, 24)[0])


@cache
def writer() -> Writer | None:
    """None with an older OpenCV."""
    from ..._support.with_cv2 import cv2

    return _Letters() if hasattr(cv2, "FontFace") else None
