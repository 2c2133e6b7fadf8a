"""[softmax]: exponentials that add up to one.   C: softmax_layer.c, blas.c softmax_cpu"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..cfg import Section
from ..errors import ShapeError
from ..shapes import Shape
from .base import Layer

__all__ = ["Softmax"]


@dataclass(frozen=True)
class Softmax(Layer):
    """exp(x / temperature) over its sum, within each of ``groups`` equal runs of the flat input.

    ``spatial`` is read by the reference's GPU code only, as softmax over the channels of each pixel.
    """

    kind: ClassVar[str] = "softmax"
    groups: int = 1
    temperature: float = 1.0

    @classmethod
    def parse(cls, section: Section, index: int) -> Softmax:
        """Raises CfgError for tree= and spatial=, which are not supported, and for temperature=0."""
        section.ignore("noloss")
        if "tree" in section:
            raise section.error("tree= (hierarchical classes) is not supported", "tree")
        if section.number("spatial"):
            raise section.error("spatial= means something on GPUs only, which is not supported", "spatial")
        temperature = section.number("temperature", cls.temperature)
        if temperature == 0:
            raise section.error("temperature=0 is not possible", "temperature")
        return cls((index - 1,), section.integer("groups", cls.groups, least=1), temperature)

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """Raises ShapeError when groups does not divide the number of values."""
        if inputs[0].size % self.groups:
            raise ShapeError(f"groups={self.groups} must divide the {inputs[0].size} input values")
        return inputs[0]

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        return f"softmax                                        {inputs[0].size:4d}"
