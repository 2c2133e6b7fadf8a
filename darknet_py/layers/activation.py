"""[activation]: a function of each value.   C: activation_layer.c"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..cfg import Section
from ..shapes import Shape
from .activations import parse_activation
from .base import Layer

__all__ = ["ActivationLayer"]


@dataclass(frozen=True)
class ActivationLayer(Layer):
    """Its input through one activation function."""

    kind: ClassVar[str] = "activation"
    activation: str = "linear"

    @classmethod
    def parse(cls, section: Section, index: int) -> ActivationLayer:
        return cls((index - 1,), parse_activation(section, cls.activation))

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        return f"Activation Layer: {inputs[0].size} inputs"
