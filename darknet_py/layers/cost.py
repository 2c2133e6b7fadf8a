"""[cost]: the loss of training, nothing at inference.   C: cost_layer.c"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..cfg import Section
from ..shapes import Shape
from .base import PassThrough

__all__ = ["Cost"]


@dataclass(frozen=True)
class Cost(PassThrough):
    """Its input, unchanged; never the network's output."""

    kind: ClassVar[str] = "cost"

    @classmethod
    def parse(cls, section: Section, index: int) -> Cost:
        section.ignore("ratio", "scale", "type")
        return cls((index - 1,))

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        return f"cost                                           {inputs[0].size:4d}"
