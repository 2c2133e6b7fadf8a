"""[dropout]: nothing at inference.   C: dropout_layer.c"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..cfg import Section
from ..shapes import Shape
from .base import PassThrough

__all__ = ["Dropout"]


@dataclass(frozen=True)
class Dropout(PassThrough):
    """Its input, unchanged.  The options are kept for the table only."""

    kind: ClassVar[str] = "dropout"
    probability: float = 0.2
    dropblock: bool = False
    block_size: int = 0
    relative_size: float = 0.0

    @classmethod
    def parse(cls, section: Section, index: int) -> Dropout:
        return cls(
            (index - 1,),
            section.number("probability", cls.probability),
            bool(section.integer("dropblock")),
            section.integer("dropblock_size_abs", cls.block_size),
            section.number("dropblock_size_rel", cls.relative_size),
        )

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        values = inputs[0].size
        if not self.dropblock:
            return f"dropout    p = {self.probability:.3f}        {values:4d}  ->   {values:4d}"
        size = self._block(inputs[0])
        return f"dropblock    p = {self.probability:.3f}   l.{size}    {values:4d}  ->   {values:4d}"

    def _block(self, shape: Shape) -> str:
        """C: parser.c parse_dropout"""
        size = self.block_size if self.block_size <= min(shape.w, shape.h) else min(shape.w, shape.h)
        size = size if size or self.relative_size else 7
        return f"dropblock_size_abs = {size}" if size else f"dropblock_size_rel = {self.relative_size:.2f}"
