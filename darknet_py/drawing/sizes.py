"""How large lines and letters are, by the picture that they are drawn into."""

from __future__ import annotations

from ..image import Size
from .marks import Style

__all__ = ["LEAST_LETTERS", "LETTERS", "letters_size", "line_width", "reach"]

LINE = 0.0028     # of a picture's mean side
LETTERS = 7.8     # widths of a line
USUAL_LETTERS = 12  # pixels: the least, if no width of lines is asked for
LEAST_LETTERS = 8   # what can still be read
MOST_OF_A_SIDE = 0.2  # that letters are high
LONG = 2.5        # times as long as wide: a picture that is longer counts as one of these


def reach(size: Size) -> float:
    """The side that measures are taken by, of a picture of ``size`` (width, height)."""
    return min(sum(size) / 2, LONG * min(size))


def line_width(style: Style, size: Size) -> int:
    """Pixels."""
    asked = LINE * reach(size) if style.line_width is None else min(style.line_width, min(size) / 4)
    return max(round(asked), 1)


def letters_size(style: Style, size: Size) -> int:
    """Height of letters, in pixels."""
    usual = max(LETTERS * LINE * reach(size), USUAL_LETTERS)
    wanted = usual if style.line_width is None else LETTERS * style.line_width
    return max(round(min(wanted, MOST_OF_A_SIDE * min(size))), LEAST_LETTERS)
