"""[route]: channels of earlier layers, one after the other.   C: route_layer.c, parser.c parse_route"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..cfg import Section
from ..errors import ShapeError
from ..shapes import ChannelSlice, Shape
from .base import Layer, dims, layer_numbers

__all__ = ["Route"]


@dataclass(frozen=True)
class Route(Layer):
    """The channels of all sources in order; of each only part ``group_id`` (from 0) of ``groups`` equal parts."""

    kind: ClassVar[str] = "route"
    groups: int = 1
    group_id: int = 0

    @classmethod
    def parse(cls, section: Section, index: int) -> Route:
        """Raises CfgError for missing or impossible layer numbers and for a group_id outside 0 … groups-1."""
        section.ignore("stream", "wait_stream")
        groups = section.integer("groups", cls.groups, least=1)
        return cls(layer_numbers(section, "layers", index), groups, section.integer("group_id", cls.group_id, 0, groups - 1))

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """Raises ShapeError when the inputs differ in width or height or groups does not divide their channels."""
        first = inputs[0]
        for number, shape in zip(self.sources, inputs, strict=True):
            if (shape.h, shape.w) != (first.h, first.w):
                raise ShapeError(f"joins layer {self.sources[0]} of {first.w} x {first.h} pixels and layer {number} of "
                                 f"{shape.w} x {shape.h}; they must be equal")  # fmt: skip
            if shape.c % self.groups:
                raise ShapeError(f"groups={self.groups} must divide the {shape.c} channels of layer {number}")
        return first._replace(c=sum(shape.c // self.groups for shape in inputs))

    def slices(self, inputs: tuple[Shape, ...]) -> tuple[ChannelSlice, ...]:
        counts = [shape.c // self.groups for shape in inputs]
        return tuple(ChannelSlice(i, count * self.group_id, count) for i, count in enumerate(counts))

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        numbers = "".join(f" {n}" for n in self.sources)
        gap = "\t\t            " if len(inputs) == 1 else "\t            " if len(inputs) <= 3 else "\t    "
        group = f"{self.group_id}/{self.groups}" if self.groups > 1 else "   "
        return f"route {numbers} {gap}           {group} -> {dims(output)} "
