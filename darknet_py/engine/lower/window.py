"""What a convolution's lowering passes on: the window that slides, and a range of output channels with its arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...layers.convolutional import Convolutional
from ..memory import Tensor

__all__ = ["Part", "Window"]


@dataclass(frozen=True)
class Window:
    """What of a convolution does not show in its arrays; ``stride`` is (y, x)."""

    groups: int = 1
    stride: tuple[int, int] = (1, 1)
    halo: int = 0
    dilation: int = 1
    activation: str = "linear"

    @classmethod
    def of(cls, layer: Convolutional) -> Window:
        return cls(layer.groups, layer.stride, layer.halo, layer.dilation, layer.activation)


@dataclass(frozen=True)
class Part:
    """Output channels ``first`` … of the layer: their input, weights (n, c, kh, kw), biases (n,) and output.

    ``z``: what is added to the output after the activation.  ``pairs``: x and the weights are in bfloat16, their channels
    pairs.  ``rounded``: where the output is written as pairs too; where nobody reads it as floats, y is but its shape.
    """

    x: Tensor
    weights: np.ndarray
    biases: np.ndarray
    y: Tensor
    first: int
    z: Tensor | None = None
    pairs: bool = False
    rounded: Tensor | None = None
