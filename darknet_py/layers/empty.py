"""[empty], [silence]: nothing.   C: parser.c empty_func"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..shapes import Part, Shape
from .base import Layer

__all__ = ["Empty"]


@dataclass(frozen=True)
class Empty(Layer):
    """Its input, unchanged."""

    kind: ClassVar[str] = "empty"

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        return "empty "

    def parts(self, inputs: tuple[Shape, ...]) -> tuple[Part, ...]:
        return (Part(0, 0, inputs[0].c),)
