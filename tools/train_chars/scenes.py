"""Scenes: blocks set into a picture in perspective, then light, blur, noise and compression; and the boxes to find."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from . import SIZE, displays, effects
from .blocks import Block, Mark, Rng, brightness, ink_colour
from .displays import Source, make
from .fonts import Mask
from .pictures import background

__all__ = ["SMALLEST", "Scene", "empty", "page", "render"]

Boxes = npt.NDArray[np.float32]
Lines = npt.NDArray[Any]  # int64 (n,)
Matrix = npt.NDArray[Any]  # float64 (3, 3)

SMALLEST = 8.0          # height in pixels of characters that are labelled
ASPECTS = (1.0, 1.0, 1.0, 4 / 3, 4 / 3, 3 / 4, 16 / 9)
GREY = 127


@dataclass(frozen=True)
class Scene:
    """``picture``: RGB uint8 (SIZE, SIZE, 3), letterboxed if it is not square.  ``boxes`` (n, 5): class, centre x and y,
    width, height, relative to the picture.  ``lines`` (n,): which line of text each is of, from left to right within it; -1
    where a part of that line is not among the boxes.  ``others`` (m, 4): boxes of characters too small, or cut off."""

    picture: Mask
    boxes: Boxes
    lines: Lines
    others: Boxes


def render(rng: Rng, split: str) -> Scene:
    """A scene of a split, "train" or "held"."""
    width, height = sides(rng)
    picture = background(rng, split, width, height)
    effects.clutter(rng, picture)
    source, taken, marks = Source(split), np.zeros((height, width), np.bool_), []
    crowded = int(rng.choice([3, 8, 14, 24]))
    for _ in range(crowded):
        block, cap = make(rng, source)
        marks += of_new_lines(place(rng, picture, taken, block, cap), marks)
    picture = effects.spoil(rng, picture)
    return letterboxed(picture, *boxes_of(marks))


def empty(rng: Rng, split: str) -> Scene:
    """A scene without any character."""
    width, height = sides(rng)
    picture = background(rng, split, width, height)
    effects.clutter(rng, picture)
    return letterboxed(effects.spoil(rng, picture), *boxes_of([]))


def page(rng: Rng, split: str) -> Scene:
    """A picture parted into panels that are full of text: many more characters for the same number of pixels."""
    picture = background(rng, split, SIZE, SIZE)
    source, marks = Source(split), []
    for x, y, w, h in panels(rng, 0, 0, SIZE, SIZE):
        marks += of_new_lines(fill(rng, picture[y : y + h, x : x + w], source, x, y), marks)
    return letterboxed(effects.spoil(rng, picture), *boxes_of(marks))


def panels(rng: Rng, x: int, y: int, w: int, h: int) -> list[tuple[int, int, int, int]]:
    """Parts of a rectangle (left, top, width, height): cut in two again and again, by chance."""
    if max(w, h) < 120 or (w * h < 300 * 300 and rng.random() < 0.35):
        return [(x, y, w, h)]
    cut = int(max(w, h) * rng.uniform(0.3, 0.7))
    if w > h:
        return panels(rng, x, y, cut, h) + panels(rng, x + cut, y, w - cut, h)
    return panels(rng, x, y, w, cut) + panels(rng, x, y + cut, w, h - cut)


def fill(rng: Rng, region: Mask, source: Source, x: int, y: int) -> list[Mark]:
    """Fill a part of a picture, whose corner is at (x, y), with a block of text; its marks in the picture's pixels."""
    height, width = region.shape[:2]
    cap = float(np.exp(rng.uniform(np.log(9), np.log(min(60, 0.6 * height)))))
    block = displays.full(rng, source, cap, int(width / cap / 0.95), int(height / cap / 1.5))
    h, w = block.alpha.shape
    scale = 0.96 * min(width / w, height / h)
    if scale * block.cap < SMALLEST:
        return []
    for _ in range(6):
        matrix = homography(rng, w, h, scale * rng.uniform(0.9, 1), width, height, turned=0.4)
        marks = [replace(m, outline=moved(m.outline, matrix)) for m in block.marks]
        if all(m.outline.min() >= 0 and (m.outline.max(0) <= (width, height)).all() for m in marks):
            paint(rng, region, block, matrix, scale)
            return [replace(m, outline=m.outline + np.array([x, y], np.float32)) for m in marks]
    return []


def sides(rng: Rng) -> tuple[int, int]:
    """Width and height, the longer one SIZE."""
    aspect = ASPECTS[rng.integers(len(ASPECTS))]
    return (SIZE, round(SIZE / aspect)) if aspect >= 1 else (round(SIZE * aspect), SIZE)


def place(rng: Rng, picture: Mask, taken: npt.NDArray[np.bool_], block: Block, cap: float) -> list[Mark]:
    """Set a block where there is room; its marks in the picture's pixels, none if there is no room."""
    height, width = picture.shape[:2]
    scale = cap / block.cap
    h, w = block.alpha.shape
    scale *= min(1.0, 0.95 * width / (w * scale), 0.95 * height / (h * scale))
    if scale * block.cap < SMALLEST + 1:
        return []
    for _ in range(6):
        matrix = homography(rng, w, h, scale, width, height)
        corners = moved(np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32), matrix)
        (left, top), (right, bottom) = np.floor(corners.min(0)).astype(int), np.ceil(corners.max(0)).astype(int)
        inside = left >= 0 and top >= 0 and right < width and bottom < height
        if inside and not taken[top:bottom, left:right].any():
            region = np.s_[top:bottom, left:right]
            taken[region] = True
            paint(rng, picture[region], block, shifted(matrix, -left, -top), scale)
            return [replace(m, outline=moved(m.outline, matrix)) for m in block.marks]
    return []


