"""[crop]: the middle of each channel.   C: crop_layer.c"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..cfg import Section
from ..errors import ShapeError
from ..shapes import Shape
from .base import Layer

__all__ = ["Crop"]


@dataclass(frozen=True)
class Crop(Layer):
    """The middle ``height`` by ``width`` pixels, with ``adjust`` mapped from 0 … 1 to -1 … 1 (2x - 1)."""

    kind: ClassVar[str] = "crop"
    height: int = 1
    width: int = 1
    adjust: bool = True

    @classmethod
    def parse(cls, section: Section, index: int) -> Crop:
        section.ignore("angle", "exposure", "flip", "saturation", "shift")
        height = section.integer("crop_height", cls.height, least=1)
        width = section.integer("crop_width", cls.width, least=1)
        return cls((index - 1,), height, width, not section.integer("noadjust"))

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """Raises ShapeError when the input is smaller."""
        c, h, w = inputs[0]
        if self.height > h or self.width > w:
            raise ShapeError(f"cuts {self.width} x {self.height} pixels out of {w} x {h}")
        return Shape(c, self.height, self.width)

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        c, h, w = inputs[0]
        return f"Crop Layer: {h} x {w} -> {self.height} x {self.width} x {c} image"
