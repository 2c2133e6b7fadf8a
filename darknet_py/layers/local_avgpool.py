"""[local_avgpool]: the mean of each window.   C: maxpool_layer.c forward_local_avgpool_layer"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..cfg import Section
from ..errors import ShapeError
from ..shapes import Shape
from .maxpool import Pool

__all__ = ["LocalAvgPool"]


@dataclass(frozen=True)
class LocalAvgPool(Pool):
    """The mean of those pixels of each window that lie inside the input."""

    kind: ClassVar[str] = "local_avgpool"
    name: ClassVar[str] = "avg"

    @classmethod
    def parse(cls, section: Section, index: int) -> LocalAvgPool:
        return cls((index - 1,), *cls.window(section))

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """Raises ShapeError when a window is larger than the padded input or lies wholly in the padding."""
        output = super().shape(inputs)
        last_y = self.offset + (output.h - 1) * self.stride[0]
        last_x = self.offset + (output.w - 1) * self.stride[1]
        if self.offset + self.kernel_size <= 0 or last_y >= inputs[0].h or last_x >= inputs[0].w:
            raise ShapeError(f"padding={self.padding} leaves some windows of size={self.kernel_size} empty")
        return output
