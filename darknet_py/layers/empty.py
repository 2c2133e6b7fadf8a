"""[empty], [silence]: nothing.   C: parser.c empty_func"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..shapes import Shape
from .base import PassThrough

__all__ = ["Empty"]


@dataclass(frozen=True)
class Empty(PassThrough):
    """Its input, unchanged."""

    kind: ClassVar[str] = "empty"

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        return "empty "
