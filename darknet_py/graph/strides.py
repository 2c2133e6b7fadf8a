"""How many columns and rows of the input stand for one of a layer, and the sizes that this allows."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil

from ..errors import ShapeError
from ..layers.base import Layer

__all__ = ["INPUT", "check_stride", "largest_stride", "nearest_size"]

INPUT = -1  # the number that stands for the network's input among those of layers
MAX_STRIDE = 2**20  # more than any picture's side


def largest_stride(layers: Sequence[Layer | None]) -> tuple[int, int]:
    """Columns and rows of the input for one of the layer that has the fewest; a layer that is None changes nothing."""
    strides: dict[int, tuple[Fraction, Fraction]] = {INPUT: (Fraction(1), Fraction(1))}
    for index, layer in enumerate(layers):
        sources = layer.sources if layer else (index - 1,)
        y, x = layer.downsampling if layer else strides[INPUT]
        down, across = (max((strides[s][axis] for s in sources), default=Fraction(1)) for axis in (0, 1))
        strides[index] = down if y == 1 else _bounded(down * y), across if x == 1 else _bounded(across * x)
    return ceil(max(x for _, x in strides.values())), ceil(max(y for y, _ in strides.values()))


def _bounded(stride: Fraction) -> Fraction:
    """A stride that is no larger than any picture, nor written in endless digits."""
    return min(stride if stride.denominator < MAX_STRIDE else stride.limit_denominator(MAX_STRIDE), Fraction(MAX_STRIDE))


def nearest_size(size: tuple[int, int], stride: tuple[int, int]) -> tuple[int, int]:
    width, height = (max(s, round(side / s) * s) for side, s in zip(size, stride, strict=True))
    return width, height


def check_stride(path: str, size: tuple[int, int], stride: tuple[int, int]) -> None:
    """Raises ShapeError, with the nearest size that is possible, when ``stride`` does not divide ``size``."""
    if max(stride) >= MAX_STRIDE:
        raise ShapeError(f"{path}: the strides of its layers make {MAX_STRIDE} or more together, and no size fits that")
    near = nearest_size(size, stride)
    if near != size:
        multiples = str(stride[0]) if stride[0] == stride[1] else f"{stride[0]} and {stride[1]}"
        raise ShapeError(f"{path}: size {size[0]}x{size[1]} does not fit this network, whose strides need width and "
                         f"height in multiples of {multiples}; the nearest is {near[0]}x{near[1]}")  # fmt: skip
