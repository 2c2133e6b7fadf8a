"""Colours of classes, (blue, green, red) from 0 to 255."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

__all__ = ["Color", "class_color"]

Color: TypeAlias = tuple[int, int, int]

_COLORS = tuple(np.array(c, np.float32) for c in ((1, 0, 1), (0, 0, 1), (0, 1, 1), (0, 1, 0), (1, 1, 0), (1, 0, 0)))


def class_color(class_id: int, classes: int) -> Color:
    """The reference's colour of a class.   C: image.c get_color"""
    ratio = np.float32(class_id * 123457 % classes) / np.float32(classes) * np.float32(5)
    low, part = int(ratio), ratio - np.float32(int(ratio))
    high = low + 1 if part > 0 else low
    mixed = [(np.float32(1) - part) * a + part * b for a, b in zip(_COLORS[low], _COLORS[high])]
    blue, green, red = (int(np.float32(255) * v) for v in mixed)
    return blue, green, red
