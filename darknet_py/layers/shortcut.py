"""[shortcut]: the sum of layers, weighted or not, and an activation.   C: shortcut_layer.c, parser.c parse_shortcut"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..cfg import Section
from ..errors import ShapeError
from ..shapes import Param, Shape
from .activations import parse_activation
from .base import Layer, dims, giga, layer_numbers

__all__ = ["Shortcut"]

WEIGHTS_TYPES = {"none": "none", "per_feature": "per_layer", "per_layer": "per_layer", "per_channel": "per_channel"}
NORMALIZATIONS = {"none": "none", "relu": "relu", "avg_relu": "relu", "softmax": "softmax"}
TYPE_NUMBERS = {"none": 0, "per_layer": 1, "per_channel": 2}
NORMALIZATION_NUMBERS = {"none": 0, "relu": 1, "softmax": 2}


@dataclass(frozen=True)
class Shortcut(Layer):
    """Source 0 (the previous layer) plus all the other sources, where their channels overlap with its own.

    ``weights_type``: none, per_layer (one weight a source) or per_channel (one a source and channel of source 0);
    ``weights_normalization``: none, relu or softmax over the sources' weights.
    """

    kind: ClassVar[str] = "shortcut"
    activation: str = "linear"
    weights_type: str = "none"
    weights_normalization: str = "none"

    @classmethod
    def parse(cls, section: Section, index: int) -> Shortcut:
        """Raises CfgError for missing or impossible layer numbers and unknown kinds of weights."""
        return cls(
            (index - 1, *layer_numbers(section, "from", index)),
            parse_activation(section, cls.activation),
            WEIGHTS_TYPES[section.choice("weights_type", cls.weights_type, WEIGHTS_TYPES)],
            NORMALIZATIONS[section.choice("weights_normalization", cls.weights_normalization, NORMALIZATIONS)],
        )

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """Raises ShapeError when a source differs in width or height."""
        first = inputs[0]
        for number, shape in zip(self.sources, inputs, strict=True):
            if (shape.h, shape.w) != (first.h, first.w):
                raise ShapeError(f"adds layer {number} of {shape.w} x {shape.h} pixels to layer {self.sources[0]} of "
                                 f"{first.w} x {first.h}; they must be equal")  # fmt: skip
        return first

    def params(self, inputs: tuple[Shape, ...]) -> tuple[Param, ...]:
        """Weights (sources,) or (sources, channels), source 0 first.   C: save_shortcut_weights"""
        shapes = {"none": (), "per_layer": (len(inputs),), "per_channel": (len(inputs), inputs[0].c)}
        shape: tuple[int, ...] = shapes[self.weights_type]
        return (Param("weights", shape, 1.0),) if shape else ()

    def flops(self, inputs: tuple[Shape, ...], output: Shape) -> float:
        return float(output.size * (len(inputs) - 1) * (1 if self.weights_type == "none" else 2))

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        numbers = "".join(f"{n}, " for n in self.sources[1:])
        weights = f"wt = {TYPE_NUMBERS[self.weights_type]}, wn = {NORMALIZATION_NUMBERS[self.weights_normalization]}"
        billions = giga(self.flops(inputs, output))
        text = f"Shortcut Layer: {numbers} {weights}, outputs:{dims(output)} {billions:5.3f} BF"
        odd = (s for s in inputs[1:] if s != output)
        return "\n".join([text, *(f" ({dims(output)}) + ({dims(s)}) " for s in odd)])
