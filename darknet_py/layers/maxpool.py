"""[maxpool]: the largest of each window, or of every so many channels.   C: maxpool_layer.c, parser.c parse_maxpool"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from ..cfg import Section
from ..errors import ShapeError
from ..shapes import Shape
from .base import Layer, dims, giga

__all__ = ["MaxPool", "Pool"]

UNSUPPORTED = {
    "antialiasing": "blurs the output",
    "maxpool_zero_nonmax": "zeroes all but the maxima in place, on GPUs only",
}

MAX_SIZE = 1023


@dataclass(frozen=True)
class Pool(Layer):
    """A window of ``kernel_size`` squared pixels moved by ``stride`` (y, x).

    ``padding`` is the total of both sides; the first window starts at ``offset``.
    """

    name: ClassVar[str] = ""
    kernel_size: int = 1
    stride: tuple[int, int] = (1, 1)
    padding: int = 0

    @classmethod
    def window(cls, section: Section) -> tuple[int, tuple[int, int], int]:
        """kernel_size, stride and padding of a section."""
        stride = section.integer("stride", cls.stride[0], least=1)
        y, x = section.integer("stride_y", stride, least=1), section.integer("stride_x", stride, least=1)
        kernel_size = section.integer("size", stride, least=1, most=MAX_SIZE)
        return kernel_size, (y, x), section.integer("padding", kernel_size - 1, least=0)

    @property
    def offset(self) -> int:
        """Row and column of the first window's corner: -padding / 2, truncated toward zero."""
        return -(self.padding // 2)

    @property
    def downsampling(self) -> tuple[Fraction, Fraction]:
        return Fraction(self.stride[0]), Fraction(self.stride[1])

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """Raises ShapeError when the window is larger than the padded input."""
        c, h, w = inputs[0]
        return Shape(c, self._extent(h, self.stride[0]), self._extent(w, self.stride[1]))

    def flops(self, inputs: tuple[Shape, ...], output: Shape) -> float:
        return float(self.kernel_size**2 * inputs[0].c * output.h * output.w)

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        k, (y, x) = self.kernel_size, self.stride
        window = f" {k:2d}x{k:2d}/{x:2d}  " if x == y else f"{k:2d}x{k:2d}/{x:2d}x{y:2d}"
        billions = giga(self.flops(inputs, output))
        return f"{self.name:17s}{window} {dims(inputs[0])} -> {dims(output)} {billions:5.3f} BF"

    def _extent(self, size: int, stride: int) -> int:
        free = size + self.padding - self.kernel_size
        if free < 0:
            raise ShapeError(f"size={self.kernel_size} is larger than the input of {size} pixels and its padding")
        return free // stride + 1


@dataclass(frozen=True)
class MaxPool(Pool):
    """The largest value of each window, or with ``depth`` = n > 0 of all channels that are equal modulo n."""

    kind: ClassVar[str] = "maxpool"
    name: ClassVar[str] = "max"
    depth: int = 0

    @classmethod
    def parse(cls, section: Section, index: int) -> MaxPool:
        """Raises CfgError for antialiasing and maxpool_zero_nonmax, which are not supported."""
        for key, effect in UNSUPPORTED.items():
            if section.integer(key):
                raise section.error(f"{key}= {effect}, which is not supported", key)
        kernel_size, stride, padding = cls.window(section)
        channels = section.integer("out_channels", 1, least=1)
        return cls((index - 1,), kernel_size, stride, padding, channels if section.integer("maxpool_depth") else 0)

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """Raises ShapeError when the window is larger than the padded input, or fewer channels come in than go out."""
        if not self.depth:
            return super().shape(inputs)
        if self.depth > inputs[0].c:
            raise ShapeError(f"out_channels={self.depth} is more than the {inputs[0].c} input channels")
        return inputs[0]._replace(c=self.depth)

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        if not self.depth:
            return super().describe(inputs, output)
        k, x = self.kernel_size, self.stride[1]
        billions = giga(self.flops(inputs, output))
        return f"max-depth         {k:2d}x{k:2d}/{x:2d}   {dims(inputs[0])} -> {dims(output)} {billions:5.3f} BF"

    def avx_is_wrong(self, width: int) -> bool:
        """Whether the reference's AVX build errs in rows of ``width`` outputs: in vectors whose windows begin outside."""
        square = self.stride[0] == self.stride[1] and not self.depth
        return square and self.offset < 0 and self.avx_vectors(width)[1] > 0

    def avx_vectors(self, width: int) -> tuple[int, int]:
        """(outputs a vector, outputs of a row that come in vectors).   C: gemm.c forward_maxpool_layer_avx"""
        vector, spare = 1, width
        if self.stride[1] == 1:
            vector, spare = 8, 8 + self.kernel_size - 1
        elif self.stride[1] == self.kernel_size == 2:
            vector, spare = 4, 4
        return vector, max(0, -(-(width - spare) // vector)) * vector
