"""[upsample]: each pixel repeated, or squares of pixels added up.   C: upsample_layer.c, blas.c upsample_cpu"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from ..cfg import Section
from ..errors import ShapeError
from ..shapes import Shape
from .base import Layer, dims

__all__ = ["Upsample"]


@dataclass(frozen=True)
class Upsample(Layer):
    """Each pixel becomes ``stride`` by ``stride`` pixels of ``scale`` times its value.

    ``reverse``, for a negative stride= : each square of ``stride`` by ``stride`` pixels becomes the sum of such values.
    """

    kind: ClassVar[str] = "upsample"
    stride: int = 2
    scale: float = 1.0
    reverse: bool = False

    @classmethod
    def parse(cls, section: Section, index: int) -> Upsample:
        """Raises CfgError for stride 0."""
        stride = section.integer("stride", cls.stride)
        if not stride:
            raise section.error("stride=0 is not possible; it must be at least 1, or -1 and less to add up", "stride")
        return cls((index - 1,), abs(stride), section.number("scale", cls.scale), stride < 0)

    @property
    def downsampling(self) -> tuple[Fraction, Fraction]:
        factor = Fraction(self.stride) if self.reverse else Fraction(1, self.stride)
        return factor, factor

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """Raises ShapeError when squares do not fill the input: there C adds pixels of other rows."""
        (c, h, w), s = inputs[0], self.stride
        if not self.reverse:
            return Shape(c, h * s, w * s)
        if h % s or w % s:
            raise ShapeError(f"stride=-{s} must divide the input of {w} x {h} pixels")
        return Shape(c, h // s, w // s)

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        name = "downsample" if self.reverse else "upsample  "
        return f"{name}              {self.stride:2d}x  {dims(inputs[0])} -> {dims(output)}"
