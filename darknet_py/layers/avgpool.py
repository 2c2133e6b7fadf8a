"""[avgpool]: the mean of each channel.   C: avgpool_layer.c"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..shapes import Shape
from .base import Layer, dims

__all__ = ["AvgPool"]


@dataclass(frozen=True)
class AvgPool(Layer):
    """The mean of all pixels of each channel: (c, 1, 1)."""

    kind: ClassVar[str] = "avgpool"

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return Shape(inputs[0].c, 1, 1)

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        return f"avg                          {dims(inputs[0])} ->   {output.c:4d}"
