"""Fonts as glyphs: masks of ink with outlines, cut once and kept; and which of a font's letters look like digits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from . import CLASSES

__all__ = ["CAP", "Font", "Glyph", "Mask", "families", "outline", "packages"]

Mask = npt.NDArray[Any]  # uint8
Points = npt.NDArray[Any]  # float32

TABLE = Path(__file__).parent / "fonts.txt"
FOLDER = Path("/usr/share/fonts")
TOO_THIN = re.compile(r"thin|hairline|extralight|ultralight|math|swash|symbol|-all", re.IGNORECASE)
FILES = 6               # of a family, so that one with sixty styles does not outweigh the others
CAP = 96                # height of capital letters in the glyphs that are kept, in pixels
LOOKALIKES = (("0", "O"), ("0", "Q"), ("1", "I"), ("5", "S"), ("8", "B"), ("2", "Z"), ("0", "D"), ("U", "V"))
ALIKE = 0.86            # overlap from which two glyphs, brought to one height, count as the same


@dataclass(frozen=True)
class Glyph:
    """The ink of a character (h, w), its left and top from the pen on the base line, the pen's way to the next one,
    and the ink's convex outline (n, 2) from its top left corner."""

    mask: Mask
    left: int
    top: int
    advance: float
    outline: Points


@dataclass(frozen=True)
class Font:
    """A font file, its glyphs ``CAP`` pixels high."""

    path: Path

    @cached_property
    def face(self) -> ImageFont.FreeTypeFont:
        """The font at the size in which an H is CAP pixels high."""
        probe = ImageFont.truetype(str(self.path), 200)
        _, top, _, bottom = probe.getbbox("H")
        return ImageFont.truetype(str(self.path), round(200 * CAP / max(1, bottom - top)))

    @cached_property
    def _glyphs(self) -> dict[str, Glyph]:
        return {}

    def glyph(self, character: str) -> Glyph:
        """A character's glyph, drawn when it is first asked for."""
        if character not in self._glyphs:
            self._glyphs[character] = _cut(self.face, character)
        return self._glyphs[character]

    @cached_property
    def lookalikes(self) -> frozenset[str]:
        """The letters that this font draws as it draws a digit, or U as V: without context nobody can tell them."""
        return frozenset(b for a, b in LOOKALIKES if _overlap(self.glyph(a), self.glyph(b)) > ALIKE)

    @cached_property
    def is_usable(self) -> bool:
        """Whether it has all classes, of plausible size, and not one box for many that it lacks."""
        try:
            glyphs = [self.glyph(c) for c in CLASSES]
        except (OSError, ValueError):
            return False
        heights = [len(g.mask) for g in glyphs]
        odd = min(heights) < CAP * 0.55 or max(heights) > CAP * 1.6
        missing = len({g.mask.tobytes() for g in glyphs}) < len(CLASSES) - 4
        return not (odd or missing)


def _cut(face: ImageFont.FreeTypeFont, character: str) -> Glyph:
    left, top, right, bottom = face.getbbox(character, anchor="ls")
    left, top, right, bottom = (int(v) for v in (left - 2, top - 2, right + 2, bottom + 2))
    picture = Image.new("L", (max(1, right - left), max(1, bottom - top)))
    ImageDraw.Draw(picture).text((-left, -top), character, 255, font=face, anchor="ls")
    mask = np.asarray(picture)
    ink = cv2.boundingRect((mask > 100).astype(np.uint8))
    x, y, w, h = ink
    if not w:
        return Glyph(np.zeros((1, 1), np.uint8), 0, 0, face.getlength(character), np.zeros((1, 2), np.float32))
    mask = np.ascontiguousarray(mask[y : y + h, x : x + w])
    return Glyph(mask, left + x, top + y, face.getlength(character), outline(mask))


def outline(mask: Mask) -> Points:
    """The convex hull of a mask's ink as corners of pixels (n, 2)."""
    ys, xs = np.nonzero(mask > 100)
    rows = np.unique(ys)
    first, last = np.searchsorted(ys, rows), np.searchsorted(ys, rows, "right") - 1
    left, right = xs[first], xs[last] + 1
    corners = np.concatenate([np.stack([x, y], 1) for x in (left, right) for y in (rows, rows + 1)])
    return cv2.convexHull(corners.astype(np.float32)).reshape(-1, 2)


def _overlap(a: Glyph, b: Glyph) -> float:
    """Intersection over union of two glyphs, each brought to 48 rows with its aspect kept and centred."""
    canvases = []
    for g in (a, b):
        h, w = g.mask.shape
        width = max(1, min(96, round(w * 48 / h)))
        canvas, x = np.zeros((48, 96), np.bool_), (96 - width) // 2
        canvas[:, x : x + width] = cv2.resize(g.mask, (width, 48), interpolation=cv2.INTER_AREA) > 100
        canvases.append(canvas)
    return float((canvases[0] & canvases[1]).sum() / max(1, (canvases[0] | canvases[1]).sum()))


@cache
def families(split: str) -> tuple[tuple[Font, ...], ...]:
    """The families of a split ("train", "held", "train-seven" ...): of each the fonts that are there and usable.

    Raises SystemExit when a package is missing, since the scenes would be others.
    """
    found = []
    for name, package, patterns in _table():
        if name == split:
            fonts = tuple(f for f in map(Font, _files(patterns.split(","))) if f.is_usable or "-" in split)
            if not fonts:
                raise SystemExit(f"no font {patterns}: apt-get install {package.replace(',', ' ')}")
            found.append(fonts)
    return tuple(found)


def packages() -> list[str]:
    """Debian's packages that the table names."""
    return sorted({name for _, package, _ in _table() for name in package.split(",")})


def _table() -> Sequence[tuple[str, str, str]]:
    rows = (line.split() for line in TABLE.read_text("utf-8").splitlines() if line and not line.startswith("#"))
    return [(split, package, patterns) for split, package, patterns in rows]


def _files(patterns: Sequence[str]) -> list[Path]:
    """At most FILES, evenly from all in order of their names."""
    files = sorted({p.resolve() for pattern in patterns for p in FOLDER.glob(pattern) if not TOO_THIN.search(p.stem)})
    step = max(1, len(files) / FILES)
    return [files[int(i * step)] for i in range(min(FILES, len(files)))]
