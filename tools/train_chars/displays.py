"""Makers of blocks: inscriptions, labels, plates, meters, displays of segments and of lamps, keys, handwriting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from . import blocks, texts
from .blocks import Block, Mark, Rng, any_colour, brightness, ink_colour, lay_out, panel
from .fonts import Font, Mask, families, outline

__all__ = ["MAKERS", "Maker", "Source", "full", "make"]

LEVELS = (16, 24, 32, 48, 64, 96)
LAMP = 9                # pixels from lamp to lamp
LIGHTS = ((255, 40, 30), (255, 150, 20), (60, 255, 70), (70, 200, 255), (255, 255, 240), (255, 225, 60))


@dataclass(frozen=True)
class Source:
    """Where characters come from: the fonts and the handwritten digits of a split, "train" or "held"."""

    split: str

    def font(self, rng: Rng, style: str = "") -> Font:
        """A font of a family, every family as likely as another."""
        among = families(self.split + style)
        family = among[rng.integers(len(among))]
        return family[rng.integers(len(family))]

    def digit(self, rng: Rng) -> tuple[Mask, int]:
        """A handwritten digit as a mask, and its class.  Every fifth of scikit-learn's is held out."""
        pictures, kinds = handwritten()
        held = np.arange(len(kinds)) % 5 == 0
        chosen = np.flatnonzero(held if self.split == "held" else ~held)
        i = chosen[rng.integers(len(chosen))]
        return pictures[i], int(kinds[i])


@cache
def handwritten() -> tuple[list[Mask], npt.NDArray[np.int64]]:
    """scikit-learn's digits of 8 by 8 pixels as smooth masks 80 high, cut to their ink."""
    from sklearn.datasets import load_digits

    data: Any = load_digits()
    masks = []
    for picture in data.images:
        large = cv2.resize(np.pad(picture, 1).astype(np.float32) * 16, (120, 120), interpolation=cv2.INTER_CUBIC)
        mask = ((cv2.GaussianBlur(large, (0, 0), 3) - 90) * 6).clip(0, 255).astype(np.uint8)
        x, y, w, h = cv2.boundingRect((mask > 100).astype(np.uint8))
        masks.append(np.ascontiguousarray(mask[y : y + h, x : x + w]))
    return masks, data.target


def font_and_text(rng: Rng, source: Source, kinds: Any = texts.KINDS) -> tuple[Font, str]:
    font = source.font(rng)
    return font, texts.text(rng, font.lookalikes, kinds)


def level(rng: Rng, cap: float) -> int:
    """The height to draw at, so that the scene shrinks it to ``cap``."""
    return next((v for v in LEVELS if v >= cap * 0.95), LEVELS[-1])


def inscription(rng: Rng, source: Source, cap: float) -> Block:
    """Ink alone, straight on what lies under it; sometimes slanted."""
    font, text = font_and_text(rng, source)
    ink, marks = lay_out([text], font, level(rng, cap), max(0.0, rng.normal(0.03, 0.08)))
    if rng.random() < 0.15:
        ink, marks = blocks.shear(ink, marks, rng.uniform(-0.2, 0.3))
    return Block(np.zeros((*ink.shape, 3), np.uint8), ink, marks, level(rng, cap), ink=True)


def label(rng: Rng, source: Source, cap: float, most: int = 5) -> Block:
    """Lines of text on a surface."""
    font = source.font(rng)
    lines = [texts.text(rng, font.lookalikes) for _ in range(rng.integers(1, most + 1))]
    size = level(rng, cap)
    ink, marks = lay_out(lines, font, size, max(0.0, rng.normal(0.03, 0.06)), rng.uniform(1.25, 2.2), rng.uniform(0.25, 0.9),
                         rng.random() < 0.15, rng.choice([0, 0, 0.5, 1]))  # fmt: skip
    surface = any_colour(rng)
    return panel(rng, ink, marks, size, surface, ink_colour(rng, brightness(surface)))


