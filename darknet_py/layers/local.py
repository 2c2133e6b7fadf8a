"""[local]: a convolution with filters of its own for each output pixel.   C: local_layer.c"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from ..cfg import Section
from ..errors import ShapeError
from ..shapes import Param, Shape
from .activations import parse_activation
from .base import Layer

__all__ = ["Local"]


@dataclass(frozen=True)
class Local(Layer):
    """``filters`` kernels of ``kernel_size`` squared taps for each output pixel, and a bias for each output.

    ``padding`` zeros are on each side; other than in [convolutional], pad= is their number.
    """

    kind: ClassVar[str] = "local"
    filters: int = 1
    kernel_size: int = 1
    stride: int = 1
    padding: int = 0
    activation: str = "logistic"

    @property
    def downsampling(self) -> tuple[Fraction, Fraction]:
        return Fraction(self.stride), Fraction(self.stride)

    @classmethod
    def parse(cls, section: Section, index: int) -> Local:
        return cls(
            (index - 1,),
            section.integer("filters", cls.filters, least=1),
            section.integer("size", cls.kernel_size, least=1),
            section.integer("stride", cls.stride, least=1),
            section.integer("pad", cls.padding, least=0),
            parse_activation(section, cls.activation),
        )

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """Raises ShapeError when the kernel does not fit the input.   C: local_out_height"""
        _, h, w = inputs[0]
        return Shape(self.filters, self._extent(h), self._extent(w))

    def params(self, inputs: tuple[Shape, ...]) -> tuple[Param, ...]:
        """A bias an output, weights (output pixels, filters, channels, y, x).   C: parser.c save_weights_upto"""
        c, output = inputs[0].c, self.shape(inputs)
        taps = (output.h * output.w, self.filters, c, self.kernel_size, self.kernel_size)
        return (Param("biases", (output.size,)), Param("weights", taps))

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        c, h, w = inputs[0]
        image = f"{output.h} x {output.w} x {output.c} image"
        return f"Local Layer: {h} x {w} x {c} image, {self.filters} filters -> {image}"

    def _extent(self, size: int) -> int:
        """Output pixels along one axis.  The reference sizes the output as if any pad= kept its size, and fills it with what
        pad= pixels of zeros give: both must agree.   C: local_out_width, im2col.c im2col_cpu"""
        k, p = self.kernel_size, self.padding
        sized, filled = size - (1 if p else k), size + 2 * p - k
        if sized < 0 or filled < 0:
            raise ShapeError(f"size={k} is larger than the input of {size} pixels and its padding")
        if sized // self.stride != filled // self.stride:
            raise ShapeError(f"pad={p} does not fit size={k}: here it is a number of pixels, (size-1)/2 or 0")
        return sized // self.stride + 1
