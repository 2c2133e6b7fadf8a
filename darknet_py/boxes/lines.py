"""Characters that a network has seen → lines of text, as a person reads them: left to right, top to bottom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import Protocol

import numpy as np

from ..image import Size
from .detection import Detection
from .geometry import centred, corners, pixels, relative

__all__ = ["GAP", "THRESH", "Line", "are_characters", "read_lines"]

GAP = "·"  # between groups of characters that stand apart
THRESH = 0.3  # the least probability of a character, if none is asked for

_PAIRS = {"0": "O", "1": "I", "5": "S", "8": "B", "2": "Z", "6": "G"}
ALIKE = _PAIRS | {letter: digit for digit, letter in _PAIRS.items()}
LOOKALIKE = 0.5  # of the more probable reading's probability: the least of one that its neighbours may prefer
SAME = 0.5  # share of the smaller box from which two boxes are one character
SHIFT = 0.5  # of the height: how far a character may stand above or below its neighbour
TALLER = 1.8  # how many times as tall as its neighbour
REACH = 2.2  # of the height: the widest gap inside a line
APART = 0.45  # of the height: the least gap between groups
STEP = 1.0  # of the height: the least distance between them from centre to centre; two 1 of equal pitch stand closer
WIDE = 1.25  # of the lower quarter of the line's distances: the least between groups, unless there is one distance only


class Found(Protocol):
    """The characters of one picture."""

    @property
    def size(self) -> Size: ...

    def __iter__(self) -> Iterator[Detection]: ...


@dataclass(frozen=True)
class Line:
    """Characters from left to right; ``box``: centre x, y, width, height of them all, relative to the picture."""

    characters: tuple[Detection, ...]
    text: str
    box: tuple[float, float, float, float]

    @property
    def prob(self) -> float:
        """That of the least sure character."""
        return min(c.prob for c in self.characters)


@dataclass(frozen=True)
class Glyph:
    """A character with its box in pixels; ``lookalike``: the one that looks like it and was seen there nearly as surely."""

    detection: Detection
    x: float
    y: float
    width: float
    height: float
    lookalike: Detection | None = None

    def gap(self, other: Glyph) -> float:
        """Pixels between this character and one to the right of it."""
        return (other.x - other.width / 2) - (self.x + self.width / 2)

    def overlap(self, other: Glyph) -> float:
        """Intersection over the smaller box: a wide box that takes in a neighbour is seen to cover it."""
        across = _shared(self.x, self.width, other.x, other.width)
        shared = across * _shared(self.y, self.height, other.y, other.height)
        return shared / max(min(self.width * self.height, other.width * other.height), 1e-9)


def _shared(a: float, size_a: float, b: float, size_b: float) -> float:
    """Length of what two stretches with these centres have in common."""
    return max(min(a + size_a / 2, b + size_b / 2) - max(a - size_a / 2, b - size_b / 2), 0.0)


def are_characters(names: Sequence[str]) -> bool:
    """Whether classes of these names can be read: ten digits at least, or letters."""
    return len(names) >= 10 and all(len(name) == 1 for name in names)


def read_lines(found: Found) -> list[Line]:
    """The lines of text among detections of characters, whose names are what they read.

    Of characters in one place the most probable counts; of two that look alike (``ALIKE``) and are about as probable the
    one that is a digit, or a letter, as all the others of its group are.  A line goes on where the next character is about
    as tall, stands about as high and is not far; groups that stand apart within it are joined by ``GAP``.
    """
    lines: list[list[Glyph]] = []
    for glyph in sorted(_distinct(found), key=lambda g: g.x):
        ends = [line for line in lines if _goes_on(line[-1], glyph)]
        if ends:
            min(ends, key=lambda line: abs(line[-1].gap(glyph))).append(glyph)
        else:
            lines.append([glyph])
    lines.sort(key=lambda line: (line[0].y, line[0].x))
    return [_line(line, found) for line in _in_rows(lines)]


def _distinct(found: Found) -> list[Glyph]:
    """One character in each place."""
    kept: list[Glyph] = []
    for d in sorted(found, key=lambda d: -d.prob):
        glyph = Glyph(d, *pixels(np.array(d.box), found.size).tolist())
        there = [i for i, other in enumerate(kept) if glyph.overlap(other) >= SAME]
        if not there:
            kept.append(glyph)
        for i in there:
            best = kept[i].detection
            if ALIKE.get(best.name) == d.name and not kept[i].lookalike and d.prob >= LOOKALIKE * best.prob:
                kept[i] = replace(kept[i], lookalike=d)
    return kept


def _goes_on(last: Glyph, glyph: Glyph) -> bool:
    """Whether a character may be the next one of the line that ends in ``last``."""
    low, high = sorted((last.height, glyph.height))
    near = -low / 2 < last.gap(glyph) < REACH * low
    return near and high <= TALLER * low and abs(last.y - glyph.y) < SHIFT * low


def _line(glyphs: Sequence[Glyph], found: Found) -> Line:
    groups = [_agreed(group) for group in _groups(glyphs)]
    text = GAP.join("".join(g.detection.name for g in group) for group in groups)
    return Line(tuple(g.detection for group in groups for g in group), text, _box(glyphs, found))


def _agreed(group: list[Glyph]) -> list[Glyph]:
    """Twins where the characters without one are all digits, or all letters, and the more probable reading is not."""
    kinds = {g.detection.name.isdigit() for g in group if not g.lookalike}
    if len(kinds) != 1:
        return group
    (digits,) = kinds
    return [replace(g, detection=g.lookalike) if g.lookalike and g.detection.name.isdigit() != digits else g for g in group]


def _groups(line: Sequence[Glyph]) -> list[list[Glyph]]:
    """The characters that stand together."""
    steps, height = [b.x - a.x for a, b in pairwise(line)], median(g.height for g in line)
    usual = sorted(steps)[len(steps) // 4] if len(steps) > 1 else 0.0
    groups = [[line[0]]]
    for (a, b), step in zip(pairwise(line), steps, strict=True):
        apart = a.gap(b) > APART * height and step > max(STEP * height, WIDE * usual)
        if apart:
            groups.append([])
        groups[-1].append(b)
    return groups


def _in_rows(lines: list[list[Glyph]]) -> list[list[Glyph]]:
    """Lines side by side from left to right, rows from top to bottom."""
    rows: list[list[list[Glyph]]] = []
    for line in lines:
        beside = rows and abs(line[0].y - rows[-1][0][0].y) < SHIFT * min(line[0].height, rows[-1][0][0].height)
        if beside:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: line[0].x)]


def _box(line: Sequence[Glyph], found: Found) -> tuple[float, float, float, float]:
    low, high = np.split(corners(np.array([[g.x, g.y, g.width, g.height] for g in line])), 2, 1)
    x, y, w, h = relative(centred(np.concatenate([low.min(0), high.max(0)])), found.size).tolist()
    return x, y, w, h
