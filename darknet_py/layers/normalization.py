"""[normalization], [lrn]: local response normalization, of AlexNet.   C: normalization_layer.c"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from ..cfg import Section
from ..errors import ShapeError
from ..shapes import Shape
from .base import Layer

__all__ = ["Normalization"]

MAX_SIZE = 2**16


@dataclass(frozen=True)
class Normalization(Layer):
    """x · norm^-beta, where norm is ``kappa`` and ``alpha`` times the squares of the channels near by.

    Near a channel are ``kernel_size`` channels, (kernel_size - 1) / 2 of them before it, all counted as C counts them: from
    one channel to the next the norm gains the square that comes near and loses the one that does no more, but of the
    first channel it is made of the first kernel_size / 2 squares, which lacks the last, and the second never gains that.
    """

    kind: ClassVar[str] = "normalization"
    kernel_size: int = 5
    alpha: float = 0.0001
    beta: float = 0.75
    kappa: float = 1.0

    @classmethod
    def parse(cls, section: Section, index: int) -> Normalization:
        size = section.integer("size", cls.kernel_size, least=1, most=MAX_SIZE)
        alpha, beta = section.number("alpha", cls.alpha), section.number("beta", cls.beta)
        return cls((index - 1,), size, alpha, beta, section.number("kappa", cls.kappa))

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """Raises ShapeError when there are fewer channels than the first norm is made of."""
        if self.kernel_size // 2 > inputs[0].c:
            raise ShapeError(f"size={self.kernel_size} needs {self.kernel_size // 2} input channels at least, "
                             f"not {inputs[0].c}")  # fmt: skip
        return inputs[0]

    def counts(self, c: int) -> npt.NDArray[np.int64]:
        """(c, c): how often the norm of each channel has the square of each."""
        counts = np.zeros((c, c), np.int64)
        counts[0, : self.kernel_size // 2] = 1
        for k in range(1, c):
            counts[k] = counts[k - 1]
            gone, come = k - (self.kernel_size - 1) // 2 - 1, k + self.kernel_size // 2
            counts[k, come : come + 1] += 1
            if gone >= 0:
                counts[k, gone] -= 1
        return counts

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        c, h, w = inputs[0]
        return f"Local Response Normalization Layer: {w} x {h} x {c} image, {self.kernel_size} size"
