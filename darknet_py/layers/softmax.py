"""[softmax]: exponentials that add up to one.   C: softmax_layer.c, blas.c softmax_cpu"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..cfg import Section
from ..errors import ShapeError
from ..shapes import Shape
from .base import Layer
from .class_tree import ClassTree, tree_of

__all__ = ["Softmax"]


@dataclass(frozen=True)
class Softmax(Layer):
    """exp(x / temperature) over its sum, within each of ``groups`` equal runs of the flat input, or of a ``tree``'s.

    ``spatial`` is read by the reference's GPU code only, as softmax over the channels of each pixel.
    """

    kind: ClassVar[str] = "softmax"
    groups: int = 1
    temperature: float = 1.0
    tree: ClassTree | None = None

    @classmethod
    def parse(cls, section: Section, index: int) -> Softmax:
        """Raises CfgError for spatial=, which is not supported, temperature=0, and a tree= that is not there."""
        section.ignore("noloss")
        if section.number("spatial"):
            raise section.error("spatial= means something on GPUs only, which is not supported", "spatial")
        temperature = section.number("temperature", cls.temperature)
        if temperature == 0:
            raise section.error("temperature=0 is not possible", "temperature")
        groups = section.integer("groups", cls.groups, least=1)
        return cls((index - 1,), groups, temperature, tree_of(section))

    def runs(self, size: int) -> tuple[tuple[int, int], ...]:
        """Ranges [start, stop) of the ``size`` values that each make a softmax of their own."""
        if self.tree:
            return self.tree.groups
        count = size // self.groups
        return tuple((start, start + count) for start in range(0, size, count))

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """Raises ShapeError when groups does not divide the number of values, or tree= has another number of classes."""
        if self.tree and len(self.tree.parents) != inputs[0].size:
            raise ShapeError(f"tree= has {len(self.tree.parents)} classes for {inputs[0].size} input values; "
                             "they must be equal")  # fmt: skip
        if inputs[0].size % self.groups:
            raise ShapeError(f"groups={self.groups} must divide the {inputs[0].size} input values")
        return inputs[0]

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        return f"softmax                                        {inputs[0].size:4d}"
