"""Colours of classes, (blue, green, red) from 0 to 255."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .marks import Colors

__all__ = ["Color", "DISTINCT", "class_color", "color_of", "contrast", "ink", "inked"]

Color: TypeAlias = tuple[int, int, int]

# Red, green, blue.  Found by annealing over colours that are neither dark nor pale: any two of four neighbours are far from
# each other, by CIEDE2000, for all eyes, and no two of the table are near; tests/unit/test_drawing_colors.py measures it.
DISTINCT = (
    (230, 30, 0), (150, 0, 205), (180, 180, 255), (255, 180, 0), (60, 180, 150),
    (120, 120, 30), (180, 0, 120), (120, 90, 255), (180, 255, 30), (255, 150, 205),
    (150, 150, 0), (230, 60, 120), (30, 60, 255), (120, 90, 0), (120, 255, 255),
    (180, 150, 0), (255, 230, 60), (180, 150, 230), (0, 150, 120), (150, 255, 205),
)  # fmt: skip
BLACK, WHITE = (0, 0, 0), (255, 255, 255)

_COLORS = tuple(np.array(c, np.float32) for c in ((1, 0, 1), (0, 0, 1), (0, 1, 1), (0, 1, 0), (1, 1, 0), (1, 0, 0)))


def color_of(class_id: int, colors: Colors, classes: int) -> Color:
    """The colour of a class of so many: the same in every picture."""
    if colors == "c":
        return class_color(class_id, max(classes, 1))
    red, green, blue = DISTINCT[class_id % len(DISTINCT)]
    return blue, green, red


def class_color(class_id: int, classes: int) -> Color:
    """The reference's colour of a class.   C: image.c get_color"""
    ratio = np.float32(class_id * 123457 % classes) / np.float32(classes) * np.float32(5)
    low, part = int(ratio), ratio - np.float32(int(ratio))
    high = low + 1 if part > 0 else low
    mixed = [(np.float32(1) - part) * a + part * b for a, b in zip(_COLORS[low], _COLORS[high])]
    blue, green, red = (int(np.float32(255) * v) for v in mixed)
    return blue, green, red


def ink(ground: Color) -> Color:
    """Black or white, whichever reads better on a ground: by 4.5 to 1 at least."""
    return max(BLACK, WHITE, key=lambda color: contrast(color, ground))


def contrast(a: Color, b: Color) -> float:
    """From 1, none, to 21, black on white.   WCAG 2: contrast ratio"""
    low, high = sorted((_luminance(a), _luminance(b)))
    return (high + 0.05) / (low + 0.05)


def _luminance(color: Color) -> float:
    """Relative luminance of an sRGB colour, 0 to 1."""
    shares = [v / 255 for v in color]
    blue, green, red = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@lru_cache(256)
def inked(ground: Color) -> NDArray[np.uint8]:
    """The colours (1, 256, 3) of a ground that ink covers by 0 to 255 of 255."""
    share = np.arange(256)[:, None] / 255
    return (np.array(ground) * (1 - share) + np.array(ink(ground)) * share).round().astype(np.uint8)[None]