def of_new_lines(marks: list[Mark], others: list[Mark]) -> list[Mark]:
    """Marks of a further block, whose lines are none of those of ``others``."""
    first = 1 + max((m.line for m in others), default=-1)
    return [replace(m, line=first + m.line) for m in marks]


def homography(rng: Rng, w: int, h: int, scale: float, width: int, height: int, turned: float = 1.0) -> Matrix:
    """From a block's pixels to the scene's: scaled, turned a little, seen from a side, at a random place.

    ``turned``: how far, against what is usual."""
    angle = np.radians(rng.normal(0, 4) if rng.random() < 0.8 else rng.normal(0, 14)) * turned
    sw, sh = w * scale / 2, h * scale / 2 * rng.uniform(0.85, 1.15)
    corners = np.array([[-sw, -sh], [sw, -sh], [sw, sh], [-sw, sh]])
    corners += rng.normal(0, 0.04 * turned, (4, 2)) * min(2 * sw, 4 * sh) * (rng.random() < 0.7)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    corners = corners @ turn
    low, high = -corners.min(0), np.array([width, height]) - corners.max(0)
    centre = low + (high - low) * rng.random(2)
    flat = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    return cv2.getPerspectiveTransform(flat, (corners + centre).astype(np.float32))


def moved(points: npt.NDArray[np.float32], matrix: Matrix) -> npt.NDArray[Any]:
    """Points (n, 2) through a homography."""
    return cv2.perspectiveTransform(points[None], matrix)[0]


def shifted(matrix: Matrix, x: float, y: float) -> Matrix:
    """A homography, then a shift."""
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]]) @ matrix


def paint(rng: Rng, region: Mask, block: Block, matrix: Matrix, scale: float) -> None:
    """Mix a block into a part of the picture."""
    h, w = region.shape[:2]
    alpha = block.alpha if scale > 0.7 else cv2.blur(block.alpha, (2, 2)) if block.ink else block.alpha
    alpha = cv2.warpPerspective(alpha, matrix, (w, h), flags=cv2.INTER_LINEAR)[..., None].astype(np.float32)
    if block.ink:
        colour = ink_colour(rng, brightness(region), 80)
        alpha *= rng.uniform(0.8, 1)
        glow_or_outline(rng, region, alpha, colour, scale * block.cap)
    else:
        source = block.colour if scale > 0.7 else cv2.blur(block.colour, (2, 2))
        colour = cv2.warpPerspective(source, matrix, (w, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    alpha /= 255
    region[:] = (region * (1 - alpha) + colour * alpha).astype(np.uint8)


def glow_or_outline(
    rng: Rng, region: Mask, alpha: npt.NDArray[Any], colour: npt.NDArray[Any], cap: float
) -> None:
    """Sometimes a shadow or an outline under ink, of the opposite brightness."""
    if cap < 16 or rng.random() < 0.7:
        return
    ink = alpha[..., 0]
    if rng.random() < 0.5:
        width = 1 + 2 * max(1, int(cap * rng.uniform(0.02, 0.06)))
        under = cv2.dilate(ink, np.ones((width, width), np.uint8))
    else:
        d = cap * rng.uniform(0.03, 0.1)
        moved_ink = cv2.warpAffine(ink, np.array([[1, 0, d], [0, 1, d]], np.float32), ink.shape[::-1])
        under = cv2.GaussianBlur(moved_ink, (0, 0), d) * 0.8
    opposite = np.float32(0 if brightness(colour) > 128 else 255)
    share = under[..., None] / 255
    region[:] = (region * (1 - share) + opposite * share).astype(np.uint8)


def boxes_of(marks: list[Mark]) -> tuple[Boxes, Lines, Boxes]:
    """Boxes (n, 5), in pixels, of the marks that are large enough; lines and other boxes; see ``Scene``."""
    rows, lines = [], [m.line for m in marks]
    for m in marks:
        (left, top), (right, bottom) = m.outline.min(0), m.outline.max(0)
        rows.append((m.kind, (left + right) / 2, (top + bottom) / 2, right - left, bottom - top))
    boxes = np.array(rows, np.float32).reshape(-1, 5)
    return complete(boxes, np.array(lines, np.int64), boxes[:, 4] >= SMALLEST)


def complete(boxes: Boxes, lines: Lines, kept: npt.NDArray[np.bool_]) -> tuple[Boxes, Lines, Boxes]:
    """Boxes (n, 5) and lines of the characters that are kept, -1 for lines that miss one; the others' boxes (m, 4)."""
    return boxes[kept], np.where(np.isin(lines, lines[~kept]), -1, lines)[kept], boxes[~kept, 1:]


def letterboxed(picture: Mask, boxes: Boxes, lines: Lines, others: Boxes) -> Scene:
    """Grey bars that make the picture square, boxes relative to it."""
    h, w = picture.shape[:2]
    x, y = (SIZE - w) // 2, (SIZE - h) // 2
    square = np.full((SIZE, SIZE, 3), GREY, np.uint8)
    square[y : y + h, x : x + w] = picture
    for sides in (boxes[:, 1:], others):
        sides[:, :2] += np.array([x, y], np.float32)
        sides /= SIZE
    return Scene(square, boxes, lines, others)