def receipt(rng: Rng, source: Source, cap: float) -> Block:
    """Many lines, dark on light."""
    font, size = source.font(rng), level(rng, cap)
    rows = int(rng.integers(4, 9))
    lines = [f"{texts.text(rng, font.lookalikes)} {texts.number(rng)}"[:16] for _ in range(rows)]
    ink, marks = lay_out(lines, font, size, rng.uniform(0, 0.1), rng.uniform(1.3, 1.8), 0.5, rng.random() < 0.5)
    surface = (rng.uniform(185, 255) + rng.uniform(-10, 10, 3)).clip(0, 255).astype(np.float32)
    return panel(rng, ink, marks, size, surface, np.full(3, rng.uniform(0, 90), np.float32))


def plate(rng: Rng, source: Source, cap: float) -> Block:
    """A number plate, its characters pressed out of the metal or painted."""
    font = source.font(rng)
    text = texts.text(rng, font.lookalikes, ((1.0, texts.plate),))
    size = level(rng, cap)
    lines = text.split(" ", 1) if " " in text and rng.random() < 0.2 else [text]
    ink, marks = lay_out(lines, font, size, rng.uniform(0.02, 0.2), 1.35, rng.uniform(0.3, 0.5), align=0.5)
    yellow = np.array([rng.uniform(220, 255), rng.uniform(180, 225), rng.uniform(0, 80)], np.float32)
    surface = yellow if rng.random() < 0.3 else any_colour(rng)
    colour = ink_colour(rng, brightness(surface), 90)
    block = panel(rng, ink, marks, size, surface, colour)
    return embossed(rng, block, ink, rng.uniform(0.2, 0.8)) if rng.random() < 0.6 else block


def relief(rng: Rng, source: Source, cap: float) -> Block:
    """Characters pressed into a surface of their own colour: seen by light and shadow alone."""
    font, text = font_and_text(rng, source)
    size = level(rng, cap)
    ink, marks = lay_out([text], font, size, rng.uniform(0.03, 0.15))
    surface = np.full(3, rng.uniform(70, 190)) + rng.uniform(-25, 25, 3)
    colour = (surface + rng.uniform(-25, 25)).clip(0, 255)
    block = panel(rng, ink, marks, size, surface.astype(np.float32), colour.astype(np.float32))
    return embossed(rng, block, ink, rng.uniform(0.8, 1.4))


def embossed(rng: Rng, block: Block, ink: Mask, strength: float) -> Block:
    """Light on the edges of the ink that face it, shadow on the others."""
    soft = cv2.GaussianBlur(ink, (0, 0), max(0.8, block.cap * rng.uniform(0.015, 0.035))).astype(np.float32)
    d, angle = max(1.0, block.cap * 0.04), rng.uniform(0, 2 * np.pi)
    move = np.array([[1, 0, d * np.cos(angle)], [0, 1, d * np.sin(angle)]], np.float32)
    h, w = ink.shape
    edge = (soft - cv2.warpAffine(soft, move, (w, h))) * strength * rng.choice([-1, 1])
    return Block(blocks.shaded(block.colour, edge), block.alpha, block.marks, block.cap)


