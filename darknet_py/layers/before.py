"""The convolution whose output a head gets."""

from __future__ import annotations

from collections.abc import Sequence

from .base import Layer, PassThrough
from .convolutional import Convolutional

__all__ = ["convolution_before"]


def convolution_before(layers: Sequence[Layer | None], index: int) -> tuple[int, Convolutional | None]:
    """The number of the layer before ``index`` behind which nothing is changed, and the layer if it is a convolution."""
    number = index - 1
    while number >= 0 and isinstance(layers[number], PassThrough):
        number -= 1
    layer = layers[number] if number >= 0 else None
    return number, layer if isinstance(layer, Convolutional) else None
