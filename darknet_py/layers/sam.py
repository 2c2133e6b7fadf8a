"""[sam]: two layers multiplied, value by value (spatial attention).   C: sam_layer.c"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..cfg import Section
from ..errors import ShapeError
from ..shapes import Shape
from .activations import parse_activation
from .base import Layer, layer_numbers

__all__ = ["Sam"]


@dataclass(frozen=True)
class Sam(Layer):
    """Source 0 (the previous layer) times source 1, then the activation."""

    kind: ClassVar[str] = "sam"
    activation: str = "linear"

    @classmethod
    def parse(cls, section: Section, index: int) -> Sam:
        """Raises CfgError when from= is missing or impossible."""
        source = layer_numbers(section, "from", index)[0]
        return cls((index - 1, source), parse_activation(section, cls.activation))

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """Raises ShapeError when the two differ."""
        if inputs[0] != inputs[1]:
            (a, b), (first, second) = self.sources, inputs
            raise ShapeError(f"multiplies layer {a} ({first}) and layer {b} ({second}); they must be equal")
        return inputs[1]

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        return f"scale Layer: {self.sources[1]}"