def wheels(rng: Rng, source: Source, cap: float) -> Block:
    """A meter's counter: each digit in a window of its own, the last ones often red."""
    font, size = source.font(rng), level(rng, cap)
    count, pitch = int(rng.integers(3, 9)), size * rng.uniform(1.0, 1.5)
    h, w = int(size * rng.uniform(1.5, 1.9)), int(pitch * count + size * 0.4)
    ground = np.empty((h, w, 3), np.float32)
    ground[:] = any_colour(rng)
    dark = rng.random() < 0.7
    reds = int(rng.integers(0, 4)) if rng.random() < 0.5 else 0
    marks: list[Mark] = []
    for i in range(count):
        cell = np.full(3, rng.uniform(0, 50) if dark else rng.uniform(200, 255)) + rng.uniform(-8, 8, 3)
        cell = np.array([rng.uniform(150, 210), rng.uniform(10, 50), rng.uniform(10, 50)]) if i >= count - reds else cell
        colour = ink_colour(rng, brightness(cell), 110)
        x = size * 0.2 + i * pitch
        left, right = int(x + pitch * 0.08), int(x + pitch * 0.92)
        shade = 1 - 0.5 * np.abs(np.linspace(-1, 1, int(h * 0.84)))[:, None, None] ** 3
        ground[int(h * 0.08) : int(h * 0.08) + len(shade), left:right] = cell * shade
        ink = np.zeros((h, w), np.uint8)
        digit = texts.pick(rng, texts.DIGITS, 1)
        g = font.glyph(digit)
        pen = (left + right) / 2 - (g.left + g.mask.shape[1] / 2) * size / blocks.CAP
        marks += blocks.put(ink, g, digit, pen, (h + size) / 2 + rng.normal(0, 0.03) * size, size)
        alpha = ink[:, left:right, None] / np.float32(255)
        ground[:, left:right] = ground[:, left:right] * (1 - alpha) + colour * alpha
    return Block(ground.clip(0, 255).astype(np.uint8), np.full((h, w), 255, np.uint8), tuple(marks), size)


def display(rng: Rng, ink: Mask, marks: tuple[Mark, ...], cap: float, ghost: Mask | None = None) -> Block:
    """Segments or lamps: shining on black with a halo, or black on a liquid crystal's grey.  ``ghost``: all of them, as
    they look when they are off."""
    lit = rng.random() < 0.65
    surface = np.array(rng.uniform(0, 35, 3) if lit else rng.uniform(120, 200) + rng.uniform(-25, 25, 3), np.float32)
    light = LIGHTS[rng.integers(len(LIGHTS))]
    colour = np.array(light if lit else rng.uniform(5, 50, 3), np.float32)
    faint = surface + (colour - surface) * rng.uniform(0, 0.14)
    base = panel(rng, ghost if ghost is not None else ink, marks, cap, surface, faint)
    mix, paper = (cv2.max, 0 * colour) if lit else (cv2.min, 0 * colour + 255)
    picture = mix(base.colour, blocks.dyed(ink, paper, colour))
    if lit and rng.random() < 0.6:
        glow = cv2.GaussianBlur(ink, (0, 0), cap * rng.uniform(0.05, 0.15))
        picture = cv2.add(picture, blocks.dyed(glow, 0 * colour, colour * rng.uniform(0.2, 0.6)))
    return Block(picture, base.alpha, marks, cap)


def seven(rng: Rng, source: Source, cap: float) -> Block:
    """Seven segments: digits, in one line or two."""
    return segments(rng, source.font(rng, "-seven"), cap, [texts.number(rng) for _ in range(rng.choice([1, 1, 1, 2]))], "8")


def fourteen(rng: Rng, source: Source, cap: float) -> Block:
    """Fourteen segments: digits and letters."""
    font = source.font(rng, "-fourteen")
    return segments(rng, font, cap, [texts.text(rng, font.lookalikes).upper()], "~")


def segments(rng: Rng, font: Font, cap: float, lines: list[str], all_on: str) -> Block:
    size, spacing = level(rng, cap), rng.uniform(0.0, 0.15)
    lines = [line.replace("/", "-").replace(",", ".") for line in lines]
    margin = rng.uniform(0.2, 0.6)
    ink, marks = lay_out(lines, font, size, spacing, 1.5, margin)
    ghost = None
    if rng.random() < 0.5:
        off = ["".join(all_on if c.isalnum() else c for c in line) for line in lines]
        ghost, _ = lay_out(off, font, size, spacing, 1.5, margin)
        ghost = ghost if ghost.shape == ink.shape else None
    return display(rng, ink, marks, size, ghost)


