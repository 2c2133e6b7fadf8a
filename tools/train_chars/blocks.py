"""Blocks: pieces of a scene with characters on them, each a flat picture with the outlines of what can be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from . import CLASSES
from .fonts import CAP, Font, Glyph, Mask

__all__ = [
    "Block", "Mark", "Rng", "any_colour", "brightness", "dyed", "ink_colour", "lay_out", "panel", "put", "shaded", "shear",
    "stacked",
]  # fmt: skip

Rng = np.random.Generator
Points = npt.NDArray[Any]  # float32
Colour = npt.NDArray[Any]  # float32 (3,)


@dataclass(frozen=True)
class Mark:
    """A character: the number of its class, its outline (n, 2) in its picture's pixels, and which line of text it is of."""

    kind: int
    outline: Points
    line: int = 0


@dataclass(frozen=True)
class Block:
    """``colour`` (h, w, 3) and ``alpha`` (h, w) uint8; ``cap``: height of its capital letters in pixels.

    ``ink``: whether it is ink alone, whose colour must be chosen by what lies under it.
    """

    colour: Mask
    alpha: Mask
    marks: tuple[Mark, ...]
    cap: float
    ink: bool = False


def level(glyph: Glyph, cap: int) -> tuple[Mask, Points, float]:
    """A glyph's mask and outline for capitals ``cap`` pixels high, and the scale."""
    scale = cap / CAP
    h, w = glyph.mask.shape
    size = max(1, round(w * scale)), max(1, round(h * scale))
    mask = glyph.mask if scale == 1 else cv2.resize(glyph.mask, size, interpolation=cv2.INTER_AREA)
    return mask, glyph.outline * np.array([size[0] / w, size[1] / h], np.float32), scale


def lay_out(
    lines: Sequence[str], font: Font, cap: int, spacing: float = 0.0, leading: float = 1.6, margin: float = 0.3,
    monospaced: bool = False, align: float = 0.0,
) -> tuple[Mask, tuple[Mark, ...]]:  # fmt: skip
    """Ink (h, w) and marks of lines of text with capitals ``cap`` pixels high.

    ``spacing`` between characters, ``leading`` from line to line and ``margin`` in heights of a capital; ``align``: 0
    left, 1 right.  Characters that are no class are drawn without a mark.
    """
    gap, widest = spacing * cap, max(font.glyph(c).advance for c in "0MW") * cap / CAP
    placed: list[list[tuple[str, float]]] = []
    for line in lines:
        x, row = 0.0, []
        for c in line:
            advance = font.glyph(c).advance * cap / CAP if c != " " else 0.5 * cap
            row.append((c, x + (widest - advance) / 2 if monospaced else x))
            x += (widest if monospaced else advance) + gap
        placed.append([*row, ("", x)])
    width = max(row[-1][1] for row in placed)
    border = margin * cap + 2
    height = cap * (1 + leading * (len(lines) - 1)) + 2 * border
    ink = np.zeros((int(height + 0.35 * cap), int(width + 2 * border + 0.3 * cap)), np.uint8)
    marks = []
    for i, row in enumerate(placed):
        indent = (width - row[-1][1]) * align + border
        for c, x in row[:-1]:
            if c != " ":
                marks += put(ink, font.glyph(c), c, indent + x, border + cap * (1 + leading * i), cap, i)
    return ink, tuple(marks)


def stacked(text: str, font: Font, cap: int, leading: float = 1.35) -> tuple[Mask, tuple[Mark, ...]]:
    """Characters one under the other, centred."""
    width = max(font.glyph(c).mask.shape[1] for c in text) * cap / CAP
    ink = np.zeros((int(cap * leading * len(text) + 0.6 * cap), int(width + cap)), np.uint8)
    marks = []
    for i, c in enumerate(text):
        g = font.glyph(c)
        x = (ink.shape[1] - g.mask.shape[1] * cap / CAP) / 2 - g.left * cap / CAP
        marks += put(ink, g, c, x, cap * (1.25 + leading * i), cap, i)
    return ink, tuple(marks)


def put(ink: Mask, glyph: Glyph, character: str, x: float, base: float, cap: int, line: int = 0) -> list[Mark]:
    """Draw a glyph with its pen at (x, base); its mark, if it is a class."""
    mask, outline, scale = level(glyph, cap)
    left, top = round(x + glyph.left * scale), round(base + glyph.top * scale)
    h, w = mask.shape
    if left < 0 or top < 0 or top + h > ink.shape[0] or left + w > ink.shape[1]:
        return []
    region = ink[top : top + h, left : left + w]
    np.maximum(region, mask, out=region)
    kind = CLASSES.find(character)
    return [Mark(kind, outline + np.array([left, top], np.float32), line)] if kind >= 0 else []


