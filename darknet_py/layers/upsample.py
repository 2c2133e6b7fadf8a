"""[upsample]: each pixel repeated.   C: upsample_layer.c, blas.c upsample_cpu"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from ..cfg import Section
from ..shapes import Shape
from .base import Layer, dims

__all__ = ["Upsample"]


@dataclass(frozen=True)
class Upsample(Layer):
    """Each pixel becomes ``stride`` by ``stride`` pixels of ``scale`` times its value."""

    kind: ClassVar[str] = "upsample"
    stride: int = 2
    scale: float = 1.0

    @classmethod
    def parse(cls, section: Section, index: int) -> Upsample:
        """Raises CfgError for stride 0 and for the negative strides that mean a downsampling sum."""
        stride = section.integer("stride", cls.stride)
        if stride < 0:
            raise section.error(f"stride={stride} means downsampling, which is not supported", "stride")
        return cls((index - 1,), section.integer("stride", cls.stride, least=1), section.number("scale", cls.scale))

    @property
    def downsampling(self) -> tuple[Fraction, Fraction]:
        return Fraction(1, self.stride), Fraction(1, self.stride)

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        c, h, w = inputs[0]
        return Shape(c, h * self.stride, w * self.stride)

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        return f"upsample                {self.stride:2d}x  {dims(inputs[0])} -> {dims(output)}"