def lamps(rng: Rng, source: Source, cap: float) -> Block:
    """Characters of a pixel font, a lamp or a square each pixel."""
    font = source.font(rng, "-dots")
    text = texts.text(rng, font.lookalikes)
    small, marks = lay_out([text], font, 24, 0.1)
    rows = int(rng.choice([8, 9, 9, 10, 12, 14]))
    factor = rows / 24
    grid = cv2.resize(small, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA) > 110
    h, w = grid.shape
    lamp = np.zeros((LAMP, LAMP), np.uint8)
    if rng.random() < 0.7:
        cv2.circle(lamp, (LAMP // 2, LAMP // 2), int(rng.integers(2, 5)), 255, -1, cv2.LINE_AA)
    else:
        lamp[: LAMP - int(rng.integers(0, 3)), : LAMP - int(rng.integers(0, 3))] = 255
    ink = np.kron(grid.astype(np.uint8), lamp)
    scale = np.array([w * LAMP / small.shape[1], h * LAMP / small.shape[0]], np.float32)
    found = tuple(m for m in (fitted(m, ink, scale) for m in marks) if m)
    ghost = np.kron(np.ones((h, w), np.uint8), lamp) if rng.random() < 0.5 else None
    return display(rng, ink, found, rows * LAMP, ghost)


def fitted(mark: Mark, ink: Mask, scale: npt.NDArray[np.float32]) -> Mark | None:
    """A mark moved to the ink that is where it was scaled to."""
    points = mark.outline * scale
    (left, top), (right, bottom) = np.floor(points.min(0) - LAMP / 2), np.ceil(points.max(0) + LAMP / 2)
    left, top = max(0, int(left)), max(0, int(top))
    region = ink[top : int(bottom), left : int(right)]
    return replace(mark, outline=outline(region) + np.array([left, top], np.float32)) if (region > 100).any() else None


def keys(rng: Rng, source: Source, cap: float) -> Block:
    """Rows of keys or tiles with one character each."""
    font, size = source.font(rng), level(rng, cap)
    columns, rows = int(rng.integers(2, 7)), int(rng.integers(1, 5))
    pitch = int(size * rng.uniform(1.5, 2.4))
    ink = np.zeros((rows * pitch, columns * pitch), np.uint8)
    marks: list[Mark] = []
    known = "".join(c for c in texts.CLASSES if c not in font.lookalikes)
    surface = any_colour(rng)
    for i in range(rows * columns):
        c = texts.pick(rng, known, 1)
        g = font.glyph(c)
        centre = (i % columns + 0.5) * pitch - (g.left + g.mask.shape[1] / 2) * size / blocks.CAP
        marks += blocks.put(ink, g, c, centre, (i // columns + 0.5) * pitch + size / 2, size, i // columns)
    block = panel(rng, ink, tuple(marks), size, surface, ink_colour(rng, brightness(surface)))
    line = (surface + rng.choice([-60, 60])).clip(0, 255).tolist()
    picture = np.ascontiguousarray(block.colour)
    if rng.random() < 0.7:
        for i in range(rows * columns):
            x, y, gap = i % columns * pitch, i // columns * pitch, pitch // 14
            cv2.rectangle(picture, (x + gap, y + gap), (x + pitch - gap, y + pitch - gap), line, max(1, size // 24))
    return Block(picture, block.alpha, block.marks, size)


def handwriting(rng: Rng, source: Source, cap: float) -> Block:
    """Handwritten digits in a row, on paper or straight on the scene."""
    size = level(rng, cap)
    cells = [source.digit(rng) for _ in range(rng.integers(1, 8))]
    pitch = size * rng.uniform(0.8, 1.2)
    ink = np.zeros((int(size * 1.8), int(pitch * len(cells) + size)), np.uint8)
    marks = []
    for i, (mask, kind) in enumerate(cells):
        scale = size * rng.uniform(0.9, 1.1) / len(mask)
        small = cv2.resize(mask, None, fx=scale * rng.uniform(0.85, 1.1), fy=scale, interpolation=cv2.INTER_AREA)
        small = small[: int(size * 1.3), : int(pitch)]
        y, x = int(size * (0.3 + rng.uniform(-0.1, 0.1))), int(size * 0.3 + i * pitch)
        region = ink[y : y + small.shape[0], x : x + small.shape[1]]
        np.maximum(region, small[: region.shape[0], : region.shape[1]], out=region)
        marks.append(Mark(kind, outline(small) + np.array([x, y], np.float32)))
    if rng.random() < 0.3:
        return Block(np.zeros((*ink.shape, 3), np.uint8), ink, tuple(marks), size, ink=True)
    surface = (rng.uniform(180, 255) + rng.uniform(-10, 10, 3)).clip(0, 255).astype(np.float32)
    return panel(rng, ink, tuple(marks), size, surface, ink_colour(rng, brightness(surface)))


def column(rng: Rng, source: Source, cap: float) -> Block:
    """Characters one under the other, with a surface or without."""
    font, text = font_and_text(rng, source)
    size = level(rng, cap)
    ink, marks = blocks.stacked(text.replace(" ", "")[:6], font, size, rng.uniform(1.2, 1.6))
    if rng.random() < 0.5:
        return Block(np.zeros((*ink.shape, 3), np.uint8), ink, marks, size, ink=True)
    surface = any_colour(rng)
    return panel(rng, ink, marks, size, surface, ink_colour(rng, brightness(surface)))


def single(rng: Rng, source: Source, cap: float) -> Block:
    """One character or two, as on jerseys and doors."""
    font = source.font(rng)
    known = "".join(c for c in texts.CLASSES if c not in font.lookalikes)
    ink, marks = lay_out([texts.pick(rng, known, int(rng.integers(1, 3)))], font, level(rng, cap))
    return Block(np.zeros((*ink.shape, 3), np.uint8), ink, marks, level(rng, cap), ink=True)


def full(rng: Rng, source: Source, cap: float, columns: int, rows: int) -> Block:
    """A surface with ``rows`` lines of ``columns`` characters, no matter what they say."""
    font, size = source.font(rng), level(rng, cap)
    lines = []
    for _ in range(max(1, rows)):
        line = texts.text(rng, font.lookalikes)
        while len(line) < columns:
            line += rng.choice([" ", " ", "  "]) + texts.text(rng, font.lookalikes)
        lines.append(line[: max(2, columns)])
    spacing = max(0.0, rng.normal(0.03, 0.06))
    ink, marks = lay_out(lines, font, size, spacing, rng.uniform(1.3, 1.7), 0.25, rng.random() < 0.1)
    if rng.random() < 0.25:
        return Block(np.zeros((*ink.shape, 3), np.uint8), ink, marks, size, ink=True)
    surface = any_colour(rng)
    return panel(rng, ink, marks, size, surface, ink_colour(rng, brightness(surface)))


Maker = Callable[[Rng, Source, float], Block]
# share, maker, heights of a capital in pixels of the scene: smallest and largest
MAKERS: tuple[tuple[float, Maker, float, float], ...] = (
    (0.22, inscription, 9, 110),
    (0.17, label, 9, 70),
    (0.06, receipt, 8, 22),
    (0.10, plate, 10, 110),
    (0.05, relief, 16, 110),
    (0.06, wheels, 11, 80),
    (0.07, seven, 11, 120),
    (0.03, fourteen, 12, 90),
    (0.05, lamps, 12, 90),
    (0.06, keys, 10, 60),
    (0.05, handwriting, 12, 90),
    (0.04, column, 10, 60),
    (0.04, single, 30, 200),
)
SHARES = np.array([m[0] for m in MAKERS]) / sum(m[0] for m in MAKERS)


def make(rng: Rng, source: Source) -> tuple[Block, float]:
    """A block of some kind, and the height that its capitals shall have in the scene."""
    _, maker, least, most = MAKERS[rng.choice(len(MAKERS), p=SHARES)]
    cap = float(np.exp(rng.uniform(np.log(least), np.log(most))))
    return maker(rng, source, cap), cap
