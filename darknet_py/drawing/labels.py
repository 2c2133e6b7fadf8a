"""Labels of boxes: what they say, how large they are, where they go."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..image import Size
from .colors import Color, inked
from .letters import Mask, written
from .marks import Mark, Style
from .placing import Place, places
from .sizes import LEAST_LETTERS, letters_size

__all__ = ["Label", "crowded_size", "draw_labels", "surest_first", "text_of"]

Picture = NDArray[np.uint8]
CROWDED = 0.2   # of a picture that labels may cover before their letters get smaller
LEAST = 0.5     # of their size that letters get at least
ELLIPSIS = "…"

Rectangle: TypeAlias = tuple[int, int, int, int]


@dataclass(frozen=True)
class Label:
    """A text, what is written where there are no letters for it, its ground, box (left, top, right, bottom pixel), and how
    sure it is."""

    text: str
    otherwise: str
    color: Color
    box: tuple[int, int, int, int]
    prob: float


def text_of(mark: Mark, style: Style, name: str) -> str:
    """What is written at a mark by that name: ``dog 93%``; nothing where no labels are asked for."""
    if style.labels == "off":
        return ""
    percent = f" {mark.prob * 100:.0f}%" if style.labels == "prob" and math.isfinite(mark.prob) else ""
    return f"{name}{percent}{mark.also}".strip()


def crowded_size(labels: Sequence[Label], style: Style, size: Size) -> int:
    """Height of letters, in pixels: as large as a picture of ``size`` and the crowd in it let them be."""
    letters = letters_size(style, size)
    share = sum(_fitting(label, letters, size).size for label in labels) / (CROWDED * size[0] * size[1])
    return min(letters, max(round(letters * max(share**-0.5, LEAST)), LEAST_LETTERS)) if share > 1 else letters


def draw_labels(out: Picture, labels: Sequence[Label], letters: int, line: int) -> list[Rectangle]:
    """Write labels into a picture (h, w, 3), the surest first; left, top, width and height of those that found a place.

    ``letters``: their height, ``line``: width of the boxes' lines.  A label that finds no free place at its box, nor up to
    three of its heights away, is left out.
    """
    size = out.shape[1], out.shape[0]
    shown = [(label, mask) for label in labels if (mask := _fitting(label, letters, size)).size]
    order = sorted(range(len(shown)), key=lambda i: surest_first(shown[i][0]))
    boxes = np.array([label.box for label, _ in shown], np.int64).reshape(-1, 4)
    found = places([(mask.shape[1], mask.shape[0]) for _, mask in shown], boxes, order, size, line)
    placed = [(*pair, place) for pair, place in zip(shown, found, strict=True) if place]
    for label, mask, place in placed:
        if place.away:
            _tie(out, label, mask, place)
    for label, mask, place in placed:
        out[place.y : place.y + len(mask), place.x : place.x + mask.shape[1]] = _inked(mask, label.color)
    return [(place.x, place.y, mask.shape[1], mask.shape[0]) for _, mask, place in placed]


def surest_first(label: Label) -> float:
    """To sort by; what is no number is last."""
    return math.inf if math.isnan(label.prob) else -label.prob


def _fitting(label: Label, letters: int, size: Size) -> Mask:
    """A text in letters of that size, or smaller, or shortened where the picture is narrow; empty where it is too small."""
    mask = written(label.text, letters, label.otherwise)
    if mask.shape[1] > size[0]:
        letters = max(letters * size[0] // mask.shape[1], LEAST_LETTERS)
        mask = written(label.text, letters, label.otherwise)
    left = len(label.text)
    while mask.shape[1] > size[0] and left:
        left = min(left - 1, left * size[0] // mask.shape[1])
        mask = written(label.text[:left] + ELLIPSIS, letters)
    return mask if mask.shape[1] <= size[0] and mask.shape[0] <= size[1] else np.zeros((0, 0), np.uint8)


def _inked(mask: Mask, ground: Color) -> Picture:
    """A text (h, w, 3) on its ground."""
    from .._support.with_cv2 import cv2

    return np.asarray(cv2.LUT(cv2.cvtColor(mask, cv2.COLOR_GRAY2BGR), inked(ground)), np.uint8)


def _tie(out: Picture, label: Label, mask: Mask, place: Place) -> None:
    """A line from a label that stands away to its box."""
    from .._support.with_cv2 import cv2

    left, top, right, bottom = label.box
    x = min(max(place.x + 2, left), right)
    start, end = (place.y + len(mask), top) if place.y < top else (place.y, bottom)
    cv2.line(out, (min(max(x, place.x), place.x + mask.shape[1] - 1), start), (x, end), label.color, max(len(mask) // 12, 1))
