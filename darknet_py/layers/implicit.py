"""[implicit]: numbers of the weights file, whatever the picture.   C: representation_layer.c forward_implicit_layer"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..cfg import Section
from ..shapes import Param, Shape
from .base import Layer

__all__ = ["Implicit"]


@dataclass(frozen=True)
class Implicit(Layer):
    """``filters`` channels of ``atoms`` rows of one pixel, as trained; it reads no layer.

    ``mean`` and ``std``, of the numbers that training begins with, are for the table.
    """

    kind: ClassVar[str] = "implicit"
    filters: int = 128
    atoms: int = 1
    mean: float = 0.0
    std: float = 0.2

    @classmethod
    def parse(cls, section: Section, index: int) -> Implicit:
        filters, atoms = section.integer("filters", cls.filters, least=1), section.integer("atoms", cls.atoms, least=1)
        return cls((), filters, atoms, section.number("mean", cls.mean), section.number("std", cls.std))

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return Shape(self.filters, self.atoms, 1)

    def params(self, inputs: tuple[Shape, ...]) -> tuple[Param, ...]:
        """Its numbers.   C: parser.c load_implicit_weights"""
        return (Param("weights", (self.filters, self.atoms, 1)),)

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        return f"implicit Layer: {self.filters} x {self.atoms} \t mean={self.mean:.2f}, std={self.std:.2f} "