def shear(ink: Mask, marks: tuple[Mark, ...], slope: float) -> tuple[Mask, tuple[Mark, ...]]:
    """Slanted by ``slope`` pixels to the right for each pixel up."""
    h, w = ink.shape
    matrix = np.array([[1, -slope, max(0.0, slope * h)], [0, 1, 0]], np.float32)
    out = cv2.warpAffine(ink, matrix, (int(w + abs(slope) * h) + 1, h))
    return out, tuple(replace(m, outline=m.outline @ matrix[:, :2].T + matrix[:, 2]) for m in marks)


def ink_colour(rng: Rng, under: float, least: float = 70) -> Colour:
    """A colour (3,) whose brightness differs from ``under`` by at least ``least`` of 255; grey or coloured."""
    lighter = under < 128 if rng.random() < 0.85 else under < 185 and under < 255 - least
    lighter = under + least <= 255 if lighter else under - least < 0
    value = rng.uniform(under + least, 255) if lighter else rng.uniform(0, under - least)
    tint = rng.uniform(-1, 1, 3) * rng.choice([0, 20, 60, 110])
    tint -= tint @ np.array([0.3, 0.59, 0.11])
    return np.clip(value + tint, 0, 255).astype(np.float32)


def any_colour(rng: Rng) -> Colour:
    """Of a surface: mostly white, black or grey, else anything."""
    choice = rng.random()
    if choice < 0.35:
        return (rng.uniform(190, 255) + rng.uniform(-12, 12, 3)).clip(0, 255).astype(np.float32)
    if choice < 0.6:
        return (rng.uniform(0, 60) + rng.uniform(-10, 10, 3)).clip(0, 255).astype(np.float32)
    return rng.uniform(0, 255, 3).astype(np.float32)


def brightness(colour: npt.NDArray[Any]) -> float:
    """Of RGB."""
    return float(np.asarray(colour, np.float64).reshape(-1, 3).mean(0) @ np.array([0.299, 0.587, 0.114]))


def panel(rng: Rng, ink: Mask, marks: tuple[Mark, ...], cap: float, surface: Colour, colour: Colour) -> Block:
    """Ink of ``colour`` on a surface with some shading, maybe with a frame."""
    h, w = ink.shape
    picture = dyed(ink, surface, colour)
    if rng.random() < 0.4:
        thickness = max(1, int(cap * rng.uniform(0.03, 0.1)))
        inset = int(cap * rng.uniform(0, 0.12))
        cv2.rectangle(picture, (inset, inset), (w - 1 - inset, h - 1 - inset), colour.tolist(), thickness)
    if rng.random() < 0.4:
        across, down = rng.normal(0, 14, 2)
        slope = np.linspace(-1, 1, w, dtype=np.float32) * across + np.linspace(-1, 1, h, dtype=np.float32)[:, None] * down
        picture = shaded(picture, slope)
    return Block(picture, rounded(rng, h, w, cap), marks, cap)


def dyed(ink: Mask, surface: Colour, colour: Colour) -> Mask:
    """RGB uint8: from ``surface`` where there is no ink to ``colour`` where it is full."""
    share = np.arange(256, dtype=np.float32)[:, None] / 255
    table = (surface + (colour - surface) * share).clip(0, 255).astype(np.uint8)
    return cv2.LUT(cv2.merge([ink, ink, ink]), table[:, None])


def shaded(picture: Mask, change: npt.NDArray[np.float32]) -> Mask:
    """The picture with ``change`` (h, w) added to all its colours."""
    up = cv2.merge([change.clip(0, 255).astype(np.uint8)] * 3)
    down = cv2.merge([(-change).clip(0, 255).astype(np.uint8)] * 3)
    return cv2.subtract(cv2.add(picture, up), down)


def rounded(rng: Rng, h: int, w: int, cap: float) -> Mask:
    """A full mask, its corners round sometimes."""
    if rng.random() < 0.6:
        return np.full((h, w), 255, np.uint8)
    r = int(min(h, w, cap) * rng.uniform(0.1, 0.4))
    mask = np.zeros((h, w), np.uint8)
    cv2.rectangle(mask, (r, 0), (w - 1 - r, h - 1), 255, -1)
    cv2.rectangle(mask, (0, r), (w - 1, h - 1 - r), 255, -1)
    for x, y in ((r, r), (w - 1 - r, r), (r, h - 1 - r), (w - 1 - r, h - 1 - r)):
        cv2.circle(mask, (x, y), r, 255, -1)
    return mask
