"""[reorg] and [reorg3d]: squares of pixels to channels and back.   C: reorg_layer.c, reorg_old_layer.c"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from ..cfg import Section
from ..errors import ShapeError
from ..shapes import Shape
from .base import Layer, dims

__all__ = ["Reorg", "Reorg3d"]


@dataclass(frozen=True)
class Reorg(Layer):
    """[reorg], the order that YOLOv2 was trained with.

    Input (c, h, w) → output (c·s², h/s, w/s); with ``reverse`` (c/s², h·s, w·s).  Forward, the flat input is taken as
    (c/s², h·s, w·s), its squares of s by s pixels go to channels as (s, s, c/s²), and the flat result of shape
    (c, h, w) is taken as the output.  Reverse is space to depth undone: channels (s, s, c/s²) become squares of pixels.
    """

    kind: ClassVar[str] = "reorg"
    stride: int = 1
    reverse: bool = False

    @classmethod
    def parse(cls, section: Section, index: int) -> Reorg:
        return cls((index - 1,), section.integer("stride", cls.stride, least=1), bool(section.integer("reverse")))

    @property
    def channel_divisor(self) -> int:
        """What the number of input channels must be a multiple of."""
        return self.stride**2

    @property
    def downsampling(self) -> tuple[Fraction, Fraction]:
        factor = Fraction(1, self.stride) if self.reverse else Fraction(self.stride)
        return factor, factor

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """Raises ShapeError when stride does not divide what it cuts."""
        (c, h, w), s = inputs[0], self.stride
        if c % self.channel_divisor:
            raise ShapeError(f"stride={s} needs channels in multiples of {self.channel_divisor}, not {c}")
        if self.reverse:
            return Shape(c // s**2, h * s, w * s)
        if h % s or w % s:
            raise ShapeError(f"stride={s} must divide the input of {w} x {h} pixels")
        return Shape(c * s**2, h // s, w // s)

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        return f"reorg_old              /{self.stride:2d}  {dims(inputs[0])}   ->  {dims(output)}"


@dataclass(frozen=True)
class Reorg3d(Reorg):
    """[reorg3d], the proper order.

    Forward is space to depth: squares of s by s pixels of (c, h, w) go to channels (s, s, c).  ``reverse`` takes the
    flat input as (c/s², h·s, w·s), whose channels (s, s, c/s⁴) become squares of pixels, and the flat result as the
    output.
    """

    kind: ClassVar[str] = "reorg3d"

    @property
    def channel_divisor(self) -> int:
        return self.stride**4 if self.reverse else 1

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        return f"reorg                    /{self.stride:2d} {dims(inputs[0])} -> {dims(output)}"
