"""[avgpool]: the mean of each channel.   C: avgpool_layer.c"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ..engine.kernels import pooling
from ..shapes import Shape
from .base import Layer, dims

if TYPE_CHECKING:
    from ..engine.steps import Builder

__all__ = ["AvgPool"]


@dataclass(frozen=True)
class AvgPool(Layer):
    """The mean of all pixels of each channel: (c, 1, 1)."""

    kind: ClassVar[str] = "avgpool"

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return Shape(inputs[0].c, 1, 1)

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        return f"avg                          {dims(inputs[0])} ->   {output.c:4d}"

    def lower(self, b: Builder) -> None:
        """C: forward_avgpool_layer"""
        x, y = b.blocked(0), b.output()
        b.step(pooling.average_pool, y.blocks, {"LANES": y.lanes}, x=x, y=y, height=x.shape.h, width=x.shape.w,
               area=float(x.shape.h * x.shape.w))  # fmt: skip
