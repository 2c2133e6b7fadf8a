"""[connected]: every output from every input.   C: connected_layer.c"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..cfg import Section
from ..shapes import Param, Shape
from .activations import parse_activation
from .base import Layer, batch_norm_params

__all__ = ["Connected"]


@dataclass(frozen=True)
class Connected(Layer):
    """``outputs`` sums over all values of the flat input, batch norm or bias, activation: (outputs, 1, 1)."""

    kind: ClassVar[str] = "connected"
    outputs: int = 1
    activation: str = "logistic"
    batch_normalize: bool = False

    @classmethod
    def parse(cls, section: Section, index: int) -> Connected:
        return cls(
            (index - 1,),
            section.integer("output", cls.outputs, least=1),
            parse_activation(section, cls.activation),
            bool(section.integer("batch_normalize")),
        )

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return Shape(self.outputs, 1, 1)

    def params(self, inputs: tuple[Shape, ...]) -> tuple[Param, ...]:
        """Biases, weights (outputs, inputs), then batch norm.   C: parser.c save_connected_weights"""
        weights = Param("weights", (self.outputs, inputs[0].size), transposed="legacy")
        norm = batch_norm_params(self.outputs) if self.batch_normalize else ()
        return (Param("biases", (self.outputs,)), weights, *norm)

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        return f"connected                            {inputs[0].size:4d}  ->  {self.outputs:4d}"
