"""Letters of the system's fonts by Pillow, which joins and turns those of Arabic and India where it has Raqm."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._support.optional import installed
from . import fonts
from .arabic import in_order
from .writer import Writer

__all__ = ["joins", "writer"]


class _Fonts:
    def __init__(self, image: Any) -> None:
        self.new = image.new
        self.pen: Any = installed("PIL.ImageDraw")
        self.font: Any = installed("PIL.ImageFont")
        self.opened = lru_cache(64)(self._opened)

    def lacks(self, text: str) -> frozenset[str]:
        return frozenset(c for c in text if not self._has(c))

    def ink(self, text: str, size: int) -> tuple[NDArray[np.uint8], int]:
        shown = text if joins() else in_order(text, self._has)
        runs = [(self.opened(path, size), part) for path, part in _runs(shown)]
        widths = [font.getlength(part) for font, part in runs]
        canvas = self.new("L", (int(sum(widths)) + 4 * size, 4 * size))
        pen, x, baseline = self.pen.Draw(canvas), 2.0 * size, round(2.5 * size)
        for (font, part), width in zip(runs, widths, strict=True):
            pen.text((x, baseline), part, 255, font, "ls")
            x += width
        return np.array(canvas, np.uint8), baseline

    def _opened(self, path: Path, size: int) -> Any:
        return self.font.truetype(str(path), size)

    def _has(self, character: str) -> bool:
        return character.isspace() or _font_of(character) is not None


@cache
def _font_of(character: str) -> Path | None:
    return next((path for path in fonts.files() if _writes(path, character)), None)


def _writes(path: Path, character: str) -> bool:
    return fonts.covers(path, character) and _opens(path)


@cache
def _opens(path: Path) -> bool:
    """Whether Pillow can read a font; some are damaged, or of a kind that it does not know."""
    font: Any = installed("PIL.ImageFont")
    try:
        return bool(font.truetype(str(path), 16))
    except (OSError, ValueError):
        return False


def _runs(text: str) -> list[tuple[Path, str]]:
    """Stretches that one font can write: the whole text, or as much as the font of its first letter has."""
    runs: list[tuple[Path, str]] = []
    candidates = dict.fromkeys(path for c in text if (path := _font_of(c)))
    whole = [path for path in candidates if all(c.isspace() or _writes(path, c) for c in text)]
    if whole:
        return [(whole[0], text)]
    for c in text:
        path = _font_of(c) or next(iter(candidates))
        if runs and (c.isspace() or _writes(runs[-1][0], c)):
            path = runs[-1][0]
        if runs and runs[-1][0] == path:
            runs[-1] = (path, runs[-1][1] + c)
        else:
            runs.append((path, c))
    return runs


@cache
def joins() -> bool:
    """Whether Pillow has what joins letters."""
    features: Any = installed("PIL.features")
    return features is not None and bool(features.check("raqm"))


@cache
def writer() -> Writer | None:
    """None without Pillow, or without a font."""
    image = installed("PIL.Image")
    return _Fonts(image) if image and fonts.files() else None
