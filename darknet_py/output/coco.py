"""COCO's numbers for pictures and classes, and one of its results as text.   C: detector.c print_cocos"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

from ..boxes.geometry import print_cocos_corners
from ..image import Size

__all__ = ["CATEGORIES", "category_ids", "image_id", "decimals", "record"]

_ABSENT = {12, 26, 29, 30, 45, 66, 68, 69, 71, 83}  # numbers that COCO has left free
CATEGORIES = tuple(j for j in range(1, 91) if j not in _ABSENT)
_NUMBERED = re.compile(r"(?:COCO_\w+_)?([0-9]+)", re.ASCII)


def category_ids(classes: int) -> Sequence[int]:
    """The number that COCO gives each of its 80 classes; classes of other networks keep theirs, from 0."""
    return CATEGORIES if classes == len(CATEGORIES) else range(classes)


def image_id(path: str) -> int | str:
    """The number that a picture of COCO has as its name; the name without suffix of another picture."""
    stem = PurePath(path).stem
    numbered = _NUMBERED.fullmatch(stem)
    return int(numbered[1]) if numbered else stem


def record(image: str, category: int, box: NDArray[np.float32], prob: float, size: Size) -> str:
    """One result; ``image`` is its number as JSON, ``box`` (4,) in pixels."""
    left, top, right, bottom = print_cocos_corners(box, size)
    wide, high = np.float32(right) - np.float32(left), np.float32(bottom) - np.float32(top)
    sides = ", ".join(decimals(v) for v in (left, top, wide, high))
    return f'{{"image_id":{image}, "category_id":{category}, "bbox":[{sides}], "score":{decimals(prob)}}}'


def decimals(value: float) -> str:
    """A number as the reference prints it; null for what JSON has no number for."""
    return f"{value:.6f}" if math.isfinite(value) else "null"
