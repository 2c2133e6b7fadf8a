"""Texts of others, as plots and pages can show them."""

from __future__ import annotations

from ..errors import MOST, printable

__all__ = ["NAME", "shown"]

NAME = 40  # characters of a class name in a plot


def shown(text: object, most: int = MOST) -> str:
    """``printable``; bytes that are no text become ``?``."""
    return printable(text, most).encode("utf-8", "replace").decode()
