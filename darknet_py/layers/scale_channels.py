"""[scale_channels]: channels of an earlier layer, each times one number.   C: scale_channels_layer.c"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..cfg import Section
from ..errors import ShapeError
from ..shapes import Shape
from .activations import parse_activation
from .base import Layer, layer_numbers

__all__ = ["ScaleChannels"]


@dataclass(frozen=True)
class ScaleChannels(Layer):
    """Source 1 (c, h, w) times source 0 (c, 1, 1), or (1, h, w) with ``per_pixel``; then the activation."""

    kind: ClassVar[str] = "scale_channels"
    per_pixel: bool = False
    activation: str = "linear"

    @classmethod
    def parse(cls, section: Section, index: int) -> ScaleChannels:
        """Raises CfgError when from= is missing or impossible."""
        source = layer_numbers(section, "from", index)[0]
        per_pixel = bool(section.integer("scale_wh"))
        return cls((index - 1, source), per_pixel, parse_activation(section, cls.activation))

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """Raises ShapeError when the factors do not fit."""
        factors, values = inputs
        wanted = Shape(1, values.h, values.w) if self.per_pixel else Shape(values.c, 1, 1)
        if factors != wanted:
            raise ShapeError(f"scales layer {self.sources[1]} ({values}) by layer {self.sources[0]} ({factors}), "
                             f"which must be {wanted}")  # fmt: skip
        return values

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        return f"scale Layer: {self.sources[1]}"
