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

__all__ = ["GAP", "THRESH", "WEAK", "Line", "are_characters", "read_lines", "weakest"]

GAP = "·"  # between groups of characters that stand apart
THRESH = 0.6  # the least probability of a line's surest character, if none is asked for
WEAK = 1 / 3  # of that: the least of the others; how both were chosen: tools/train_chars/README.md

_PAIRS = {"0": "O", "1": "I", "5": "S", "8": "B", "2": "Z", "6": "G"}
ALIKE = _PAIRS | {letter: digit for digit, letter in _PAIRS.items()}
LOOKALIKE = 0.5  # of the more probable reading's probability: the least of one that its neighbours may prefer
SAME = 0.5  # share of the smaller box from which two boxes are one character
SHIFT = 0.5  # of the height: how far a character may stand above or below its neighbour
TALLER = 1.8  # how many times as tall as its neighbour
REACH = 2.2  # of the height: the widest gap inside a line
PITCH = 2.0  # of the line's usual distance from centre to centre: the same, where characters stand far apart
REGULAR = 3  # characters from which a line has a usual distance
RUN = 4  # characters at a line's end that say how it slopes
LEVER = 1.5  # of the height: the least distance between the first and the last of them
STEEP = 0.5  # the most that a line is taken to slope
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

    @property
    def is_digit(self) -> bool:
        return self.detection.name.isdecimal()

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


def weakest(thresh: float) -> float:
    """The probability from which characters are to be looked for, so that ``read_lines`` has what it needs."""
    return thresh * WEAK


def read_lines(found: Found, thresh: float = THRESH, weak: float = WEAK) -> list[Line]:
    """The lines of text among detections of characters, whose names are what they read.

    Two thresholds, as edges are joined: a line has a character above ``thresh``, and beside it all those above the share
    ``weak`` of that count.  A character that stands alone is thus surer than many a one that has neighbours.

    Of characters in one place the most probable counts; of two that look alike (``ALIKE``) and are about as probable the
    one that is a digit, or a letter, as all the others of its group are.  A line goes on where the next character is about
    as tall, stands about where the line leads and is not far; groups that stand apart within it are joined by ``GAP``.
    """
    lines: list[list[Glyph]] = []
    for glyph in sorted(_distinct(found, thresh * weak), key=lambda g: g.x):
        ends = [line for line in lines if _goes_on(line, glyph)]
        if ends:
            min(ends, key=lambda line: abs(line[-1].gap(glyph))).append(glyph)
        else:
            lines.append([glyph])
    lines = [line for line in lines if max(g.detection.prob for g in line) > thresh]
    lines.sort(key=lambda line: (line[0].y, line[0].x))
    return [_line(line, found) for line in _in_rows(lines)]


def _distinct(found: Found, least: float) -> list[Glyph]:
    """One character in each place, of those above ``least``."""
    kept: list[Glyph] = []
    for d in sorted((d for d in found if d.prob > least), key=lambda d: -d.prob):
        glyph = Glyph(d, *pixels(np.array(d.box), found.size).tolist())
        there = [i for i, other in enumerate(kept) if glyph.overlap(other) >= SAME]
        if not there:
            kept.append(glyph)
        for i in there:
            best = kept[i].detection
            if ALIKE.get(best.name) == d.name and not kept[i].lookalike and d.prob >= LOOKALIKE * best.prob:
                kept[i] = replace(kept[i], lookalike=d)
    return kept


def _goes_on(line: Sequence[Glyph], glyph: Glyph) -> bool:
    """Whether a character may be the next one of a line."""
    low, high = sorted((line[-1].height, glyph.height))
    alike = high <= TALLER * low and abs(_level(line, glyph.x) - glyph.y) < SHIFT * low
    return alike and -low / 2 < line[-1].gap(glyph) < _reach(line, low)


def _reach(line: Sequence[Glyph], height: float) -> float:
    """The widest gap to the next character."""
    return max(REACH * height, PITCH * median(_steps(line)) if len(line) >= REGULAR else 0.0)


def _level(line: Sequence[Glyph], x: float) -> float:
    """The height at which a line that goes on as it did reaches ``x``."""
    first, last = line[-RUN:][0], line[-1]
    across = last.x - first.x
    slope = (last.y - first.y) / across if across > LEVER * last.height else 0.0
    return last.y + min(max(slope, -STEEP), STEEP) * (x - last.x)


def _steps(line: Sequence[Glyph]) -> list[float]:
    """From centre to centre."""
    return [b.x - a.x for a, b in pairwise(line)]


def _line(glyphs: Sequence[Glyph], found: Found) -> Line:
    groups = [_agreed(group) for group in _groups(glyphs)]
    text = GAP.join("".join(g.detection.name for g in group) for group in groups)
    return Line(tuple(g.detection for group in groups for g in group), text, _box(glyphs, found))


def _agreed(group: list[Glyph]) -> list[Glyph]:
    """Twins where the characters without one are all digits, or all letters, and the more probable reading is not."""
    kinds = {g.is_digit for g in group if not g.lookalike}
    if len(kinds) != 1:
        return group
    (digits,) = kinds
    return [replace(g, detection=g.lookalike) if g.lookalike and g.is_digit != digits else g for g in group]


def _groups(line: Sequence[Glyph]) -> list[list[Glyph]]:
    """The characters that stand together."""
    steps, height = _steps(line), median(g.height for g in line)
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
