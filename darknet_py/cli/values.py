"""What the value of a flag may be: readers from text, whose ValueError is the user's error message."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

from ..boxes.thresholds import check_thresholds

__all__ = ["Size", "choice", "count", "integer", "number", "share", "size", "threshold", "whole", "within"]

Size = tuple[int, int]  # width, height in pixels
W = TypeVar("W", bound=str)


def number(text: str) -> float:
    """A finite number."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError("not a number")
    return value


def within(wanted: str, least: float, most: float = math.inf) -> Callable[[str], float]:
    """A number from ``least`` to ``most``, both included; ``wanted`` says it in words."""

    def read(text: str) -> float:
        value = number(text)
        if not least <= value <= most:
            raise ValueError(f"not {wanted}")
        return value

    return read


def integer(wanted: str, least: int, most: float = math.inf) -> Callable[[str], int]:
    """A whole number from ``least`` to ``most``, both included; ``wanted`` says it in words."""

    def read(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise ValueError(f"not {wanted}")
        return int(text)

    return read


share = within("from 0 to 1", 0, 1)
count = integer("a whole number from 1", 1)
whole = integer("a whole number from 0", 0)


def threshold(name: str) -> Callable[[str], float]:
    """A number for a threshold; warns (DarknetWarning) when it is not from 0 to 1."""

    def read(text: str) -> float:
        value = number(text)
        check_thresholds(**{f"-{name}": value})
        return value

    return read


def choice(*words: W) -> Callable[[str], W]:
    """One of ``words``."""

    def read(text: str) -> W:
        for word in words:
            if text == word:
                return word
        raise ValueError(f"not one of {', '.join(words)}")

    return read


def size(text: str) -> Size:
    """(width, height) of ``640x384``, or of ``640`` for a square."""
    sides = text.lower().split("x")
    try:
        width, height = map(count, sides if len(sides) > 1 else sides * 2)
    except ValueError:
        raise ValueError("not a width and a height, as in 640x384") from None
    return width, height
